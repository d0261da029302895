import type { Usage } from "../../chat.ts";
import { asCount, asRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** OpenAI's `usage` object in our words; `undefined` if there is none. What it does not report stays `undefined`. */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asRecord(value);
  if (usage === undefined) return undefined;
  const input = asRecord(usage["prompt_tokens_details"]);
  const output = asRecord(usage["completion_tokens_details"]);
  const reasoningTokens = asCount(output?.["reasoning_tokens"]);
  return {
    inputTokens: asCount(usage["prompt_tokens"]),
    // The second name is DeepSeek's, the third one Mistral's.
    cacheReadTokens: asCount(
      input?.["cached_tokens"] ?? usage["prompt_cache_hit_tokens"] ?? usage["num_cached_tokens"],
    ),
    // The second name, and the part that is kept for an hour, are LiteLLM's.
    cacheWriteTokens: asCount(input?.["cache_write_tokens"] ?? input?.["cache_creation_tokens"]),
    cacheWrite1hTokens: asCount(
      asRecord(input?.["cache_creation_token_details"])?.["ephemeral_1h_input_tokens"],
    ),
    outputTokens: outputTokens(usage, reasoningTokens ?? 0),
    reasoningTokens,
  };
}

/** All output. Some, xAI for one, count reasoning beside the completion: there the total is the sum of all three. */
function outputTokens(usage: WireBody, reasoning: number): number | undefined {
  const completion = asCount(usage["completion_tokens"]);
  const beside = (asCount(usage["prompt_tokens"]) ?? 0) + (completion ?? 0) + reasoning;
  return completion !== undefined && usage["total_tokens"] === beside ? completion + reasoning : completion;
}

/** The same in OpenAI's spelling; `undefined` where input or output was not counted (wire 14). */
export function toChatUsage(usage: Usage | undefined): WireBody | undefined {
  const {
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens,
    reasoningTokens,
  } = usage ?? {};
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: {
      cached_tokens: cacheReadTokens ?? 0,
      ...(cacheWriteTokens !== undefined && { cache_write_tokens: cacheWriteTokens }),
      ...(cacheWrite1hTokens !== undefined && {
        cache_creation_token_details: { ephemeral_1h_input_tokens: cacheWrite1hTokens },
      }),
    },
    ...(reasoningTokens !== undefined && {
      completion_tokens_details: { reasoning_tokens: reasoningTokens },
    }),
  };
}
