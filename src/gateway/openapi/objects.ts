/** The shapes of what belongs to no wire: lists, models, files, batches, the compile report, errors. */
import { z } from "zod";

export const model = z.looseObject({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
});

export const file = z.looseObject({
  id: z.string(),
  object: z.literal("file"),
  bytes: z.int(),
  created_at: z.int(),
  expires_at: z.int(),
  filename: z.string(),
  purpose: z.enum(["batch", "batch_output"]),
});

export const batch = z.looseObject({
  id: z.string(),
  object: z.literal("batch"),
  endpoint: z.string(),
  status: z.string(),
  input_file_id: z.string(),
  output_file_id: z.string().nullable(),
  error_file_id: z.string().nullable(),
  created_at: z.int(),
  request_counts: z.looseObject({ total: z.int(), completed: z.int(), failed: z.int() }),
});

export const newBatch = z
  .looseObject({ input_file_id: z.string(), endpoint: z.string(), completion_window: z.literal("24h") })
  .meta({
    examples: [{ input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" }],
  });

export const newFile = z.looseObject({
  purpose: z.literal("batch"),
  file: z.string().meta({ contentMediaType: "application/octet-stream" }),
});

export const pageOf = (item: z.ZodType) =>
  z.looseObject({ object: z.literal("list"), data: z.array(item), has_more: z.boolean().optional() });

export const deleted = z.looseObject({ id: z.string(), object: z.string(), deleted: z.literal(true) });

export const compiled = z.looseObject({
  request: z.looseObject({}).meta({ description: "What would be sent." }),
  report: z.looseObject({
    tokensBefore: z.int(),
    tokensAfter: z.int(),
    segments: z.array(z.looseObject({ id: z.string(), role: z.string(), action: z.string() })),
  }),
});

export const openAIError = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

export const anthropicError = z.looseObject({
  type: z.literal("error"),
  error: z.looseObject({ type: z.string(), message: z.string() }),
});
