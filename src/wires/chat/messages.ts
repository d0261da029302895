import { editRequest } from "../edit.ts";
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import { type ElementPlan, replaceElements } from "../replace-elements.ts";
import type {
  MessagePlan,
  WireBody,
  WireMessage,
  WireRequest,
  WireToolCall,
  WireToolResult,
} from "../wire.ts";

export function readMessages(body: WireBody): readonly WireMessage[] {
  return asArray(body["messages"]).map((message) => readMessage(asRecord(message) ?? {}));
}

const ROLES: ReadonlyMap<unknown, WireMessage["role"]> = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["assistant", "assistant"],
  ["tool", "tool"],
  ["function", "tool"],
]);

/** One message, of a request or an answer, in words of no wire. An unknown role counts as the user's. */
export function readMessage(message: WireBody): WireMessage {
  const content = message["content"];
  const parts = typeof content === "string" ? NO_PARTS : asArray(content).filter(isRecord);
  const texts = [asString(content), ...parts.map(partText), asString(message["refusal"])];
  return {
    role: ROLES.get(message["role"]) ?? "user",
    text: texts.filter((text) => text !== undefined && text !== "").join("\n"),
    toolCalls: readToolCalls(message),
    toolResultsFor: toolResultsFor(message),
    mediaParts: parts.filter((part) => partText(part) === undefined).length,
  };
}

const NO_PARTS: readonly WireBody[] = [];

function partText(part: WireBody): string | undefined {
  return asString(part["text"]) ?? asString(part["refusal"]);
}

function readToolCalls(message: WireBody): readonly WireToolCall[] {
  const calls = asArray(message["tool_calls"]).filter(isRecord).map(readToolCall);
  const legacy = asRecord(message["function_call"]);
  return legacy === undefined ? calls : [...calls, { ...readFunction(legacy), id: legacyId(legacy["name"]) }];
}

function readToolCall(call: WireBody): WireToolCall {
  const custom = asRecord(call["custom"]);
  const told = custom
    ? { name: asString(custom["name"]) ?? "", input: asString(custom["input"]) ?? "" }
    : readFunction(asRecord(call["function"]) ?? {});
  return { ...told, id: asString(call["id"]) ?? "" };
}

function readFunction(called: WireBody): Omit<WireToolCall, "id"> {
  return { name: asString(called["name"]) ?? "", input: asString(called["arguments"]) ?? "" };
}

function toolResultsFor(message: WireBody): readonly string[] {
  if (message["role"] === "function") return [legacyId(message["name"])];
  const id = message["role"] === "tool" ? asString(message["tool_call_id"]) : undefined;
  return id === undefined ? [] : [id];
}

/** The deprecated function calls have no id: a result belongs to the call of the same name. */
function legacyId(name: unknown): string {
  return `function:${asString(name) ?? ""}`;
}

/** Results of tools that are one text. */
export function readToolResults(body: WireBody): readonly WireToolResult[] {
  return asArray(body["messages"]).flatMap((message, index) => {
    const { role, content, tool_call_id: id } = asRecord(message) ?? {};
    const isText = role === "tool" && typeof content === "string" && typeof id === "string";
    return isText ? [{ message: index, id, text: content }] : [];
  });
}

/** The request with other messages: kept ones keep their bytes, inserted ones are the user's. */
export function replaceMessages(request: WireRequest, plan: readonly MessagePlan[]): WireRequest {
  const elements = plan.map((entry): ElementPlan => {
    if ("insert" in entry) return { insert: { role: "user", content: entry.insert } };
    const { keep, results } = entry;
    return results === undefined ? { keep } : { keep, change: (message) => withResult(message, results) };
  });
  return replaceElements(request, "messages", elements);
}

function withResult(message: WireRequest, results: ReadonlyMap<string, string>): WireRequest {
  const content = results.get(asString(message.body["tool_call_id"]) ?? "");
  return content === undefined ? message : editRequest(message, { set: { content } });
}
