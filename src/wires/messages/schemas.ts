/** The shapes of Anthropic's messages; `messagesRequest` is what a request is checked against. */
import { z } from "zod";

const texts = z.union([z.string(), z.array(z.unknown())]);

const message = z.looseObject({
  role: z.string().meta({ examples: ["user", "assistant"] }),
  content: texts,
});

export const messagesRequest = z
  .looseObject({
    messages: z.array(message).min(1),
    model: z.string().nullish(),
    max_tokens: z.int().nullish(),
    system: z.union([z.string(), z.array(z.unknown()), z.null()]).optional(),
    stream: z.boolean().nullish(),
    temperature: z.number().nullish(),
    stop_sequences: z.array(z.string()).nullish(),
    tools: z.array(z.looseObject({})).nullish(),
    tool_choice: z.looseObject({ type: z.string() }).nullish(),
    thinking: z.looseObject({ type: z.string() }).nullish(),
    metadata: z.looseObject({}).nullish(),
  })
  .meta({
    examples: [{ model: "auto", max_tokens: 500, messages: [{ role: "user", content: "Say hello" }] }],
  });

export const messageAnswer = z
  .looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.literal("assistant"),
    model: z.string(),
    content: z.array(z.looseObject({ type: z.string() })),
    stop_reason: z.string().nullable(),
  })
  .meta({
    examples: [
      {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "claude-sonnet-4-5",
        content: [{ type: "text", text: "Hello" }],
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 9, output_tokens: 3 },
      },
    ],
  });

/** Each event of a stream. */
export const messagesEvent = z.looseObject({ type: z.string() }).meta({
  examples: [{ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } }],
});
