import { describe, expect, it } from "vitest";
import { toTable } from "../../src/cli/table.ts";

describe("toTable", () => {
  it("makes each column as wide as its widest cell, and leaves nothing at the end of a line", () => {
    const rows = [
      ["id", "reason"],
      ["m10", "pinned"],
      ["m2", ""],
    ];

    expect(toTable(rows)).toEqual(["id   reason", "m10  pinned", "m2"]);
  });

  it("has no lines for no rows", () => {
    expect(toTable([])).toEqual([]);
  });
});
