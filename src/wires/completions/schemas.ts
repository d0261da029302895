/** The shapes of legacy completions; `completionRequest` is what a request is checked against. */
import { z } from "zod";
import { generationFields } from "../chat/schemas.ts";

export const completionRequest = z.looseObject({
  prompt: z.union([z.string(), z.array(z.unknown())], { error: "must be a string or an array" }),
});

export const completionRequestDocument = completionRequest
  .extend({ ...generationFields, max_tokens: z.int().nullable().optional() })
  .meta({ examples: [{ model: "auto", prompt: "Say hello" }] });

/** Whole, and each chunk of a stream. */
export const textCompletion = z.looseObject({
  id: z.string(),
  object: z.literal("text_completion"),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({ index: z.int(), text: z.string(), finish_reason: z.string().nullable().optional() }),
  ),
});
