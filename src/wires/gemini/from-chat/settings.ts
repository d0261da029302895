/**
 * Settings of a chat request as Gemini's `generationConfig` and its neighbours. What has no place there is noted.
 *
 * `extra_body.google` says in Gemini's own words what OpenAI has none for, as Google's own OpenAI-compatible API takes it
 * (https://ai.google.dev/gemini-api/docs/openai#extra-body); it wins.
 */

import { type Drop, dropOthers } from "../../drop.ts";
import { asArray, asCount, asRecord, asString } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { toGeminiSchema } from "./schema.ts";
import { toThinkingConfig } from "./thinking.ts";

/** Settings that only have another name there. */
const RENAMED: Readonly<Record<string, string>> = {
  temperature: "temperature",
  top_p: "topP",
  top_k: "topK",
  seed: "seed",
  presence_penalty: "presencePenalty",
  frequency_penalty: "frequencyPenalty",
  n: "candidateCount",
  logprobs: "responseLogprobs",
  top_logprobs: "logprobs",
};

/** Fields that are read here or elsewhere. */
const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(RENAMED),
  "model",
  "messages",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "max_tokens",
  "max_completion_tokens",
  "stop",
  "response_format",
  "reasoning_effort",
  "modalities",
  "extra_body",
]);

interface GeminiSettings {
  readonly generationConfig?: WireBody;
  readonly safetySettings?: unknown;
  readonly cachedContent?: unknown;
}

/** @param body - of a chat request; its `model` is the one that is asked */
export function toSettings(body: WireBody, drop: Drop): GeminiSettings {
  dropOthers(body, KNOWN, "", drop);
  const { thinkingConfig, ...beside } = toOwnSettings(body, drop);
  const effort = asString(body["reasoning_effort"]);
  const thinking =
    thinkingConfig ?? (effort && toThinkingConfig(effort, asString(body["model"]) ?? "", drop));
  const stop = asString(body["stop"]) === undefined ? asArray(body["stop"]) : [body["stop"]];
  const limit = asCount(body["max_completion_tokens"]) ?? asCount(body["max_tokens"]);
  const config = {
    ...renamed(body),
    ...(limit !== undefined && { maxOutputTokens: limit }),
    ...(stop.length > 0 && { stopSequences: stop }),
    ...toFormat(body, drop),
    ...toModalities(body),
    ...(thinking && { thinkingConfig: thinking }),
  };
  return { ...(Object.keys(config).length > 0 && { generationConfig: config }), ...beside };
}

function renamed(body: WireBody): WireBody {
  return Object.fromEntries(
    Object.entries(RENAMED)
      .map(([name, other]) => [other, body[name]] as const)
      .filter(([, value]) => value !== undefined && value !== null),
  );
}

function toFormat(body: WireBody, drop: Drop): WireBody {
  const format = asRecord(body["response_format"]);
  const { type } = format ?? {};
  if (format === undefined || type === "text") return {};
  const schema = asRecord(asRecord(format["json_schema"])?.["schema"]);
  if (type === "json_object" || (type === "json_schema" && schema === undefined))
    return { responseMimeType: JSON_TYPE };
  if (schema === undefined) {
    drop("response_format");
    return {};
  }
  return {
    responseMimeType: JSON_TYPE,
    responseJsonSchema: toGeminiSchema(schema, "response_format.json_schema.schema", drop),
  };
}

const JSON_TYPE = "application/json";

/** Text alone is what comes anyway. */
function toModalities(body: WireBody): WireBody {
  const modalities = asArray(body["modalities"]).map((each) => String(each).toUpperCase());
  return modalities.some((each) => each !== "TEXT") ? { responseModalities: modalities } : {};
}

/** By both spellings that Google takes. */
const OWN: Readonly<Record<string, "thinkingConfig" | "safetySettings" | "cachedContent">> = {
  thinking_config: "thinkingConfig",
  thinkingConfig: "thinkingConfig",
  safety_settings: "safetySettings",
  safetySettings: "safetySettings",
  cached_content: "cachedContent",
  cachedContent: "cachedContent",
};

function toOwnSettings(body: WireBody, drop: Drop) {
  const extra = asRecord(body["extra_body"]) ?? {};
  const google = asRecord(extra["google"]) ?? {};
  dropOthers(extra, new Set(["google"]), "extra_body", drop);
  dropOthers(google, new Set(Object.keys(OWN)), "extra_body.google", drop);
  const own: { thinkingConfig?: unknown; safetySettings?: unknown; cachedContent?: unknown } = {};
  for (const [name, value] of Object.entries(google)) {
    const field = OWN[name];
    if (field !== undefined) own[field] = value;
  }
  return own;
}
