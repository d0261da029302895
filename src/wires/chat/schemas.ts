/**
 * The shapes of chat completions. `chatRequest` is what a request is checked against: what is declared, it is of this type or
 * null, which says nothing (wire 42). What is not declared goes on as it came. The rest describes answers.
 */
import { z } from "zod";

const message = z.looseObject({
  role: z.string().meta({ examples: ["system", "user", "assistant", "tool"] }),
  content: z.union([z.string(), z.array(z.unknown()), z.null()]).optional(),
  tool_calls: z.array(z.looseObject({})).nullish(),
});

/** What every generating request of OpenAI may say besides. */
export const generationFields = {
  model: z.string().nullish().meta({ description: '"auto", or left out: the first deployment for chat.' }),
  stream: z.boolean().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
};

/** Tools of OpenAI's wires; what else is in one is for the deployment to judge. */
export const toolList = z.array(z.looseObject({ type: z.string().optional() })).nullish();

export const streamOptions = z.looseObject({ include_usage: z.boolean().nullish() }).nullish();

export const stopTexts = z.union([z.string(), z.array(z.string()), z.null()]).optional();

export const chatRequest = z
  .looseObject({
    messages: z.array(message).min(1),
    ...generationFields,
    max_tokens: z.int().nullish().meta({ deprecated: true }),
    max_completion_tokens: z.int().nullish(),
    stop: stopTexts,
    n: z.int().nullish(),
    // It has 64 bits: more than an integer of JavaScript.
    seed: z.number().nullish(),
    presence_penalty: z.number().nullish(),
    frequency_penalty: z.number().nullish(),
    logprobs: z.boolean().nullish(),
    top_logprobs: z.int().nullish(),
    tools: toolList,
    tool_choice: z.union([z.string(), z.looseObject({}), z.null()]).optional(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: z.looseObject({ type: z.string() }).nullish(),
    stream_options: streamOptions,
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

const head = { id: "chatcmpl-1", created: 1_790_000_000, model: "gpt-5-mini" };
const counted = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19 };

export const chatCompletion = z
  .looseObject({
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
  })
  .meta({
    examples: [
      {
        ...head,
        object: "chat.completion",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: "At 9:40.", refusal: null },
            logprobs: null,
            finish_reason: "stop",
          },
        ],
        usage: counted,
      },
    ],
  });

export const chatChunk = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion.chunk"),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({ index: z.int(), delta: z.looseObject({}), finish_reason: z.string().nullable() }),
    ),
    usage: usage.nullable().optional(),
  })
  .meta({
    examples: [
      {
        ...head,
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta: { content: "At " }, logprobs: null, finish_reason: null }],
      },
    ],
  });
