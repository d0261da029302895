import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Usage } from "../../src/chat.ts";
import { costOf, type Price } from "../../src/scheduler/price.ts";

const price: Price = { inputPer1M: 2, cachedInputPer1M: 0.5, cacheWritePer1M: 2.5, outputPer1M: 8 };
const usage: Usage = {
  inputTokens: 1_000,
  cacheReadTokens: 400,
  cacheWriteTokens: 100,
  cacheWrite1hTokens: undefined,
  outputTokens: 100,
  reasoningTokens: 60,
};

describe("costOf", () => {
  it.each<[string, Partial<Usage>, Partial<Price>, number | undefined]>([
    // 500·2 + 400·0.5 + 100·2.5 + 100·8 = 2250 millionths
    ["adds each token once, at its own price (defect 72)", {}, {}, 0.00225],
    ["takes reasoning for the part of the output that it is", { reasoningTokens: undefined }, {}, 0.00225],
    ["does not know without the input's count (defect 73)", { inputTokens: undefined }, {}, undefined],
    ["does not know without the output's count", { outputTokens: undefined }, {}, undefined],
    [
      "does without the count of a part that is free: embeddings have no output",
      { outputTokens: undefined },
      { outputPer1M: 0 },
      0.00145,
    ],
    [
      "does not know what was read from a cache that has a price",
      { cacheReadTokens: undefined },
      {},
      undefined,
    ],
    ["does not know the price of what was read from a cache", {}, { cachedInputPer1M: undefined }, undefined],
    ["does not know the price of what was written to a cache", {}, { cacheWritePer1M: undefined }, undefined],
    [
      "takes all input for uncached where neither the upstream nor the price knows of a cache",
      { cacheReadTokens: undefined, cacheWriteTokens: undefined },
      { cachedInputPer1M: undefined, cacheWritePer1M: undefined },
      0.0028,
    ],
    [
      "needs no price for what was counted and was none",
      { cacheReadTokens: 0, cacheWriteTokens: 0 },
      { cachedInputPer1M: undefined, cacheWritePer1M: undefined },
      0.0028,
    ],
    // 500·2 + 400·0.5 + 70·2.5 + 30·4 + 100·8 = 2295 millionths
    [
      "has a price of its own for what is kept for an hour (defect 72)",
      { cacheWrite1hTokens: 30 },
      { cacheWrite1hPer1M: 4 },
      0.002295,
    ],
    ["does not know the price of what is kept for an hour", { cacheWrite1hTokens: 30 }, {}, undefined],
    [
      "does not know how much is kept for an hour, where that has a price",
      {},
      { cacheWrite1hPer1M: 4 },
      undefined,
    ],
    [
      "needs no such count where nothing was written",
      { cacheWriteTokens: 0 },
      { cacheWrite1hPer1M: 4 },
      // 600·2 + 400·0.5 + 100·8 = 2200 millionths
      0.0022,
    ],
    [
      "does not believe more to be kept for an hour than was written",
      { cacheWrite1hTokens: 101 },
      { cacheWrite1hPer1M: 4 },
      undefined,
    ],
    ["does not believe more cached input than there was input", { cacheReadTokens: 1_001 }, {}, undefined],
  ])("%s", (_, counts, prices, expected) => {
    const cost = costOf({ ...usage, ...counts }, { ...price, ...prices });

    if (expected === undefined) expect(cost).toBeUndefined();
    else expect(cost).toBeCloseTo(expected, 12);
  });

  it("does not know without a usage, or without a price", () => {
    expect(costOf(undefined, price)).toBeUndefined();
    expect(costOf(usage, undefined)).toBeUndefined();
  });

  it("is never less for more tokens, and never negative", () => {
    const count = fc.nat(1_000_000);
    fc.assert(
      fc.property(count, count, count, count, (uncached, read, written, output) => {
        const inputTokens = uncached + read + written;
        const counts = {
          inputTokens,
          cacheReadTokens: read,
          cacheWriteTokens: written,
          outputTokens: output,
        };
        const cost = costOf({ ...usage, ...counts }, price)!;

        expect(cost).toBeGreaterThanOrEqual(0);
        expect(costOf({ ...usage, ...counts, outputTokens: output + 1 }, price)!).toBeGreaterThan(cost);
      }),
    );
  });
});
