import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../src/core/token-count.ts";

describe("loadTokenizer", () => {
  it.each([
    ["gpt-5-mini", "o200k_base"],
    ["gpt-4o-2024-11-20", "o200k_base"],
    ["gpt-4.1", "o200k_base"],
    ["o3-mini", "o200k_base"],
    ["ft:gpt-4o-mini:acme::1", "o200k_base"],
    ["gpt-4", "cl100k_base"],
    ["gpt-4-turbo", "cl100k_base"],
    ["openai/gpt-3.5-turbo", "cl100k_base"],
    ["text-embedding-3-small", "cl100k_base"],
    ["claude-sonnet-4-5", "estimate:o200k_base"],
    ["qwen3-32b", "estimate:o200k_base"],
    ["", "estimate:o200k_base"],
  ])("counts %j with %s", async (model, name) => {
    expect((await loadTokenizer(model)).name).toBe(name);
  });

  // Counts from https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken
  it.each([
    ["gpt-5", "", 0],
    ["gpt-5", "hello world", 2],
    ["gpt-4", "hello world", 2],
    ["gpt-5", "tiktoken is great!", 6],
    ["gpt-4", "tiktoken is great!", 6],
  ])("counts with %s that %j has %i tokens", async (model, text, tokens) => {
    const { count } = await loadTokenizer(model);

    expect(count(text)).toBe(tokens);
  });

  it("counts control-token words as ordinary text", async () => {
    const { count } = await loadTokenizer("gpt-5");

    expect(count("<|endoftext|>")).toBeGreaterThan(1);
    expect(count("a<|im_start|>b<|fim_prefix|>c")).toBeGreaterThan(5);
  });

  it("counts any text, the same each time, and never throws", async () => {
    const { count } = await loadTokenizer("gpt-5");
    const texts = fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.string({ unit: "grapheme" }));

    fc.assert(
      fc.property(texts, (text) => {
        const tokens = count(text);

        expect(count(text)).toBe(tokens);
        expect(tokens).toBeGreaterThanOrEqual(text === "" ? 0 : 1);
        expect(tokens).toBeLessThanOrEqual(Math.max(1, Buffer.byteLength(text)));
      }),
    );
  });

  it("counts half a surrogate pair", async () => {
    const { count } = await loadTokenizer("gpt-5");

    expect(count("\ud83d")).toBeGreaterThan(0);
  });

  // Uncut, each of these takes the encoder longer than a test may run.
  it.each([
    ["a letter", "a"],
    ["white space", " "],
    ["line feeds", "\n"],
    ["a sign", "!"],
    ["Han characters", "中文字符"],
    ["an emoji", "😀"],
    ["a slash and a line feed", "/\n"],
    ["a sign and an accent", "!\u0301"],
  ])("counts 100,000 times %s at once", async (_name, unit) => {
    const tokenizers = [await loadTokenizer("gpt-5"), await loadTokenizer("gpt-4")];

    const tokens = tokenizers.map(({ count }) => count(unit.repeat(100_000)));

    expect(Math.min(...tokens)).toBeGreaterThan(1_000);
  });

  it("is exact where no run of letters, signs or white space has 64 characters", async () => {
    const { encode } = await import("gpt-tokenizer/encoding/o200k_base");
    const { count } = await loadTokenizer("gpt-5");
    const prose = `${"Donaudampfschifffahrtsgesellschaftskapitän ".repeat(40)}\n\n\t${"=".repeat(60)} 12345678901234567890`;

    expect(count(prose)).toBe(encode(prose).length);
  });
});
