import { addCosts, NO_COST } from "./cost.ts";
import type { Miss, MissReason } from "./misses.ts";
import type { MissedTokens } from "./report.ts";

/** Adds up what the prompt cache missed, by reason. */
export class Missed {
  readonly #reasons = new Map<MissReason, MissedTokens>();

  add({ reason, tokens, cost, detail }: Miss, path: string, line: number): void {
    const example = { path, line, detail, cost };
    const sum = this.#reasons.get(reason) ?? { reason, calls: 0, tokens: 0, cost: NO_COST, example };
    this.#reasons.set(reason, {
      reason,
      calls: sum.calls + 1,
      tokens: sum.tokens + tokens,
      cost: addCosts(sum.cost, cost),
      example: cost.plainTokens > sum.example.cost.plainTokens ? example : sum.example,
    });
  }

  /** The dearest first. */
  get byReason(): readonly MissedTokens[] {
    return [...this.#reasons.values()].sort((a, b) => b.cost.plainTokens - a.cost.plainTokens);
  }
}
