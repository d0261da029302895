/** Why a candidate ended, as Gemini says it: https://ai.google.dev/api/generate-content#FinishReason */

/** A filter cut the answer short. */
const FILTERED: ReadonlySet<string> = new Set([
  "SAFETY",
  "RECITATION",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
]);

/** The model called a function in a way that nobody can run: no answer, and the next attempt may give one. */
const BROKEN: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
]);

export function isFiltered(reason: string): boolean {
  return FILTERED.has(reason);
}

export function isBroken(reason: string): boolean {
  return BROKEN.has(reason);
}

/**
 * OpenAI's word for it (wire 11); "stop" for what it has no word for.
 *
 * @param called - functions were called
 * @param legacy - the caller calls them functions, not tools
 */
export function toFinishReason(reason: string, called: boolean, legacy: boolean): string {
  if (isFiltered(reason)) return "content_filter";
  if (reason === "MAX_TOKENS") return "length";
  if (!called) return "stop";
  return legacy ? "function_call" : "tool_calls";
}
