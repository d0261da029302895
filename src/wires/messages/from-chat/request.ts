/** A chat request as one for messages. What is left of it when all that can be said is said is reported, never lost. */
import { PromptCompilerError } from "../../../errors.ts";
import { type Drop, isAbsent } from "../../drop.ts";
import { asArray, asCount, asRecord, asString } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import { claudeModel } from "../claude-models.ts";
import { toConversation } from "./conversation.ts";
import { toThinking } from "./thinking.ts";
import { toTools } from "./tools.ts";

/** @throws PromptCompilerError `PC_INVALID_REQUEST` for several answers in one: there is no asking for them */
export function toRequest(body: WireBody, memory: VendorMemory, drop: Drop): WireBody {
  if ((asCount(body["n"]) ?? 1) > 1) {
    const message = "the deployment speaks Anthropic's messages: it gives one answer a call, so n must be 1";
    throw new PromptCompilerError("PC_INVALID_REQUEST", message, {
      param: "n",
      wireCode: "unsupported_value",
    });
  }
  dropUnsaid(body, drop);
  const model = claudeModel(asString(body["model"]) ?? "");
  const maxTokens = asCount(body["max_completion_tokens"]) ?? asCount(body["max_tokens"]) ?? model.output;
  const { system, messages, thoughtIsLost } = toConversation(body["messages"], memory, drop);
  const { tools, choice } = toTools(body, drop);
  const effort = isAbsent(body["thinking"]) ? asString(body["reasoning_effort"]) : undefined;
  const forcesTool = FORCING.has(choice?.["type"]);
  const plan = effort && { effort, model, maxTokens, forcesTool, thoughtIsLost };
  const { output_config: effortConfig, ...thinking } = plan ? toThinking(plan, drop) : {};
  const config = { ...asRecord(effortConfig), ...toFormat(body["response_format"], drop) };
  const native = Object.entries(body).filter(([name, value]) => NATIVE.has(name) && !isAbsent(value));
  const thinks = !isAbsent(thinking["thinking"]) && asRecord(thinking["thinking"])?.["type"] !== "disabled";
  return {
    model: body["model"],
    max_tokens: maxTokens,
    ...(system !== undefined && { system }),
    messages,
    ...(tools && { tools }),
    ...(choice && { tool_choice: choice }),
    ...thinking,
    ...(Object.keys(config).length > 0 && { output_config: config }),
    ...toSampling(body, thinks, drop),
    ...toStops(body["stop"], drop),
    ...toMetadata(body),
    ...toServiceTier(body["service_tier"], drop),
    ...(body["stream"] === true && { stream: true }),
    ...Object.fromEntries(native),
  };
}

const FORCING: ReadonlySet<unknown> = new Set(["any", "tool"]);

/** Fields of Anthropic's own that clients of chat send along. */
const NATIVE: ReadonlySet<string> = new Set([
  "thinking",
  "top_k",
  "cache_control",
  "container",
  "context_management",
  "inference_geo",
  "mcp_servers",
  "speed",
]);

/** Fields that are read somewhere. */
const READ: ReadonlySet<string> = new Set([
  ...["model", "messages", "tools", "functions", "tool_choice", "function_call", "parallel_tool_calls"],
  ...["max_tokens", "max_completion_tokens", "temperature", "top_p", "stop", "stream", "stream_options", "n"],
  ...["reasoning_effort", "response_format", "user", "safety_identifier", "service_tier"],
]);

/** What says no more than what is so anyway. */
const NEUTRAL: Readonly<Record<string, readonly unknown[]>> = {
  logprobs: [false],
  top_logprobs: [0],
  presence_penalty: [0],
  frequency_penalty: [0],
  store: [false],
};

function dropUnsaid(body: WireBody, drop: Drop): void {
  for (const [name, value] of Object.entries(body)) {
    if (READ.has(name) || NATIVE.has(name) || isAbsent(value) || NEUTRAL[name]?.includes(value)) continue;
    if (name === "modalities" && asArray(value).every((each) => each === "text")) continue;
    drop(name);
  }
}

/** While it thinks, Anthropic's temperature is 1, and at most 1 otherwise. */
function toSampling({ temperature, top_p }: WireBody, thinks: boolean, drop: Drop): WireBody {
  const [warmth, share] = [asCount(temperature), asCount(top_p)];
  const isTooWarm = warmth !== undefined && warmth > 1;
  if (isTooWarm || (thinks && warmth !== undefined && warmth !== 1)) drop("temperature");
  const isTooNarrow = thinks && share !== undefined && share < 0.95;
  if (isTooNarrow) drop("top_p");
  return {
    ...(warmth !== undefined && !thinks && { temperature: Math.min(warmth, 1) }),
    ...(share !== undefined && !isTooNarrow && { top_p: share }),
  };
}

/** Sequences of nothing but space are refused. */
function toStops(stop: unknown, drop: Drop): WireBody {
  const given = typeof stop === "string" ? [stop] : asArray(stop);
  const stops = given.filter((each) => typeof each === "string" && each.trim() !== "");
  if (stops.length < given.length) drop("stop");
  return stops.length > 0 ? { stop_sequences: stops } : {};
}

function toMetadata({ safety_identifier, user }: WireBody): WireBody {
  const id = asString(safety_identifier) ?? asString(user);
  return id === undefined ? {} : { metadata: { user_id: id } };
}

const TIERS: ReadonlyMap<unknown, string> = new Map([
  ["auto", "auto"],
  ["default", "standard_only"],
]);

function toServiceTier(tier: unknown, drop: Drop): WireBody {
  const service_tier = TIERS.get(tier);
  if (service_tier === undefined && !isAbsent(tier)) drop("service_tier");
  return service_tier === undefined ? {} : { service_tier };
}

/** JSON of any shape cannot be demanded, JSON of one shape can: the schema has to be closed for that. */
function toFormat(format: unknown, drop: Drop): WireBody {
  const { type, json_schema } = asRecord(format) ?? {};
  if (type === undefined || type === "text") return {};
  const schema = asRecord(asRecord(json_schema)?.["schema"]);
  if (type === "json_schema" && schema !== undefined) {
    return { format: { type: "json_schema", schema: closed(schema) } };
  }
  drop("response_format");
  return {};
}

/** The schema, with every object in it saying that it has no further fields. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  const record = asRecord(schema);
  if (record === undefined) return schema;
  const members = Object.entries(record).map(([name, value]) => [
    name,
    VALUES.has(name) ? value : closed(value),
  ]);
  const isObject = record["type"] === "object" && !("additionalProperties" in record);
  return { ...Object.fromEntries(members), ...(isObject && { additionalProperties: false }) };
}

/** What holds values, not schemas. */
const VALUES: ReadonlySet<string> = new Set(["enum", "const", "default", "examples"]);
