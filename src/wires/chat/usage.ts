import type { Usage } from "../../chat.ts";
import { asCount, asRecord } from "../read.ts";

/** OpenAI's `usage` object in our words; `undefined` if there is none. What it does not report stays `undefined`. */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asRecord(value);
  if (usage === undefined) return undefined;
  const input = asRecord(usage["prompt_tokens_details"]);
  const output = asRecord(usage["completion_tokens_details"]);
  return {
    inputTokens: asCount(usage["prompt_tokens"]),
    cacheReadTokens: asCount(input?.["cached_tokens"]),
    cacheWriteTokens: asCount(input?.["cache_write_tokens"]),
    outputTokens: asCount(usage["completion_tokens"]),
    reasoningTokens: asCount(output?.["reasoning_tokens"]),
  };
}
