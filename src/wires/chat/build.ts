import type { ChatChunk, ChatCompletion, ChatDelta, ChatUsage } from "../../chat.ts";

/** What all chunks of one answer, and a whole answer, have in common. */
export interface AnswerHead {
  readonly id: string;
  /** Unix time in seconds. */
  readonly created: number;
  readonly model: string;
}

/** A whole answer with one choice, in OpenAI's shape: every required field is there (wire 10–12). */
export function chatCompletion(
  head: AnswerHead,
  said: { readonly content: string; readonly finishReason: string; readonly usage?: ChatUsage | undefined },
): ChatCompletion {
  return {
    ...head,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: said.content, refusal: null },
        finish_reason: said.finishReason,
        logprobs: null,
      },
    ],
    ...(said.usage && { usage: said.usage }),
  };
}

/** A chunk of the one choice; `finishReason` only on the last (wire 20, 21). */
export function chatChunk(head: AnswerHead, delta: ChatDelta, finishReason: string | null = null): ChatChunk {
  return {
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }],
  };
}

/** The chunk that carries usage and nothing else (wire 23). */
export function usageChunk(head: AnswerHead, usage: ChatUsage): ChatChunk {
  return { ...head, object: "chat.completion.chunk", choices: [], usage };
}
