/** The shapes of legacy completions; `completionRequest` is what a request is checked against. */
import { z } from "zod";
import { generationFields, stopTexts, streamOptions } from "../chat/schemas.ts";

export const completionRequest = z
  .looseObject({
    prompt: z.union([z.string(), z.array(z.unknown())]),
    ...generationFields,
    max_tokens: z.int().nullish(),
    n: z.int().nullish(),
    stop: stopTexts,
    stream_options: streamOptions,
  })
  .meta({ examples: [{ model: "auto", prompt: "Say hello" }] });

/** Whole, and each chunk of a stream. */
export const textCompletion = z
  .looseObject({
    id: z.string(),
    object: z.literal("text_completion"),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({ index: z.int(), text: z.string(), finish_reason: z.string().nullable().optional() }),
    ),
  })
  .meta({
    examples: [
      {
        id: "cmpl-1",
        object: "text_completion",
        created: 1_790_000_000,
        model: "gpt-3.5-turbo-instruct",
        choices: [{ index: 0, text: "Hello", logprobs: null, finish_reason: "stop" }],
      },
    ],
  });
