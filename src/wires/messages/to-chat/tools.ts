/** Anthropic's tools, and what is said of their choice, in a chat's words. */
import { createHash } from "node:crypto";
import { type Drop, isAbsent } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

/** The longest name of a tool that OpenAI takes; Anthropic takes twice that. */
const LONGEST_NAME = 64;
const DIGEST = 8;

/** A tool's name as a chat takes it: one that is too long ends in a digest of all of it. */
export function chatToolName(name: string): string {
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, DIGEST);
  return `${name.slice(0, LONGEST_NAME - DIGEST - 1)}_${digest}`;
}

/** The caller's names of tools, by those they have in the chat; only where the two differ. */
export function originalNames({ tools }: WireBody): ReadonlyMap<unknown, string> {
  const names = asArray(tools)
    .map((tool) => asString(asRecord(tool)?.["name"]))
    .filter((name) => name !== undefined);
  return new Map(
    names.filter((name) => chatToolName(name) !== name).map((name) => [chatToolName(name), name]),
  );
}

export function toTools(given: unknown, drop: Drop): WireBody {
  const tools = asArray(given).flatMap((tool, index) => toTool(tool, `tools[${index}]`, drop));
  return tools.length > 0 ? { tools } : {};
}

function toTool(value: unknown, path: string, drop: Drop): readonly WireBody[] {
  const { type, name, description, input_schema, strict, ...rest } = asRecord(value) ?? {};
  // A tool that the vendor runs.
  if (typeof name !== "string" || (!isAbsent(type) && type !== "custom")) {
    drop(path);
    return [];
  }
  for (const [field, said] of Object.entries(rest)) if (!isAbsent(said)) drop(`${path}.${field}`);
  const called = {
    name: chatToolName(name),
    ...(!isAbsent(description) && { description }),
    ...(isRecord(input_schema) && { parameters: input_schema }),
    ...(strict === true && { strict }),
  };
  return [{ type: "function", function: called }];
}

const CHOICES: ReadonlyMap<unknown, string> = new Map([
  ["auto", "auto"],
  ["any", "required"],
  ["none", "none"],
]);

export function toToolChoice(given: unknown): WireBody {
  const { type, name, disable_parallel_tool_use } = asRecord(given) ?? {};
  const choice =
    type === "tool"
      ? { type: "function", function: { name: chatToolName(asString(name) ?? "") } }
      : CHOICES.get(type);
  return {
    ...(choice !== undefined && { tool_choice: choice }),
    ...(disable_parallel_tool_use === true && { parallel_tool_calls: false }),
  };
}
