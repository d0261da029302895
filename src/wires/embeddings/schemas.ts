/** The shapes of embeddings; `embeddingRequest` is what a request is checked against. */
import { z } from "zod";
import { readInputs } from "./inputs.ts";

/** A string, strings, token ids, or arrays of token ids; never empty, and never mixed (wire 43). */
const inputs = z
  .union([z.string().min(1), z.array(z.unknown()).min(1)])
  .refine((input) => readInputs({ input }) !== undefined, {
    error: "a string, strings, token ids or arrays of token ids",
  });

export const embeddingRequest = z
  .looseObject({
    input: inputs,
    model: z.string().nullish().meta({ description: '"auto", or left out: the first for embeddings.' }),
    encoding_format: z.enum(["float", "base64"]).nullish(),
    dimensions: z.int().nullish(),
  })
  .meta({ examples: [{ model: "auto", input: ["the old mill", "a ferry"] }] });

export const embeddingList = z
  .looseObject({
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
  })
  .meta({
    examples: [
      {
        object: "list",
        model: "text-embedding-3-small",
        data: [{ object: "embedding", index: 0, embedding: [0.25, -0.5] }],
        usage: { prompt_tokens: 3, total_tokens: 3 },
      },
    ],
  });
