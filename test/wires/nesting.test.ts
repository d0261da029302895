import { describe, expect, it } from "vitest";
import { isDeeperThan } from "../../src/wires/nesting.ts";

describe("isDeeperThan", () => {
  it.each<[unknown, number]>([
    [null, 0],
    ["[[[[", 0],
    [[], 1],
    [{}, 1],
    [[1, 2], 1],
    [[1, [2]], 2],
    [{ a: [{ b: 1 }] }, 3],
  ])("counts in %j %i levels", (value, levels) => {
    expect(isDeeperThan(levels, value)).toBe(false);
    expect(isDeeperThan(levels - 1, value)).toBe(levels > 0);
  });

  it("looks no deeper than it must", () => {
    const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));

    expect(isDeeperThan(256, deep)).toBe(true);
  });
});
