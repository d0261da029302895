/** A request for messages as one for a chat. */
import { type Drop, isAbsent } from "../../drop.ts";
import { asArray, asCount, asRecord, asString } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { effortOf } from "../thinking-budget.ts";
import { toMessages } from "./conversation.ts";
import { toToolChoice, toTools } from "./tools.ts";

export function toRequest(body: WireBody, drop: Drop): WireBody {
  for (const [name, value] of Object.entries(body)) if (!READ.has(name) && !isAbsent(value)) drop(name);
  const { model, max_tokens, temperature, top_p, stop_sequences, metadata, stream } = body;
  const { format, effort } = asRecord(body["output_config"]) ?? {};
  const stops = asArray(stop_sequences);
  const user = asString(asRecord(metadata)?.["user_id"]);
  const reasoning = toEffort(body["thinking"], effort, drop);
  return {
    model,
    messages: toMessages(body, drop),
    ...(!isAbsent(max_tokens) && { max_tokens }),
    ...(!isAbsent(temperature) && { temperature }),
    ...(!isAbsent(top_p) && { top_p }),
    ...(stops.length > 0 && { stop: stops }),
    ...toTools(body["tools"], drop),
    ...toToolChoice(body["tool_choice"]),
    ...(reasoning !== undefined && { reasoning_effort: reasoning }),
    ...toResponseFormat(format),
    ...(user !== undefined && { user }),
    ...toServiceTier(body["service_tier"]),
    ...(stream === true && { stream }),
  };
}

/** Fields that are read here, or where they are passed on. */
const READ: ReadonlySet<string> = new Set([
  ...["model", "system", "messages", "max_tokens", "temperature", "top_p", "stop_sequences", "stream"],
  ...["tools", "tool_choice", "thinking", "output_config", "metadata", "service_tier"],
]);

/** Where the model decides by itself nothing is said. */
function toEffort(thinking: unknown, effort: unknown, drop: Drop): string | undefined {
  if (typeof effort === "string") return effort;
  const { type, budget_tokens } = asRecord(thinking) ?? {};
  if (type === "enabled") return effortOf(asCount(budget_tokens) ?? 0);
  // Most models that think cannot be told not to, and those that do not refuse to hear of it.
  if (type !== undefined && type !== "adaptive") drop("thinking");
  return undefined;
}

function toResponseFormat(format: unknown): WireBody {
  const { type, schema } = asRecord(format) ?? {};
  if (type !== "json_schema") return {};
  return { response_format: { type, json_schema: { name: "answer", schema, strict: true } } };
}

const TIERS: ReadonlyMap<unknown, string> = new Map([
  ["auto", "auto"],
  ["standard_only", "default"],
]);

function toServiceTier(tier: unknown): WireBody {
  const service_tier = TIERS.get(tier);
  return service_tier === undefined ? {} : { service_tier };
}
