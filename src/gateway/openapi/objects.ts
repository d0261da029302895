/** The shapes of what belongs to no wire: lists, models, files, batches, the compile report, errors. */
import { z } from "zod";

export const model = z
  .looseObject({ id: z.string(), object: z.literal("model"), created: z.int(), owned_by: z.string() })
  .meta({ examples: [{ id: "gpt-5-mini", object: "model", created: 1_790_000_000, owned_by: "openai" }] });

export const file = z
  .looseObject({
    id: z.string(),
    object: z.literal("file"),
    bytes: z.int(),
    created_at: z.int(),
    expires_at: z.int(),
    filename: z.string(),
    purpose: z.enum(["batch", "batch_output"]),
  })
  .meta({
    examples: [
      {
        id: "file-1",
        object: "file",
        bytes: 120,
        created_at: 1_790_000_000,
        expires_at: 1_792_592_000,
        filename: "calls.jsonl",
        purpose: "batch",
      },
    ],
  });

export const batch = z
  .looseObject({
    id: z.string(),
    object: z.literal("batch"),
    endpoint: z.string(),
    status: z.string(),
    input_file_id: z.string(),
    output_file_id: z.string().nullable(),
    error_file_id: z.string().nullable(),
    created_at: z.int(),
    request_counts: z.looseObject({ total: z.int(), completed: z.int(), failed: z.int() }),
  })
  .meta({
    examples: [
      {
        id: "batch_1",
        object: "batch",
        endpoint: "/v1/chat/completions",
        status: "in_progress",
        input_file_id: "file-1",
        output_file_id: null,
        error_file_id: null,
        created_at: 1_790_000_000,
        request_counts: { total: 100, completed: 40, failed: 1 },
      },
    ],
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

/** A list of such items, whose own example is the list's. */
export const pageOf = (item: z.ZodType) =>
  z
    .looseObject({ object: z.literal("list"), data: z.array(item), has_more: z.boolean().optional() })
    .meta({ examples: [{ object: "list", data: item.meta()?.["examples"] ?? [], has_more: false }] });

export const deleted = z
  .looseObject({ id: z.string(), object: z.string(), deleted: z.literal(true) })
  .meta({ examples: [{ id: "file-1", object: "file", deleted: true }] });

export const inputItem = z.looseObject({ type: z.string() }).meta({
  examples: [{ id: "msg_1", type: "message", role: "user", content: "When does the ferry leave?" }],
});

export const responseTokens = z
  .looseObject({ object: z.literal("response.input_tokens"), input_tokens: z.int() })
  .meta({ examples: [{ object: "response.input_tokens", input_tokens: 12 }] });

export const compaction = z
  .looseObject({ object: z.string(), output: z.array(z.looseObject({ type: z.string() })) })
  .meta({ examples: [{ id: "resp_1", object: "response.compaction", output: [{ type: "compaction" }] }] });

export const messageTokens = z
  .looseObject({ input_tokens: z.int() })
  .meta({ examples: [{ input_tokens: 12 }] });

export const compiled = z
  .looseObject({
    request: z.looseObject({}).meta({ description: "What would be sent." }),
    report: z.looseObject({
      tokensBefore: z.int(),
      tokensAfter: z.int(),
      segments: z.array(z.looseObject({ id: z.string(), role: z.string(), action: z.string() })),
    }),
  })
  .meta({
    examples: [
      {
        request: { model: "gpt-5-mini", messages: [{ role: "user", content: "When does the ferry leave?" }] },
        report: {
          tokensBefore: 12,
          tokensAfter: 12,
          segments: [
            {
              id: "m0",
              role: "user",
              action: "kept",
              reason: "last-user",
              tokensBefore: 12,
              tokensAfter: 12,
            },
          ],
        },
      },
    ],
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
  request_id: z.string().nullable().optional(),
});
