import { describe, expect, it } from "vitest";
import { costOfUsage } from "../../src/audit/cost.ts";
import { LIST_PRICES, priceOf } from "../../src/audit/prices.ts";

const USAGE = {
  inputTokens: 1_000_000,
  cacheReadTokens: undefined,
  cacheWriteTokens: undefined,
  cacheWrite1hTokens: undefined,
  outputTokens: 0,
  reasoningTokens: undefined,
};

describe("priceOf", () => {
  // platform.claude.com/docs/en/about-claude/pricing, developers.openai.com/api/docs/models, November 2026.
  it.each([
    ["claude-sonnet-4-5-20250929", 3],
    ["anthropic/claude-opus-4-1-20250805", 15],
    ["claude-opus-4-5", 5],
    ["claude-opus-5-5", 4],
    ["gpt-5", 1.25],
    ["gpt-5-mini-2025-08-07", 0.25],
  ])("knows %s", (model, inputPer1M) => {
    expect(priceOf(model, LIST_PRICES)?.inputPer1M).toBe(inputPer1M);
  });

  it.each(["gpt-5.9", "llama-3", undefined])("does not guess %s", (model) => {
    expect(priceOf(model, LIST_PRICES)).toBeUndefined();
  });

  it("goes by the first pattern that matches", () => {
    const mine = { inputPer1M: 1, outputPer1M: 2 };

    expect(priceOf("gpt-5", { "gpt-*": mine, ...LIST_PRICES })).toBe(mine);
  });
});

describe("costOfUsage", () => {
  it("charges in full what the log does not say the cache gave", () => {
    expect(costOfUsage(USAGE, priceOf("gpt-5", LIST_PRICES))).toEqual({
      dollars: 1.25,
      plainTokens: 1_000_000,
    });
  });

  it("tells what a model without a price costs in plain tokens alone", () => {
    const usage = { ...USAGE, cacheReadTokens: 500_000 };

    expect(costOfUsage(usage, undefined)).toEqual({ dollars: 0, plainTokens: 550_000 });
  });
});
