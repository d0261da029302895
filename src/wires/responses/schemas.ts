/** The shapes of responses; `responseRequest` is what a request is checked against. */
import { z } from "zod";
import { generationFields } from "../chat/schemas.ts";

/** What a conversation may begin with in place of an input. */
const INSTEAD = ["previous_response_id", "prompt", "conversation"] as const;

const item = z.looseObject({}, { error: "must be an object" });

export const responseRequest = z
  .looseObject({
    input: z.union([z.string(), z.array(item)], { error: "must be a string or an array" }).nullish(),
    instructions: z.string({ error: "must be a string" }).nullish(),
  })
  .refine(
    (body) => [body.input, ...INSTEAD.map((name) => body[name])].some((each) => (each ?? null) !== null),
    {
      path: ["input"],
    },
  );

export const responseRequestDocument = z
  .looseObject({
    ...responseRequest.shape,
    ...generationFields,
    max_output_tokens: z.int().nullable().optional(),
    tools: z.array(z.looseObject({ type: z.string() })).optional(),
    previous_response_id: z.string().nullable().optional(),
    store: z.boolean().nullable().optional(),
  })
  .meta({ examples: [{ model: "auto", input: "When does the ferry leave?" }] });

export const response = z.looseObject({
  id: z.string(),
  object: z.literal("response"),
  created_at: z.number(),
  status: z.string(),
  model: z.string(),
  output: z.array(z.looseObject({ type: z.string() })),
});

/** Each event of a stream. */
export const responseEvent = z.looseObject({ type: z.string(), sequence_number: z.int() });
