import type { Usage } from "../../chat.ts";
import { asCount, asRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/**
 * Anthropic's `usage` in our words; `undefined` if there is none. Its `input_tokens` are only those that no cache had to
 * do with: all input is the sum of three counts (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
 * What it does not report stays `undefined`: in a stream, what was said at its beginning may not be said again.
 */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asRecord(value);
  if (usage === undefined) return undefined;
  const uncached = asCount(usage["input_tokens"]);
  const cacheReadTokens = asCount(usage["cache_read_input_tokens"]);
  const cacheWriteTokens = asCount(usage["cache_creation_input_tokens"]);
  return {
    inputTokens:
      uncached === undefined ? undefined : uncached + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite1hTokens: asCount(asRecord(usage["cache_creation"])?.["ephemeral_1h_input_tokens"]),
    outputTokens: asCount(usage["output_tokens"]),
    reasoningTokens: asCount(asRecord(usage["output_tokens_details"])?.["thinking_tokens"]),
  };
}

/** The same in Anthropic's spelling. What was not counted is `null`, but for the two that clients demand. */
export function toMessageUsage(usage: Usage | undefined): WireBody {
  const { inputTokens = 0, outputTokens = 0, cacheReadTokens, cacheWriteTokens } = usage ?? {};
  const { cacheWrite1hTokens, reasoningTokens } = usage ?? {};
  return {
    input_tokens: Math.max(0, inputTokens - (cacheReadTokens ?? 0) - (cacheWriteTokens ?? 0)),
    cache_creation_input_tokens: cacheWriteTokens ?? null,
    cache_read_input_tokens: cacheReadTokens ?? null,
    cache_creation:
      cacheWriteTokens === undefined || cacheWrite1hTokens === undefined
        ? null
        : {
            ephemeral_5m_input_tokens: cacheWriteTokens - cacheWrite1hTokens,
            ephemeral_1h_input_tokens: cacheWrite1hTokens,
          },
    output_tokens: outputTokens,
    output_tokens_details: reasoningTokens === undefined ? null : { thinking_tokens: reasoningTokens },
    server_tool_use: null,
    service_tier: null,
    inference_geo: null,
    speed: null,
  };
}
