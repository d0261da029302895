import type { Usage } from "../chat.ts";

/**
 * What a stream says of its usage so far. Whoever tells it more than once counts on from what was told before, so that the
 * later count holds and nothing is added up (defect 72); a count that is not told again stays.
 */
export function laterUsage(before: Usage | undefined, told: Usage | undefined): Usage | undefined {
  if (before === undefined || told === undefined) return told ?? before;
  return {
    inputTokens: told.inputTokens ?? before.inputTokens,
    cacheReadTokens: told.cacheReadTokens ?? before.cacheReadTokens,
    cacheWriteTokens: told.cacheWriteTokens ?? before.cacheWriteTokens,
    cacheWrite1hTokens: told.cacheWrite1hTokens ?? before.cacheWrite1hTokens,
    outputTokens: told.outputTokens ?? before.outputTokens,
    reasoningTokens: told.reasoningTokens ?? before.reasoningTokens,
  };
}
