/** What calls came to: plain sums of the events that were told of them, and nothing that is guessed. */
import type { PromptCompilerEvent } from "../telemetry.ts";

/** Sums over calls. Tokens and money are those that were told of; how many calls told nothing is counted beside them. */
export interface CallSums {
  /** Calls that have ended: the sum of the next three. */
  readonly calls: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Upstream requests. */
  readonly attempts: number;
  /** Input as providers counted it, what came from their prompt caches within. */
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  /** Successful calls whose usage nobody told: their tokens are in none of these sums. */
  readonly unreportedCalls: number;
  /** Calls that were compiled. */
  readonly compiledCalls: number;
  /** Tokens of compiled calls as they came. */
  readonly tokensBefore: number;
  /** Tokens of compiled calls as they were sent. */
  readonly tokensAfter: number;
  /** The difference of the two: below 0 where more shared context went in than was cut. */
  readonly savedTokens: number;
  /** Calls whose answer was made for another call. */
  readonly sparedCalls: number;
  /** Tokens that those would have used, input and output. */
  readonly sparedTokens: number;
  /** Items that were new in shared context. */
  readonly capturedItems: number;
  /** Secrets that were taken out of them. */
  readonly secretsRemoved: number;
  /** In US dollars, of the calls whose cost is known. */
  readonly costUsd: number;
  /** What other attempts cost than the ones that were answered. */
  readonly lostUsd: number;
  /** What spared calls would have cost. */
  readonly savedUsd: number;
  /** Successful calls whose cost is not known. */
  readonly unpricedCalls: number;
}

/** Sums of no calls. */
export const NO_CALLS: CallSums = {
  calls: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  attempts: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  unreportedCalls: 0,
  compiledCalls: 0,
  tokensBefore: 0,
  tokensAfter: 0,
  savedTokens: 0,
  sparedCalls: 0,
  sparedTokens: 0,
  capturedItems: 0,
  secretsRemoved: 0,
  costUsd: 0,
  lostUsd: 0,
  savedUsd: 0,
  unpricedCalls: 0,
};

const NAMES = Object.keys(NO_CALLS) as readonly (keyof CallSums)[];

/** Both together. A sum that one of them does not have, being older than it, counts as 0. */
export function addSums(left: Partial<CallSums>, right: Partial<CallSums>): CallSums {
  const both: { -readonly [Name in keyof CallSums]: number } = { ...NO_CALLS };
  for (const name of NAMES) both[name] = (left[name] ?? 0) + (right[name] ?? 0);
  return both;
}

/** What an event adds; `undefined`: nothing. */
export function sumsOf(event: PromptCompilerEvent): Partial<CallSums> | undefined {
  switch (event.type) {
    case "call-end":
      return sumsOfEnd(event);
    case "context-compiled": {
      const { tokensBefore, tokensAfter } = event;
      return { compiledCalls: 1, tokensBefore, tokensAfter, savedTokens: tokensBefore - tokensAfter };
    }
    case "context-captured":
      return { capturedItems: event.entries, secretsRemoved: event.secretsRemoved };
    default:
      return undefined;
  }
}

function sumsOfEnd(event: Extract<PromptCompilerEvent, { type: "call-end" }>): Partial<CallSums> {
  const { outcome, attempts, usage, savedUsage, costUsd = 0, lostUsd = 0, savedUsd = 0 } = event;
  const hasAnswer = outcome === "succeeded";
  return {
    calls: 1,
    [outcome]: 1,
    attempts,
    inputTokens: usage?.inputTokens ?? 0,
    cacheReadTokens: usage?.cacheReadTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    unreportedCalls: hasAnswer && usage === undefined ? 1 : 0,
    sparedCalls: event.cache === "miss" || event.cache === "bypass" ? 0 : 1,
    sparedTokens: (savedUsage?.inputTokens ?? 0) + (savedUsage?.outputTokens ?? 0),
    costUsd,
    lostUsd,
    savedUsd,
    unpricedCalls: hasAnswer && event.costUsd === undefined ? 1 : 0,
  };
}
