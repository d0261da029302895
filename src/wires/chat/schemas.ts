/**
 * The shapes of chat completions. `chatRequest` is what a request is checked against: only what this library uses.
 * The rest describes: fields that go on to the deployment as they came, and answers.
 */
import { z } from "zod";

const message = z.looseObject(
  {
    role: z.string({ error: "must be a string" }).meta({ examples: ["system", "user", "assistant", "tool"] }),
    content: z
      .union([z.string(), z.array(z.unknown()), z.null()], { error: "must be a string, an array or null" })
      .optional(),
  },
  { error: "must be an object" },
);

export const chatRequest = z.looseObject({
  messages: z.array(message, { error: "must be an array" }).min(1),
});

/** What every generating request of OpenAI may say besides, for readers: none of it is checked here. */
export const generationFields = {
  model: z.string().optional().meta({ description: '"auto", or left out: the first deployment for chat.' }),
  stream: z.boolean().nullable().optional(),
  temperature: z.number().nullable().optional(),
  top_p: z.number().nullable().optional(),
};

export const chatRequestDocument = chatRequest
  .extend({
    ...generationFields,
    max_completion_tokens: z.int().nullable().optional(),
    stop: z
      .union([z.string(), z.array(z.string())])
      .nullable()
      .optional(),
    n: z.int().nullable().optional(),
    seed: z.int().nullable().optional(),
    tools: z
      .array(z.looseObject({ type: z.string() }))
      .nullable()
      .optional(),
    tool_choice: z.unknown().optional(),
    parallel_tool_calls: z.boolean().optional(),
    response_format: z.looseObject({ type: z.string() }).optional(),
    stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullable().optional(),
  })
  .meta({
    examples: [{ model: "auto", messages: [{ role: "user", content: "When does the ferry leave?" }] }],
  });

const usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
});

const toolCall = z.looseObject({
  id: z.string(),
  type: z.string(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }).optional(),
});

export const chatCompletion = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      message: z.looseObject({
        role: z.literal("assistant"),
        content: z.string().nullable(),
        tool_calls: z.array(toolCall).optional(),
      }),
      finish_reason: z.string(),
    }),
  ),
  usage: usage.optional(),
});

export const chatChunk = z.looseObject({
  id: z.string(),
  object: z.literal("chat.completion.chunk"),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({ index: z.int(), delta: z.looseObject({}), finish_reason: z.string().nullable() }),
  ),
  usage: usage.nullable().optional(),
});
