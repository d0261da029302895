import { responsesToChat } from "../../../src/wires/responses/to-chat.ts";
import type { Frame, WireBody } from "../../../src/wires/wire.ts";
import { noMemory } from "../memory.ts";

export const NOW = 1_700_000_000;

/** A request of responses, as a chat is asked it. */
export const translate = (body: WireBody) =>
  responsesToChat.translate(
    { wire: "responses", body: { model: "m", input: "Hi", ...body }, headers: { "openai-beta": "x" } },
    noMemory,
    NOW,
  );

/** A chunk of a chat's one choice. */
export const chunk = (delta: object, finish_reason: string | null = null, more: object = {}): Frame => ({
  data: JSON.stringify({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m-1",
    choices: [{ index: 0, delta, finish_reason, logprobs: null, ...more }],
  }),
});

export const usageChunk: Frame = {
  data: JSON.stringify({
    choices: [],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
  }),
};

export const done: Frame = { data: "[DONE]" };

/** The events of a whole stream, parsed, and what came behind them. */
export function eventsOf(chunks: readonly Frame[], body: WireBody = {}) {
  const frames = translate(body).frames();
  const all = [...chunks.flatMap((each) => frames.push(each)), ...frames.end()];
  const events = all.filter(({ event }) => event !== undefined);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  const parsed: any[] = events.map(({ data }) => JSON.parse(data));
  return {
    events: parsed,
    names: events.map(({ event }) => event),
    sentinels: all.filter(({ event }) => event === undefined),
  };
}

/** A whole answer of a chat with one choice. */
export const completion = (message: object, finish_reason = "stop", more: object = {}): WireBody => ({
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "m-1",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: null, refusal: null, ...message },
      finish_reason,
      logprobs: null,
    },
  ],
  ...more,
});
