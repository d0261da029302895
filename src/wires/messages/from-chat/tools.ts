/** A chat's tools, and what it says of their choice. */
import { type Drop, isAbsent } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { withCacheControl } from "./content.ts";

export interface Tools {
  /** `undefined`: there are none. */
  readonly tools: readonly WireBody[] | undefined;
  /** `undefined`: nothing is said of it. */
  readonly choice: WireBody | undefined;
}

export function toTools(body: WireBody, drop: Drop): Tools {
  const given = [
    ...asArray(body["tools"]),
    ...asArray(body["functions"]).map((each) => ({ type: "function", function: each })),
  ].filter(isRecord);
  const { type, allowed, ...named } = toChoice(body["tool_choice"] ?? body["function_call"]);
  const parallel = body["parallel_tool_calls"] === false;
  const tools = given
    .map((tool, index) => toTool(tool, `tools[${index}]`, drop))
    .filter(({ name }) => allowed === undefined || allowed.has(name));
  if (tools.length === 0) return { tools: undefined, choice: undefined };
  if (type === undefined && !parallel) return { tools, choice: undefined };
  // Who chooses no tool cannot choose two.
  const one = parallel && type !== "none" ? { disable_parallel_tool_use: true } : {};
  return { tools, choice: { type: type ?? "auto", ...named, ...one } };
}

interface Choice {
  readonly type?: string | undefined;
  readonly name?: unknown;
  /** Names of those that may be used; `undefined`: all. */
  readonly allowed?: ReadonlySet<unknown> | undefined;
}

const CHOICES: Readonly<Record<string, string>> = { auto: "auto", required: "any", none: "none" };

function toChoice(choice: unknown): Choice {
  if (typeof choice === "string") return { type: CHOICES[choice] };
  const record = asRecord(choice);
  if (record === undefined) return {};
  const allowed = asRecord(record["allowed_tools"]);
  if (allowed !== undefined) {
    const names = asArray(allowed["tools"]).map((tool) => nameOf(asRecord(tool) ?? {}));
    return { type: allowed["mode"] === "required" ? "any" : "auto", allowed: new Set(names) };
  }
  return { type: "tool", name: nameOf(record) };
}

function nameOf(tool: WireBody): unknown {
  return (asRecord(tool["function"]) ?? asRecord(tool["custom"]) ?? tool)["name"];
}

function toTool(tool: WireBody, path: string, drop: Drop): WireBody {
  const custom = asRecord(tool["custom"]);
  if (custom !== undefined) {
    if (asRecord(custom["format"])?.["type"] === "grammar") drop(`${path}.custom.format`);
    return withCacheControl({ ...described(custom), input_schema: TEXT_INPUT }, tool);
  }
  const called = asRecord(tool["function"]);
  // Neither a function nor custom: one of Anthropic's own, in its own words.
  if (called === undefined) return tool;
  const schema = asRecord(called["parameters"]) ?? {};
  return withCacheControl(
    {
      ...described(called),
      input_schema: { type: "object", ...("type" in schema ? {} : { properties: {} }), ...schema },
      ...(called["strict"] === true && { strict: true }),
    },
    isAbsent(tool["cache_control"]) ? called : tool,
  );
}

function described({ name, description }: WireBody): WireBody {
  return { name, ...(asString(description) !== undefined && { description }) };
}

/** A custom tool takes free text: here it is the one field of an object. */
const TEXT_INPUT = {
  type: "object",
  properties: { input: { type: "string" } },
  required: ["input"],
  additionalProperties: false,
} as const;
