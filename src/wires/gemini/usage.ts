import type { ChatUsage, Usage } from "../../chat.ts";
import { asCount, asRecord } from "../read.ts";

/**
 * Gemini's `usageMetadata` in our words; `undefined` if there is none. Its JSON leaves zeros out: where the prompt was
 * counted, a count that is missing is 0. Thoughts stand beside the answer there, and are part of the output here.
 */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asRecord(value);
  const prompt = asCount(usage?.["promptTokenCount"]);
  if (usage === undefined || prompt === undefined) return undefined;
  const count = (name: string): number => asCount(usage[name]) ?? 0;
  const reasoningTokens = count("thoughtsTokenCount");
  return {
    inputTokens: prompt + count("toolUsePromptTokenCount"),
    cacheReadTokens: count("cachedContentTokenCount"),
    cacheWriteTokens: undefined,
    cacheWrite1hTokens: undefined,
    outputTokens: count("candidatesTokenCount") + reasoningTokens,
    reasoningTokens,
  };
}

/** The same as OpenAI's `usage`, whose total is the sum of its parts (wire 14). */
export function toChatUsage(value: unknown): ChatUsage | undefined {
  const { inputTokens, outputTokens, cacheReadTokens, reasoningTokens } = readUsage(value) ?? {};
  if (inputTokens === undefined || outputTokens === undefined) return undefined;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
