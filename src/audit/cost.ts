/**
 * Sums of what calls cost, in two units: dollars, and plain tokens (what the same money would have bought of input that no
 * cache had to do with, of the same model). Dollars are of the models that have a price; plain tokens are always known, and
 * so is how two ways of making the same calls compare.
 */
import type { Usage } from "../chat.ts";
import { costOf, type Price } from "../scheduler/price.ts";
import { PROPORTIONS } from "./prices.ts";

export interface Cost {
  readonly dollars: number;
  readonly plainTokens: number;
}

export const NO_COST: Cost = { dollars: 0, plainTokens: 0 };

/** The cost of one call. A count that is not told counts as nothing, so what the cache gave unsaid is charged in full. */
export function costOfUsage(usage: Usage, price: Price | undefined): Cost {
  const cacheWriteTokens = usage.cacheWriteTokens ?? 0;
  const whole: Usage = {
    inputTokens: usage.inputTokens ?? 0,
    cacheReadTokens: usage.cacheReadTokens ?? 0,
    cacheWriteTokens,
    cacheWrite1hTokens: usage.cacheWrite1hTokens ?? 0,
    outputTokens: usage.outputTokens ?? 0,
    reasoningTokens: undefined,
  };
  const paid = price ?? PROPORTIONS;
  // Where writing has no price it costs what any token costs.
  const charged =
    paid.cacheWritePer1M === undefined ? { ...whole, cacheWriteTokens: 0, cacheWrite1hTokens: 0 } : whole;
  const cost = costOf(charged, paid) ?? 0;
  const plainTokens = paid.inputPer1M === 0 ? 0 : (cost * 1e6) / paid.inputPer1M;
  return { dollars: price === undefined ? 0 : cost, plainTokens };
}

export function addCosts(a: Cost, b: Cost): Cost {
  return { dollars: a.dollars + b.dollars, plainTokens: a.plainTokens + b.plainTokens };
}

export function subtractCosts(a: Cost, b: Cost): Cost {
  return { dollars: a.dollars - b.dollars, plainTokens: a.plainTokens - b.plainTokens };
}
