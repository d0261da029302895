import type { Tokenizer } from "../tokenizer.ts";
import { codecFor } from "../wires/index.ts";
import { asString } from "../wires/read.ts";
import type { WireRequest } from "../wires/wire.ts";
import type { KnownMessages } from "./known-messages.ts";
import { REPLY_OVERHEAD } from "./message-tokens.ts";
import { parse } from "./passes/parse.ts";
import { latestUserMessage } from "./running-turn.ts";
import { type CompileInput, sumTokens } from "./segment.ts";
import { loadTokenizer } from "./token-count.ts";

/** A request as the passes read it, and what counts its tokens. */
export async function toInput(
  request: WireRequest,
  maxInputTokens: number | undefined,
  known: KnownMessages,
): Promise<{ readonly input: CompileInput; readonly tokenizer: Tokenizer }> {
  const tokenizer = await loadTokenizer(asString(request.body["model"]) ?? "");
  const codec = codecFor(request.wire);
  const messages = known(codec.messages(request.body));
  const turn = latestUserMessage(messages);
  const input = {
    messages,
    toolResults: codec.toolResults(request.body),
    overheadTokens:
      messages.length === 0 ? 0 : tokenizer.count(codec.overheadText(request.body)) + REPLY_OVERHEAD,
    maxInputTokens,
    query: turn === undefined ? "" : (messages[turn]?.text ?? ""),
  };
  return { input, tokenizer };
}

/** How many tokens a request is, messages and tools, and the name of the tokenizer that counted. */
export async function countTokens(request: WireRequest): Promise<{ tokens: number; tokenizer: string }> {
  const { input, tokenizer } = await toInput(request, undefined, (messages) => messages);
  const tokens = input.overheadTokens + sumTokens(parse(input.messages, tokenizer));
  return { tokens, tokenizer: tokenizer.name };
}
