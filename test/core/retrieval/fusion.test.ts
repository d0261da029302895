import { describe, expect, it } from "vitest";
import { fuse } from "../../../src/core/retrieval/fusion.ts";

describe("fuse", () => {
  it("follows its formula", () => {
    const best = 1 / 61 + 1 / 62;

    expect(fuse([9, 1, 0], [0.2, 0, 0.3])).toEqual([1, 1 / 62 / best, 1 / 61 / best]);
  });

  it("gives 0 to what has no score anywhere, and to nothing nothing", () => {
    expect(fuse([0, 0], [0, 0])).toEqual([0, 0]);
    expect(fuse([], [])).toEqual([]);
  });
});
