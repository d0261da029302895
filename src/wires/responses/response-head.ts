import { asArray, asRecord, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** What tells one answer from others. */
export interface ResponseNames {
  readonly id: string;
  /** Unix time in seconds. */
  readonly createdAt: number;
  readonly model: unknown;
}

/**
 * A response that has begun, with everything in it that its request said or left to defaults: strict clients demand every
 * one of these fields (wire 57).
 */
export function responseHead(request: WireBody, { id, createdAt, model }: ResponseNames): WireBody {
  const told = (name: string, otherwise: unknown = null): unknown => request[name] ?? otherwise;
  const text = asRecord(request["text"]);
  const reasoning = asRecord(request["reasoning"]);
  return {
    id,
    object: "response",
    created_at: createdAt,
    status: "in_progress",
    completed_at: null,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: told("instructions"),
    max_output_tokens: told("max_output_tokens"),
    max_tool_calls: told("max_tool_calls"),
    model,
    output: [],
    parallel_tool_calls: told("parallel_tool_calls", true),
    previous_response_id: told("previous_response_id"),
    prompt_cache_key: told("prompt_cache_key"),
    reasoning: {
      ...reasoning,
      effort: reasoning?.["effort"] ?? null,
      summary: reasoning?.["summary"] ?? null,
    },
    safety_identifier: told("safety_identifier"),
    service_tier: told("service_tier", "default"),
    store: told("store", true),
    temperature: told("temperature", 1),
    text: {
      ...text,
      format: text?.["format"] ?? { type: "text" },
      verbosity: text?.["verbosity"] ?? "medium",
    },
    tool_choice: told("tool_choice", "auto"),
    tools: asArray(request["tools"]).filter(isRecord).map(withDefaults),
    top_logprobs: told("top_logprobs", 0),
    top_p: told("top_p", 1),
    presence_penalty: told("presence_penalty", 0),
    frequency_penalty: told("frequency_penalty", 0),
    truncation: told("truncation", "disabled"),
    metadata: told("metadata", {}),
    ...(typeof request["user"] === "string" && { user: request["user"] }),
  };
}

function withDefaults(tool: WireBody): WireBody {
  return tool["type"] === "function"
    ? { ...tool, strict: tool["strict"] ?? null, parameters: tool["parameters"] ?? null }
    : tool;
}
