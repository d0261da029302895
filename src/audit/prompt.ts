/**
 * A prompt as a provider's cache sees it: tools first, then message after message. Of a prompt that was sent before, the
 * cache has what both begin with, and nothing behind the first part that differs.
 */
import { countMessage } from "../core/message-tokens.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { codecFor } from "../wires/index.ts";
import { asArray } from "../wires/read.ts";
import type { WireBody } from "../wires/wire.ts";

export interface PromptPart {
  readonly role: "tools" | "system" | "user" | "assistant" | "tool";
  /** All that was sent of it, as JSON: parts with the same are the same. */
  readonly json: string;
  readonly tokens: number;
}

/** The parts of a prompt, tools before messages, and what they come to. */
export interface Prompt {
  readonly parts: readonly PromptPart[];
  readonly tokens: number;
}

/** Takes a request of a chat apart. */
export function readPrompt(request: WireBody, tokenizer: Tokenizer): Prompt {
  const codec = codecFor("chat");
  const tools = codec.overheadText(request);
  const raw = asArray(request["messages"]);
  const messages = codec.messages(request).map(
    (message, index): PromptPart => ({
      role: message.role,
      json: JSON.stringify(raw[index]),
      tokens: countMessage(message, tokenizer),
    }),
  );
  const parts = [{ role: "tools" as const, json: tools, tokens: tokenizer.count(tools) }, ...messages];
  return { parts, tokens: sumTokens(parts) };
}

/** How many parts two prompts begin with alike. */
export function sharedParts(before: Prompt, now: Prompt): number {
  const differs = before.parts.findIndex(({ json }, index) => now.parts[index]?.json !== json);
  return differs === -1 ? before.parts.length : differs;
}

/** Tokens of the first parts of a prompt. */
export function tokensOfFirst(count: number, { parts }: Prompt): number {
  return sumTokens(parts.slice(0, count));
}

function sumTokens(parts: readonly PromptPart[]): number {
  return parts.reduce((sum, { tokens }) => sum + tokens, 0);
}
