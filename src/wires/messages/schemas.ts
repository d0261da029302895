/** The shapes of Anthropic's messages; `messagesRequest` is what a request is checked against. */
import { z } from "zod";

const message = z.looseObject(
  {
    role: z.string({ error: "must be a string" }).meta({ examples: ["user", "assistant"] }),
    content: z.union([z.string(), z.array(z.unknown())], { error: "must be a string or an array" }),
  },
  { error: "must be an object" },
);

export const messagesRequest = z.looseObject({
  messages: z.array(message, { error: "must be an array" }).min(1, "at least one message is required"),
});

export const messagesRequestDocument = messagesRequest
  .extend({
    model: z.string().optional(),
    max_tokens: z.int().optional(),
    system: z.union([z.string(), z.array(z.unknown())]).optional(),
    stream: z.boolean().optional(),
    tools: z.array(z.looseObject({ name: z.string() })).optional(),
  })
  .meta({
    examples: [{ model: "auto", max_tokens: 500, messages: [{ role: "user", content: "Say hello" }] }],
  });

export const messageAnswer = z.looseObject({
  id: z.string(),
  type: z.literal("message"),
  role: z.literal("assistant"),
  model: z.string(),
  content: z.array(z.looseObject({ type: z.string() })),
  stop_reason: z.string().nullable(),
});

/** Each event of a stream. */
export const messagesEvent = z.looseObject({ type: z.string() });
