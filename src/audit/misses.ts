/**
 * What the prompt cache should have had, and why it had not.
 *
 * A call that goes on from another repeats what that one sent, and could have read all of it from the cache. What it did
 * not read is a miss, and has one cause, the first of these that holds:
 *
 *     another model          each model has a cache of its own
 *     too late               the cache forgets: five minutes after it was last used, or an hour where that was paid for
 *     something changed      tools, instructions or a message: all behind the change is read anew
 *     unexplained            the log shows no reason: what it does not keep has changed, or the provider dropped it
 */
import type { Usage } from "../chat.ts";
import type { Price } from "../scheduler/price.ts";
import type { LoggedCall } from "./call.ts";
import { type Cost, costOfUsage, subtractCosts } from "./cost.ts";
import { type Prompt, sharedParts } from "./prompt.ts";

export const MISS_REASONS = [
  "another model",
  "too late",
  "tools changed",
  "instructions changed",
  "history changed",
  "unexplained",
] as const;

export type MissReason = (typeof MISS_REASONS)[number];

export interface Miss {
  readonly reason: MissReason;
  /** What exactly: "message 12 (tool) changed". */
  readonly detail: string;
  /** That were not read from the cache and could have been. */
  readonly tokens: number;
  /** What that cost more than reading them. */
  readonly cost: Cost;
}

/** The smallest prefix that providers cache; what is less is the rounding of breakpoints and blocks. */
export const LEAST_CACHED = 1024;

export interface SentCall {
  readonly call: LoggedCall;
  readonly prompt: Prompt;
}

/** @param keepsMs - how long the cache keeps what nobody asks for */
export function findMiss(
  before: SentCall,
  now: SentCall,
  keepsMs: number,
  price: Price | undefined,
): Miss | undefined {
  // What several calls read from the cache together says of none what it missed.
  if (before.call.isSum || now.call.isSum) return undefined;
  const { usage } = now.call;
  const sentBefore = before.call.usage?.inputTokens;
  if (usage?.inputTokens === undefined || usage.cacheReadTokens === undefined || sentBefore === undefined)
    return undefined;
  const tokens = Math.min(sentBefore, usage.inputTokens) - usage.cacheReadTokens;
  if (tokens < LEAST_CACHED) return undefined;
  const cost = subtractCosts(costOfUsage(usage, price), costOfUsage(asRead(usage, tokens), price));
  return { ...causeOf(before, now, keepsMs), tokens, cost };
}

/** The same call, had the cache had so many tokens more. */
function asRead(usage: Usage, tokens: number): Usage {
  const written = usage.cacheWriteTokens ?? 0;
  const left = Math.max(0, written - tokens);
  return {
    ...usage,
    cacheReadTokens: (usage.cacheReadTokens ?? 0) + tokens,
    cacheWriteTokens: left,
    cacheWrite1hTokens: Math.min(usage.cacheWrite1hTokens ?? 0, left),
  };
}

function causeOf(before: SentCall, now: SentCall, keepsMs: number): Pick<Miss, "reason" | "detail"> {
  if (before.call.model !== now.call.model) {
    return {
      reason: "another model",
      detail: `${before.call.model ?? "unknown"}, then ${now.call.model ?? "unknown"}`,
    };
  }
  const waitedMs = waitBetween(before.call, now.call);
  if (waitedMs > keepsMs) {
    const [waited, keeps] = [waitedMs, keepsMs].map((ms) => Math.round(ms / 60_000));
    return {
      reason: "too late",
      detail: `${waited} minutes after the call before, and the cache keeps ${keeps}`,
    };
  }
  return (
    changeBetween(before.prompt, now.prompt) ?? {
      reason: "unexplained",
      detail: "what the log keeps is the same",
    }
  );
}

/** Milliseconds from one call to the next; 0 where the log does not say. */
export function waitBetween(before: LoggedCall, now: LoggedCall): number {
  return before.at === undefined || now.at === undefined ? 0 : now.at - before.at;
}

/** The first part that is not as it was; `undefined`: the second prompt begins with all of the first. */
export function changeBetween(before: Prompt, now: Prompt): Pick<Miss, "reason" | "detail"> | undefined {
  const first = sharedParts(before, now);
  const part = before.parts[first];
  if (part === undefined) return undefined;
  const place = `message ${first} (${part.role})`;
  if (part.role === "tools")
    return { reason: "tools changed", detail: "the tools are not those of the call before" };
  if (part.role === "system") return { reason: "instructions changed", detail: `${place} changed` };
  const next = now.parts[first];
  if (next === undefined) return { reason: "history changed", detail: `${place} and all behind it left out` };
  const again = before.parts.findIndex(({ json }, index) => index > first && json === next.json);
  if (again !== -1)
    return { reason: "history changed", detail: `messages ${first} to ${again - 1} left out` };
  const isMoved = now.parts.some(({ json }, index) => index > first && json === part.json);
  return {
    reason: "history changed",
    detail: isMoved ? `something put in before ${place}` : `${place} changed`,
  };
}
