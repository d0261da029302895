/**
 * The built-in models, so that everything can be tried with no key and no network. `pc-extractive` is not a language
 * model: it writes nothing of its own, but answers with the sentences of the conversation and the shared context that
 * best match the last question, or says that there are none. Embeddings are the embedder's, under its name.
 */

import type { ChatChunk, ChatUsage } from "../../chat.ts";
import { type Clock, type RandomSource, systemClock } from "../../clock.ts";
import type { Embedder } from "../../embedder.ts";
import type { Ranker } from "../../ranker.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { type AnswerHead, chatChunk, chatCompletion, usageChunk } from "../../wires/chat/build.ts";
import { codecFor } from "../../wires/index.ts";
import { asCount, asRecord } from "../../wires/read.ts";
import type { Frame, Reply, WireBody } from "../../wires/wire.ts";
import { answeringSentences } from "./answering-sentences.ts";
import { embedRequest } from "./embed-request.ts";
import { jsonReply } from "./json-reply.ts";
import type { Provider } from "./provider.ts";
import { refuse } from "./refuse.ts";

export interface ExtractiveOptions {
  readonly ranker: Ranker;
  readonly embedder: Embedder;
  /** Counts usage. @defaultValue words and signs, which is what these models read */
  readonly tokenizer?: Tokenizer | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** For ids of answers. @defaultValue `Math.random` */
  readonly random?: RandomSource | undefined;
}

const NAME = "extractive";
const CHAT_MODEL = "pc-extractive";
const NOTHING_FOUND = "No sentence of the conversation or the shared context matches the question.";
const NOTHING_ASKED = "Nothing was asked: the conversation has no message of a user.";

/** The provider of the built-in models. It needs no network and keeps no state. */
export function extractive(options: ExtractiveOptions): Provider {
  const { ranker, embedder, tokenizer = wordCounter, clock = systemClock, random = Math.random } = options;
  const chat = codecFor("chat");

  const answer = (body: WireBody): Answer => {
    const messages = chat.messages(body);
    const sentences = answeringSentences(messages, ranker);
    const text = sentences === undefined ? NOTHING_ASKED : sentences.join(" ") || NOTHING_FOUND;
    const { pieces, isWhole } = cutToTokens(piecesOf(text), maxTokensOf(body), tokenizer);
    const promptTokens = messages.reduce((sum, message) => sum + tokenizer.count(message.text), 0);
    const completionTokens = tokenizer.count(pieces.join(""));
    return {
      head: { id: newId(random), created: Math.floor(clock.now() / 1000), model: CHAT_MODEL },
      pieces,
      finishReason: isWhole ? "stop" : "length",
      usage: {
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
      },
    };
  };

  return {
    name: NAME,
    wires: ["chat", "embeddings"],

    async send({ wire, body, signal }): Promise<Reply> {
      signal.throwIfAborted();
      if (wire === "embeddings") return jsonReply(embedRequest(body, NAME, embedder, tokenizer));
      checkAsked(body);
      const { head, pieces, finishReason, usage } = answer(body);
      if (!chat.isStream(body)) {
        return jsonReply(chatCompletion(head, { content: pieces.join(""), finishReason, usage }));
      }
      const chunks = [
        chatChunk(head, { role: "assistant", content: "", refusal: null }),
        ...pieces.map((content) => chatChunk(head, { content })),
        chatChunk(head, {}, finishReason),
      ];
      const all = chat.wantsUsage(body)
        ? [...chunks.map((chunk) => ({ ...chunk, usage: null })), usageChunk(head, usage)]
        : chunks;
      const headers = { "content-type": "text/event-stream; charset=utf-8" };
      return { status: 200, headers, frames: toFrames(all, chat.sentinel, signal) };
    },

    listModels: async () => [CHAT_MODEL, embedder.name],
  };
}

interface Answer {
  readonly head: AnswerHead;
  /** What is streamed piece by piece; together, the content. */
  readonly pieces: readonly string[];
  readonly finishReason: string;
  readonly usage: ChatUsage;
}

/** @throws ProviderError for what would otherwise be answered wrongly in silence */
function checkAsked(body: WireBody): void {
  if (typeof body["n"] === "number" && body["n"] !== 1) {
    throw refuse(NAME, "n", "this model gives one answer", "unsupported_value");
  }
  const format = asRecord(body["response_format"])?.["type"];
  if (format !== undefined && format !== "text") {
    throw refuse(
      NAME,
      "response_format",
      "this model quotes text, it cannot write JSON",
      "unsupported_value",
    );
  }
}

async function* toFrames(
  chunks: readonly ChatChunk[],
  sentinel: Frame | undefined,
  signal: AbortSignal,
): AsyncGenerator<readonly Frame[], undefined> {
  for (const chunk of chunks) {
    signal.throwIfAborted();
    yield [{ data: JSON.stringify(chunk) }];
  }
  if (sentinel !== undefined) yield [sentinel];
}

/** A few words a piece, as a model would send them. */
function piecesOf(text: string): readonly string[] {
  return text.match(/(?:\S+\s*){1,6}/gu) ?? [];
}

function maxTokensOf(body: WireBody): number {
  return asCount(body["max_completion_tokens"]) ?? asCount(body["max_tokens"]) ?? Number.POSITIVE_INFINITY;
}

/** As many pieces as fit, the last one shortened to whole words. */
function cutToTokens(
  pieces: readonly string[],
  maxTokens: number,
  tokenizer: Tokenizer,
): { pieces: readonly string[]; isWhole: boolean } {
  const fitting: string[] = [];
  let left = maxTokens;
  for (const piece of pieces) {
    const words = piece.match(/\S+\s*/gu) ?? [];
    let taken = "";
    for (const word of words) {
      const tokens = tokenizer.count(word);
      if (tokens > left) return { pieces: taken === "" ? fitting : [...fitting, taken], isWhole: false };
      left -= tokens;
      taken += word;
    }
    fitting.push(taken);
  }
  return { pieces: fitting, isWhole: true };
}

const wordCounter: Tokenizer = {
  name: "words",
  count: (text) => text.match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu)?.length ?? 0,
};

function newId(random: RandomSource): string {
  const digits = Array.from({ length: 24 }, () => Math.floor(random() * 36).toString(36));
  return `chatcmpl-${digits.join("")}`;
}
