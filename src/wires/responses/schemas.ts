/** The shapes of responses; `responseRequest` is what a request is checked against. */
import { z } from "zod";
import { generationFields, toolList } from "../chat/schemas.ts";

/** What a conversation may begin with in place of an input. */
const INSTEAD = ["previous_response_id", "prompt", "conversation"] as const;

export const responseRequest = z
  .looseObject({
    input: z.union([z.string(), z.array(z.looseObject({})), z.null()]).optional(),
    instructions: z.string().nullish(),
    ...generationFields,
    max_output_tokens: z.int().nullish(),
    tools: toolList,
    tool_choice: z.union([z.string(), z.looseObject({}), z.null()]).optional(),
    parallel_tool_calls: z.boolean().nullish(),
    previous_response_id: z.string().nullish(),
    store: z.boolean().nullish(),
    reasoning: z.looseObject({}).nullish(),
    text: z.looseObject({}).nullish(),
    include: z.array(z.string()).nullish(),
  })
  .refine(
    (body) => [body.input, ...INSTEAD.map((name) => body[name])].some((each) => (each ?? null) !== null),
    { path: ["input"] },
  )
  .meta({ examples: [{ model: "auto", input: "When does the ferry leave?" }] });

export const response = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    created_at: z.number(),
    status: z.string(),
    model: z.string(),
    output: z.array(z.looseObject({ type: z.string() })),
  })
  .meta({
    examples: [
      {
        id: "resp_1",
        object: "response",
        created_at: 1_790_000_000,
        status: "completed",
        model: "gpt-5-mini",
        output: [
          {
            id: "msg_1",
            type: "message",
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: "At 9:40.", annotations: [] }],
          },
        ],
        usage: { input_tokens: 12, output_tokens: 7, total_tokens: 19 },
      },
    ],
  });

/** Each event of a stream. */
export const responseEvent = z.looseObject({ type: z.string(), sequence_number: z.int() }).meta({
  examples: [{ type: "response.output_text.delta", sequence_number: 4, item_id: "msg_1", delta: "At " }],
});
