import type { Usage } from "../chat.ts";
import type { Price } from "../scheduler/price.ts";
import { addCosts, type Cost, costOfUsage, NO_COST } from "./cost.ts";
import type { PaidTokens, TokenKind } from "./report.ts";

const NO_TOKENS: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: undefined,
};

/** Adds up what calls were charged, by kind of token. */
export class Paid {
  readonly #kinds = new Map<TokenKind, { tokens: number; cost: Cost }>(
    (["uncached", "cache read", "cache write", "output"] as const).map((kind) => [
      kind,
      { tokens: 0, cost: NO_COST },
    ]),
  );

  add(usage: Usage, price: Price | undefined): void {
    const read = usage.cacheReadTokens ?? 0;
    const written = usage.cacheWriteTokens ?? 0;
    const output = usage.outputTokens ?? 0;
    const uncached = Math.max(0, (usage.inputTokens ?? 0) - read - written);
    this.#add("uncached", uncached, { inputTokens: uncached }, price);
    this.#add("cache read", read, { inputTokens: read, cacheReadTokens: read }, price);
    const { cacheWrite1hTokens } = usage;
    this.#add(
      "cache write",
      written,
      { inputTokens: written, cacheWriteTokens: written, cacheWrite1hTokens },
      price,
    );
    this.#add("output", output, { outputTokens: output }, price);
  }

  get byKind(): readonly PaidTokens[] {
    return [...this.#kinds].map(([kind, sum]) => ({ kind, ...sum }));
  }

  get inAll(): Cost {
    return this.byKind.reduce((sum, { cost }) => addCosts(sum, cost), NO_COST);
  }

  #add(kind: TokenKind, tokens: number, usage: Partial<Usage>, price: Price | undefined): void {
    const sum = this.#kinds.get(kind);
    if (sum === undefined) return;
    sum.tokens += tokens;
    sum.cost = addCosts(sum.cost, costOfUsage({ ...NO_TOKENS, ...usage }, price));
  }
}
