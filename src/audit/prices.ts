/**
 * List prices, for an audit of logs that nobody gave prices for: US dollars for a million tokens, standard tier, without
 * discounts and without surcharges for long prompts. The scheduler knows none of them: what it goes by, the host says.
 *
 * Anthropic's as on https://platform.claude.com/docs/en/about-claude/pricing, OpenAI's as on
 * https://developers.openai.com/api/docs/pricing, both in November 2026. A model that is not here has no price, and the
 * audit says so.
 */
import { matchesPattern } from "../name-pattern.ts";
import type { Price } from "../scheduler/price.ts";

/** Prices by model; `*` is any characters. The first that matches holds. */
export type PriceList = Readonly<Record<string, Price>>;

export const LIST_PRICES: PriceList = {
  "claude-opus-5-5*": anthropic(4, 0.2, 20),
  "claude-opus-5*": anthropic(5, 0.5, 25),
  "claude-opus-4-8*": anthropic(5, 0.5, 25),
  "claude-opus-4-7*": anthropic(5, 0.5, 25),
  "claude-opus-4-6*": anthropic(5, 0.5, 25),
  "claude-opus-4-5*": anthropic(5, 0.5, 25),
  "claude-opus-4*": anthropic(15, 1.5, 75),
  "claude-fable-5-1*": anthropic(10, 0.25, 50),
  "claude-sonnet-4*": anthropic(3, 0.3, 15),
  "claude-3-7-sonnet*": anthropic(3, 0.3, 15),
  "claude-3-5-sonnet*": anthropic(3, 0.3, 15),
  "claude-haiku-4-5*": anthropic(1, 0.1, 5),
  "claude-3-5-haiku*": anthropic(0.8, 0.08, 4),
  "gpt-5.5": openai(5, 0.5, 30),
  "gpt-5.4": openai(2.5, 0.25, 15),
  "gpt-5.4-mini*": openai(0.75, 0.075, 4.5),
  "gpt-5.4-nano*": openai(0.2, 0.02, 1.25),
  "gpt-5.3-codex*": openai(1.75, 0.175, 14),
  "gpt-5.2": openai(1.75, 0.175, 14),
  "gpt-5.2-codex*": openai(1.75, 0.175, 14),
  "gpt-5.1": openai(1.25, 0.125, 10),
  "gpt-5": openai(1.25, 0.125, 10),
  "gpt-5-20*": openai(1.25, 0.125, 10),
  "gpt-5-codex": openai(1.25, 0.125, 10),
  "gpt-5-mini*": openai(0.25, 0.025, 2),
  "gpt-5-nano*": openai(0.05, 0.005, 0.4),
  "gpt-4.1": openai(2, 0.5, 8),
  "gpt-4.1-20*": openai(2, 0.5, 8),
  "gpt-4o": openai(2.5, 1.25, 10),
  "gpt-4o-20*": openai(2.5, 1.25, 10),
  "gpt-4o-mini*": openai(0.15, 0.075, 0.6),
};

/**
 * What a token costs in proportion, where its price is not known: read from the cache a tenth of a plain one, and written
 * at no more than that. It tells which of two ways of asking is cheaper, not what either costs.
 */
export const PROPORTIONS: Price = { inputPer1M: 1, cachedInputPer1M: 0.1, outputPer1M: 0 };

/** The price of a model; `undefined`: the list has none. Names may have a provider before them, "anthropic/claude-…". */
export function priceOf(model: string | undefined, list: PriceList): Price | undefined {
  if (model === undefined) return undefined;
  const name = model.replace(/^.*\//, "");
  const found = Object.entries(list).find(([pattern]) =>
    [model, name].some((each) => matchesPattern(pattern, each)),
  );
  return found?.[1];
}

/** Anthropic's: a write costs a quarter more than a plain token, one for an hour twice as much. */
function anthropic(inputPer1M: number, cachedInputPer1M: number, outputPer1M: number): Price {
  return {
    inputPer1M,
    cachedInputPer1M,
    cacheWritePer1M: 1.25 * inputPer1M,
    cacheWrite1hPer1M: 2 * inputPer1M,
    outputPer1M,
  };
}

/** OpenAI's: writing is free. */
function openai(inputPer1M: number, cachedInputPer1M: number, outputPer1M: number): Price {
  return { inputPer1M, cachedInputPer1M, outputPer1M };
}
