/**
 * A response's input as a chat's messages, one for each turn. Outputs of tools are a message each; what the assistant
 * thought goes with its calls, for vendors that want it back, and nowhere else: some refuse it there.
 */
import { asArray, asString, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";
import { chatContent } from "./chat-content.ts";
import { invalid } from "./invalid.ts";
import { addsTools } from "./offered-tools.ts";
import { flatName, toArguments } from "./tool-names.ts";
import { readTurns, type Turn, typeOf } from "./turns.ts";

/** The messages, and paths of what a chat cannot say. @throws PromptCompilerError where an item is named, and nobody knows it */
export function chatMessages({ instructions, input }: WireBody): {
  readonly messages: readonly WireBody[];
  readonly dropped: readonly string[];
} {
  const dropped: string[] = [];
  const told = asString(instructions);
  const first = told === undefined || told === "" ? [] : [{ role: "system", content: told }];
  const messages = readTurns(input).flatMap((turn) => toMessages(turn, dropped));
  return { messages: [...first, ...messages], dropped };
}

function toMessages(turn: Turn, dropped: string[]): readonly WireBody[] {
  const items = turn.items.map((item, offset) => ({ item, path: `input[${turn.first + offset}]` }));
  if (turn.role === "assistant") return assistantMessage(items, dropped);
  return items.flatMap(({ item, path }): readonly WireBody[] => {
    // They stand among the tools.
    if (addsTools(item)) return [];
    const type = typeOf(item);
    if (turn.role === "tool" && TOOLS.has(type)) {
      const content = chatContent([{ item, path }], true, dropped);
      return [{ role: "tool", tool_call_id: item["call_id"], content }];
    }
    if (type !== "message") {
      dropped.push(path);
      return [];
    }
    return [{ role: turn.role, content: chatContent([{ item, path }], turn.role !== "user", dropped) }];
  });
}

const TOOLS: ReadonlySet<string> = new Set(["function_call_output", "custom_tool_call_output"]);

interface Placed {
  readonly item: WireBody;
  readonly path: string;
}

function assistantMessage(items: readonly Placed[], dropped: string[]): readonly WireBody[] {
  const said = items.filter(({ item }) => typeOf(item) === "message");
  const calls = items.map(({ item }) => toToolCall(item)).filter((call) => call !== undefined);
  const thoughts = items
    .map(({ item }) => thoughtOf(item))
    .filter(Boolean)
    .join("\n");
  for (const { item, path } of items) {
    if (typeOf(item) === "item_reference") {
      throw invalid("input", `Item with id '${item["id"]}' not found.`, "item_not_found");
    }
    const isSaid = typeOf(item) === "message" || toToolCall(item) !== undefined;
    const isThought = typeOf(item) === "reasoning" && thoughtOf(item) !== "" && calls.length > 0;
    if (!isSaid && !isThought) dropped.push(path);
    else if (isThought && (item["encrypted_content"] ?? null) !== null) {
      dropped.push(`${path}.encrypted_content`);
    }
  }
  const refusal = said.flatMap(({ item }) => refusalsOf(item)).join("\n");
  const spoken = said.map(({ item, path }) => ({ item: withoutRefusals(item), path }));
  const text = chatContent(spoken, true, dropped);
  if (text === "" && refusal === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: text === "" ? null : text,
      ...(refusal !== "" && { refusal }),
      ...(thoughts !== "" && calls.length > 0 && { reasoning_content: thoughts }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
  ];
}

function toToolCall(item: WireBody): WireBody | undefined {
  const { type, call_id: id, name, namespace } = item;
  const called = flatName(name, namespace);
  if (type === "function_call") {
    return {
      id,
      type: "function",
      function: { name: called, arguments: asString(item["arguments"]) ?? "{}" },
    };
  }
  if (type !== "custom_tool_call") return undefined;
  return { id, type: "function", function: { name: called, arguments: toArguments(item["input"]) } };
}

/** What a reasoning item says in the open. */
function thoughtOf(item: WireBody): string {
  if (typeOf(item) !== "reasoning") return "";
  const content = asArray(item["content"]).filter(isRecord);
  const parts = content.length > 0 ? content : asArray(item["summary"]).filter(isRecord);
  return parts.map((part) => asString(part["text"]) ?? "").join("\n");
}

function refusalsOf(item: WireBody): readonly string[] {
  return asArray(item["content"])
    .filter(isRecord)
    .flatMap((part) => asString(part["refusal"]) ?? []);
}

function withoutRefusals(item: WireBody): WireBody {
  if (!Array.isArray(item["content"])) return item;
  return {
    ...item,
    content: item["content"].filter((part) => !isRecord(part) || part["type"] !== "refusal"),
  };
}
