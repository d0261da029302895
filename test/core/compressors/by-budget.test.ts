import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compressDiff } from "../../../src/core/compressors/diff/compress-diff.ts";
import { compressProse } from "../../../src/core/compressors/prose/compress-prose.ts";
import { compressTable } from "../../../src/core/compressors/table/compress-table.ts";
import { focusOn, quarterTokenizer } from "./focus.ts";

const diff = [
  "diff --git a/a.py b/a.py",
  "index 1111111..2222222 100644",
  "--- a/a.py",
  "+++ b/a.py",
  "@@ -1,9 +1,9 @@",
  ...["one", "two", "three", "four"].map((word) => ` unchanged line number ${word} before`),
  "-old = 1",
  "+new = 2",
  ...["one", "two", "three", "four"].map((word) => ` unchanged line number ${word} after`),
].join("\n");

const table = [
  "city,country,rooms",
  ...Array.from({ length: 60 }, (_, index) => `city ${index},country ${index % 7},${index}`),
  "Reykjavik,Iceland,12",
  "Zagreb,Croatia,9",
].join("\n");

const prose = [
  "The company was founded in a garage. ",
  "Its first product was a lamp. ",
  "In the third year the founders moved to Lisbon. ",
  "Rents were low at that time. ",
  "The lamp is still made today. ",
  "Nobody remembers who designed the box. ",
].join("");

describe("compressDiff", () => {
  it("keeps what changed, with as much around it as there is room for", () => {
    const text = compressDiff().compress(diff, focusOn("", 80))?.text ?? "";

    for (const line of ["+++ b/a.py", "@@ -1,9 +1,9 @@", "-old = 1", "+new = 2"])
      expect(text).toContain(line);
    expect(text).toContain("four before");
    expect(text).not.toContain("one before");
    expect(text).not.toContain("four after");
  });

  it("leaves a diff alone rather than cut a change", () => {
    expect(compressDiff().compress(diff, focusOn("", 20))).toBeUndefined();
  });
});

describe("compressTable", () => {
  it("keeps the head, the rows that match, and the last row", () => {
    const text = compressTable().compress(table, focusOn("how many rooms in Iceland?", 80))?.text ?? "";

    expect(text.split("\n")[0]).toContain("Excerpt of a table");
    expect(text).toContain("city,country,rooms\n");
    expect(text).toContain("Reykjavik,Iceland,12");
    expect(text).toContain("Zagreb,Croatia,9");
  });
});

describe("compressProse", () => {
  it("keeps the sentences that match the query, in their order", () => {
    const text = compressProse().compress(prose, focusOn("When did they move to Lisbon?", 52))?.text ?? "";

    expect(text).toContain("moved to Lisbon. ");
    expect(text).toContain("Excerpt of a text");
    expect(text).not.toContain("the box");
  });

  it("leaves a text alone that nobody asks anything of", () => {
    expect(compressProse().compress(prose, focusOn("", 60))).toBeUndefined();
  });
});

describe("compressors to a budget", () => {
  it.each([
    ["diffs", compressDiff(), diff],
    ["tables", compressTable(), table],
    ["prose", compressProse(), prose],
  ])("keep %s within it, say the same twice, and leave what they wrote alone", (_kind, compressor, text) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom("Iceland", "lamp", "old"),
        (maxTokens, query) => {
          const focus = focusOn(query, maxTokens);
          const compressed = compressor.compress(text, focus);
          if (compressed === undefined) return;
          expect(quarterTokenizer.count(compressed.text)).toBeLessThanOrEqual(maxTokens);
          expect(compressor.compress(text, focusOn(query, maxTokens))).toEqual(compressed);
          expect(compressor.compress(compressed.text, focusOn(query, 1))).toBeUndefined();
        },
      ),
    );
  });
});
