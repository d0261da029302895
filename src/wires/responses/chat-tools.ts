import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";
import { offeredTools } from "./offered-tools.ts";
import { flatName, INPUT } from "./tool-names.ts";

/** What a chat request says of tools, and what it cannot say. */
export interface ChatTools {
  readonly fields: WireBody;
  readonly dropped: readonly string[];
}

/** The tools of a request, the choice among them, and whether several may be called at once. */
export function chatTools(request: WireBody): ChatTools {
  const { tool_choice, parallel_tool_calls } = request;
  const dropped: string[] = [];
  const functions = offeredTools(request).flatMap(({ tool, path }) => toFunctions(tool, path, dropped));
  // Offered once more it is the same tool, as it was said last; vendors refuse two of one name.
  const flat = [...new Map(functions.map((each) => [each.name, each])).values()];
  const choice = chatChoice(tool_choice ?? undefined, flat.length > 0);
  if (choice === undefined && (tool_choice ?? undefined) !== undefined) dropped.push("tool_choice");
  const offered = flat.filter(({ name }) => choice?.allowed?.has(name) ?? true);
  if (offered.length === 0) return { fields: {}, dropped };
  const fields = {
    tools: offered.map((each) => ({ type: "function", function: each })),
    ...(choice?.choice !== undefined && { tool_choice: choice.choice }),
    ...(typeof parallel_tool_calls === "boolean" && { parallel_tool_calls }),
  };
  return { fields, dropped };
}

type ChatFunction = WireBody & { readonly name: string };

function toFunctions(tool: WireBody, path: string, dropped: string[]): readonly ChatFunction[] {
  if (tool["type"] === "namespace") {
    // It would have to stand with each of them.
    if (asString(tool["description"])) dropped.push(`${path}.description`);
    return asArray(tool["tools"])
      .filter(isRecord)
      .flatMap((member, index) => toFunction(member, tool["name"], `${path}.tools[${index}]`, dropped));
  }
  return toFunction(tool, undefined, path, dropped);
}

function toFunction(
  { type, name, description, parameters, strict, format, ...rest }: WireBody,
  namespace: unknown,
  path: string,
  dropped: string[],
): readonly ChatFunction[] {
  if (type !== "function" && type !== "custom") {
    dropped.push(path);
    return [];
  }
  dropped.push(...Object.keys(rest).map((key) => `${path}.${key}`));
  const named = { name: flatName(name, namespace) };
  if (type === "custom") {
    const told = [asString(description), grammarOf(format)].filter(Boolean).join("\n\n");
    return [{ ...named, ...(told !== "" && { description: told }), parameters: ONE_TEXT }];
  }
  return [
    {
      ...named,
      ...(typeof description === "string" && { description }),
      ...(isRecord(parameters) && { parameters }),
      ...(typeof strict === "boolean" && { strict }),
    },
  ];
}

const ONE_TEXT = {
  type: "object",
  properties: { [INPUT]: { type: "string" } },
  required: [INPUT],
  additionalProperties: false,
};

/** A grammar cannot be enforced in a chat: the model is told of it. */
function grammarOf(format: unknown): string | undefined {
  const grammar = asRecord(format);
  if (grammar?.["type"] !== "grammar") return undefined;
  return `The ${INPUT} follows this ${grammar["syntax"]} grammar:\n${grammar["definition"]}`;
}

interface Choice {
  readonly choice: unknown;
  /** The tools that are offered; `undefined`: all. */
  readonly allowed?: ReadonlySet<string> | undefined;
}

/** @returns `undefined` where a chat cannot choose so */
function chatChoice(choice: unknown, hasTools: boolean): Choice | undefined {
  if (!hasTools) return choice === "auto" || choice === "none" ? { choice } : undefined;
  if (choice === undefined || typeof choice === "string") return { choice };
  const { type, name, namespace, mode, tools } = asRecord(choice) ?? {};
  if (type === "function" || type === "custom") {
    return { choice: { type: "function", function: { name: flatName(name, namespace) } } };
  }
  if (type !== "allowed_tools") return undefined;
  const allowed = asArray(tools)
    .filter(isRecord)
    .map((tool) => flatName(tool["name"], tool["namespace"]));
  return { choice: mode, allowed: new Set(allowed) };
}
