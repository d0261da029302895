import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createResultCompressor,
  detectKind,
  lexicalRanker,
  loadTokenizer,
  type ResultOptions,
} from "../../../src/core/index.ts";

const tokenizer = await loadTokenizer("gpt-5");
const compress = createResultCompressor(lexicalRanker());
const lossy: ResultOptions = { tokenizer, isLossyAllowed: true, handle: "pc:0123" };

const rows = JSON.stringify(
  Array.from({ length: 30 }, (_, index) => ({
    id: index,
    city: "Lisbon",
    price: 10 * index,
    seats: { a: 1, b: index },
  })),
);
const log = [
  "============================= test session starts ==============================",
  ...Array.from({ length: 80 }, (_, index) => `tests/test_a.py::test_case_${index} PASSED`),
  "E   AssertionError: no",
].join("\n");

describe("createResultCompressor", () => {
  it("writes JSON without loss, also where loss is not allowed", () => {
    const result = compress(rows, { tokenizer, isLossyAllowed: false });

    expect(result).toMatchObject({ kind: "json", lossless: true, elided: [] });
    expect(tokenizer.count(result?.text ?? rows)).toBeLessThan(tokenizer.count(rows) / 2);
  });

  it("leaves lines out of a log only where that is allowed, and names the handle of the original", () => {
    expect(compress(log, { ...lossy, isLossyAllowed: false })).toBeUndefined();

    const result = compress(log, lossy);

    expect(result).toMatchObject({ kind: "log", lossless: false });
    expect(result?.text.split("\n")[0]).toMatch(/; source unchanged; original: pc:0123\]$/);
    expect(result?.text).toContain("E   AssertionError: no");
  });

  it.each([
    [
      "a short error",
      '{"error": "payment amount does not add up", "details": {"total": 305, "paid": 255, "left": 50}}',
    ],
    ["a short text", "Transfer successful"],
    ["a text of no known kind", "a.py\nb.py\n".repeat(200)],
    ["code without a budget", "import a\n\ndef b():\n    return a\n".repeat(100)],
  ])("leaves %s alone", (_what, text) => {
    expect(compress(text, lossy)).toBeUndefined();
  });

  it("leaves alone what it wrote, so that nothing is compressed twice", () => {
    for (const text of [rows, log])
      expect(compress(compress(text, lossy)?.text ?? "", lossy)).toBeUndefined();
  });

  it("says the same for the same result, for ever and in every process", () => {
    const afresh = createResultCompressor(lexicalRanker());

    for (const text of [rows, log]) expect(afresh(text, lossy)).toEqual(compress(text, lossy));
    expect(compress(rows, lossy)).toBe(compress(rows, lossy));
  });

  it("keeps code within a budget, by what it is read for", () => {
    const code = Array.from(
      { length: 60 },
      (_, index) => `def step_${index}(value):\n    return value * ${index}\n`,
    ).join("\n");

    const result = compress(code, { ...lossy, query: "what does step_41 do?", maxTokens: 200 });

    expect(result?.kind).toBe("code");
    expect(tokenizer.count(result?.text ?? code)).toBeLessThanOrEqual(200);
    expect(result?.text).toContain("def step_41");
  });

  it("never makes a text longer, and never throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 400 }),
          fc.json(),
          fc.array(fc.string(), { maxLength: 40 }).map((lines) => lines.join("\n")),
        ),
        fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
        (text, maxTokens) => {
          const result = compress(text, { ...lossy, query: "a b", maxTokens });
          if (result !== undefined) expect(tokenizer.count(result.text)).toBeLessThan(tokenizer.count(text));
          expect(result === undefined || result.kind === detectKind(text)).toBe(true);
        },
      ),
    );
  });
});
