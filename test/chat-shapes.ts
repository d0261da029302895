/** Answers in OpenAI's shape, for upstreams under a test's control. */

const head = { id: "chatcmpl-1", created: 1_700_000_000, model: "served-model", system_fingerprint: "fp_1" };

export const usage = { prompt_tokens: 11, completion_tokens: 2, total_tokens: 13 };

export function completion(content: string) {
  return {
    ...head,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: { ...usage, prompt_tokens_details: { cached_tokens: 4, vendor_extra: 1.5 } },
    service_tier: "default",
  };
}

export function chunk(delta: object, finish_reason: string | null = null) {
  return {
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  };
}

export const usageChunk = { ...head, object: "chat.completion.chunk", choices: [], usage };

/** The chunks of a whole streamed answer, a word each, usage and sentinel included. */
export function chunksOf(content: string): (object | string)[] {
  const words = content.split(/(?<= )/);
  return [
    chunk({ role: "assistant", content: "", refusal: null }),
    ...words.map((word) => chunk({ content: word })),
    chunk({}, "stop"),
    usageChunk,
    "[DONE]",
  ];
}
