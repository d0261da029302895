/**
 * What a call costs. Prices are data that the host passes; none are built in, none are fetched.
 *
 *     cost = uncached · inputPer1M + read · cachedInputPer1M
 *          + (written − written1h) · cacheWritePer1M + written1h · cacheWrite1hPer1M + output · outputPer1M
 *     uncached = input − read − written
 *
 * What is not known is not guessed: the cost is `undefined`, never 0, where a count or a price is missing that matters.
 *
 *     what is missing               it matters
 *     input or output tokens        unless that part is free
 *     tokens read or written        where the price names that part; a price without it belongs to an upstream without it
 *     price of a part               where the upstream counted tokens of it
 */
import type { Usage } from "../chat.ts";

/** What a deployment charges, in US dollars for a million tokens. */
export interface Price {
  /** Input that is neither read from the provider's prompt cache nor written to it. */
  readonly inputPer1M: number;
  /** Input read from the provider's prompt cache. @defaultValue unknown */
  readonly cachedInputPer1M?: number | undefined;
  /** Input written to the provider's prompt cache. @defaultValue unknown */
  readonly cacheWritePer1M?: number | undefined;
  /** Input written to it for an hour, not minutes. @defaultValue unknown */
  readonly cacheWrite1hPer1M?: number | undefined;
  /** Output, reasoning within. */
  readonly outputPer1M: number;
}

/**
 * The cost of one answer in US dollars; `undefined` if it is not known.
 *
 * @example
 * // 1000 tokens in, 400 of them cached, 100 out, at $2, $0.50 and $8: $0.0022
 */
export function costOf(usage: Usage | undefined, price: Price | undefined): number | undefined {
  if (usage === undefined || price === undefined) return undefined;
  const { inputTokens, cacheReadTokens, cacheWriteTokens, cacheWrite1hTokens, outputTokens } = usage;
  const read = cachePart(cacheReadTokens, price.cachedInputPer1M);
  const written = cachePart(
    cacheWriteTokens === undefined ? undefined : cacheWriteTokens - (cacheWrite1hTokens ?? 0),
    price.cacheWritePer1M,
  );
  // Where nothing was written, nothing was written for an hour.
  const written1h = cachePart(cacheWriteTokens === 0 ? 0 : cacheWrite1hTokens, price.cacheWrite1hPer1M);
  const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0);
  const uncached = part(inputTokens === undefined ? undefined : inputTokens - cached, price.inputPer1M);
  const output = part(outputTokens, price.outputPer1M);
  const parts = [uncached, read, written, written1h, output];
  // Counts that contradict each other are counts that are not known.
  if (parts.some((each) => each === undefined || each < 0)) return undefined;
  return parts.reduce<number>((sum, each) => sum + (each ?? 0), 0) / 1e6;
}

/** A part every answer has; `undefined` if its count is missing and matters. */
function part(count: number | undefined, per1M: number): number | undefined {
  return per1M === 0 ? 0 : count === undefined ? undefined : count * per1M;
}

/** A part that only upstreams with a prompt cache have; `undefined` if its count or its price is missing and matters. */
function cachePart(count: number | undefined, per1M: number | undefined): number | undefined {
  if (per1M !== undefined) return part(count, per1M);
  return count === undefined || count === 0 ? 0 : undefined;
}
