import type { Usage } from "../../chat.ts";
import { readUsage as readChatUsage } from "../chat/usage.ts";
import { asCount, asRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** The `usage` object of a response in our words; `undefined` if there is none. */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asRecord(value);
  if (usage === undefined) return undefined;
  const input = asRecord(usage["input_tokens_details"]);
  return {
    inputTokens: asCount(usage["input_tokens"]),
    cacheReadTokens: asCount(input?.["cached_tokens"]),
    cacheWriteTokens: asCount(input?.["cache_write_tokens"]),
    cacheWrite1hTokens: undefined,
    outputTokens: asCount(usage["output_tokens"]),
    reasoningTokens: asCount(asRecord(usage["output_tokens_details"])?.["reasoning_tokens"]),
  };
}

/** A chat's `usage` as a response has it: its counts are all there, where a vendor told of any. */
export function toResponseUsage(value: unknown): WireBody | undefined {
  const usage = readChatUsage(value);
  if (usage === undefined) return undefined;
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: asCount(asRecord(value)?.["total_tokens"]) ?? inputTokens + outputTokens,
  };
}
