/**
 * Custom tools, which take free text, as functions of one text, for vendors that know only functions (wire 38):
 *
 *     { type: "custom", custom: { name, input } }  ⇄  { type: "function", function: { name, arguments: '{"input":"…"}' } }
 */
import { asArray, asRecord, asString, isRecord, parseRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

const FIELD = "input";

/** Names of the custom tools that a request offers, but for those that a function has as well. */
export function customToolNames(body: WireBody): ReadonlySet<string> {
  const tools = asArray(body["tools"]).filter(isRecord);
  const namesOf = (type: "custom" | "function"): (string | undefined)[] =>
    tools.filter((tool) => tool["type"] === type).map((tool) => asString(asRecord(tool[type])?.["name"]));
  const functions = new Set(namesOf("function"));
  return new Set(namesOf("custom").filter((name) => name !== undefined && !functions.has(name)) as string[]);
}

/** A tool definition; any but a custom one comes back itself. */
export function wrapTool(tool: unknown): unknown {
  const custom = asRecord(asRecord(tool)?.["custom"]);
  if (custom === undefined) return tool;
  const description = [asString(custom["description"]), formatText(custom["format"])].filter(Boolean);
  return {
    type: "function",
    function: {
      name: custom["name"],
      ...(description.length > 0 && { description: description.join("\n\n") }),
      parameters: {
        type: "object",
        properties: { [FIELD]: { type: "string" } },
        required: [FIELD],
        additionalProperties: false,
      },
    },
  };
}

/** A grammar cannot be enforced by a function: the model is told of it. */
function formatText(format: unknown): string | undefined {
  const grammar = asRecord(asRecord(format)?.["grammar"]);
  if (grammar === undefined) return undefined;
  return `${FIELD} must match this ${asString(grammar["syntax"]) ?? ""} grammar:\n${asString(grammar["definition"]) ?? ""}`;
}

/** A `tool_choice`: by name, or of several; any that names no custom tool comes back itself. */
export function wrapToolChoice(choice: unknown): unknown {
  const custom = asRecord(asRecord(choice)?.["custom"]);
  if (custom !== undefined) return { type: "function", function: { name: custom["name"] } };
  const allowed = asRecord(asRecord(choice)?.["allowed_tools"]);
  const tools = asArray(allowed?.["tools"]);
  const wrapped = tools.map(wrapToolChoice);
  if (wrapped.every((tool, index) => tool === tools[index])) return choice;
  return { ...asRecord(choice), allowed_tools: { ...allowed, tools: wrapped } };
}

/** A tool call of an assistant's message; any but a custom one comes back itself. */
export function wrapToolCall(call: WireBody): WireBody {
  const custom = asRecord(call["custom"]);
  if (custom === undefined) return call;
  const { custom: _, ...rest } = call;
  const input = asString(custom["input"]) ?? "";
  return {
    ...rest,
    type: "function",
    function: { name: custom["name"], arguments: JSON.stringify({ [FIELD]: input }) },
  };
}

/** A tool call of an answer; any but a wrapped one comes back itself. */
export function unwrapToolCall(call: WireBody, names: ReadonlySet<string>): WireBody {
  const called = asRecord(call["function"]);
  const name = asString(called?.["name"]);
  if (name === undefined || !names.has(name)) return call;
  const { function: _, ...rest } = call;
  return { ...rest, type: "custom", custom: { name, input: inputOf(asString(called?.["arguments"]) ?? "") } };
}

/** What was meant: a model may write the text without its wrapping. */
export function inputOf(written: string): string {
  return asString(parseRecord(written)?.[FIELD]) ?? written;
}
