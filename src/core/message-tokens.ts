import type { Tokenizer } from "../tokenizer.ts";
import type { WireMessage } from "../wires/wire.ts";

/**
 * What a message costs besides its content: three tokens of framing and one for the role, as OpenAI's cookbook
 * counts (https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken).
 */
const MESSAGE_OVERHEAD = 4;

/** The reply is primed with three tokens, by the same source. */
export const REPLY_OVERHEAD = 3;

/**
 * An estimate for a part that is not text: an image of 1024 × 1024 pixels in high detail, 85 tokens and 170 for each
 * of its four tiles (https://platform.openai.com/docs/guides/images-vision).
 */
const MEDIA_PART_TOKENS = 85 + 4 * 170;

/** Tokens one message costs in a request. */
export function countMessage(message: WireMessage, tokenizer: Tokenizer): number {
  let tokens = MESSAGE_OVERHEAD + tokenizer.count(message.text) + MEDIA_PART_TOKENS * message.mediaParts;
  for (const call of message.toolCalls) tokens += tokenizer.count(call.name) + tokenizer.count(call.input);
  return tokens;
}

/** Tokens a text of ours costs as a message of its own. */
export function injectedTokens(text: string, tokenizer: Tokenizer): number {
  return countMessage({ role: "user", text, toolCalls: [], toolResultsFor: [], mediaParts: 0 }, tokenizer);
}
