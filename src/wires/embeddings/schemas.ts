/** The shapes of embeddings; `embeddingRequest` is what a request is checked against. */
import { z } from "zod";

/** A string, strings, token ids, or arrays of token ids; never empty (wire 43). */
export const embeddingRequest = z.looseObject({
  input: z.union([z.string().min(1), z.array(z.unknown()).min(1)], {
    error: "must be a string or an array, and not empty",
  }),
});

export const embeddingRequestDocument = embeddingRequest
  .extend({
    model: z.string().optional().meta({ description: '"auto", or left out: the first for embeddings.' }),
    encoding_format: z.enum(["float", "base64"]).nullable().optional(),
    dimensions: z.int().nullable().optional(),
  })
  .meta({ examples: [{ model: "auto", input: ["the old mill", "a ferry"] }] });

export const embeddingList = z.looseObject({
  object: z.literal("list"),
  model: z.string(),
  data: z.array(
    z.looseObject({
      object: z.literal("embedding"),
      index: z.int(),
      embedding: z
        .union([z.array(z.number()), z.string()])
        .meta({ description: "Numbers or, where base64 was asked for, little-endian float32 in base64." }),
    }),
  ),
  usage: z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
});
