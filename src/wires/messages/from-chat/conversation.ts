/**
 * A chat's messages as Anthropic's: the system prompt beside them, users and assistants in turn, each call of a tool answered
 * in the message behind it, results first, all of one turn in one message (pitfall 9).
 *
 *     system, developer    the system prompt, in their order, wherever they stood
 *     user, tool           one user message, as long as no assistant speaks
 *     assistant            thinking that was kept with its calls, what tools of the vendor's did, then words, then calls
 */
import { answeredCalls, type PlacedMessage } from "../../chat/answered-calls.ts";
import { type Drop, dropOthers, isAbsent } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import { portableToolId } from "../../tool-ids.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import { blocksBeside } from "../aside.ts";
import { readKept } from "../kept-thinking.ts";
import { toToolInput } from "../tool-input.ts";
import { toBlocks, withCacheControl } from "./content.ts";

export interface Conversation {
  /** `undefined`: there is no system prompt. */
  readonly system: unknown;
  readonly messages: readonly WireBody[];
  /** The assistant is in the middle of its turn, and what it thought before it called is not known. */
  readonly thoughtIsLost: boolean;
}

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: WireBody[];
}

/** What stands in for words where somebody has to say something. */
const NOTHING_SAID: WireBody = { type: "text", text: "(nothing)" };

export function toConversation(messages: unknown, memory: VendorMemory, drop: Drop): Conversation {
  const system: WireBody[] = [];
  const turns: Turn[] = [];
  for (const { message, index } of answeredCalls(asArray(messages))) {
    const path = `messages[${index}]`;
    const own = index === undefined ? () => undefined : drop;
    if (INSTRUCTIONS.has(message["role"])) {
      dropOthers(message, READ, path, own);
      system.push(...atCacheControl(toBlocks(message["content"], path, own), message));
      continue;
    }
    const role = message["role"] === "assistant" ? "assistant" : "user";
    const blocks = toTurn({ message, index }, path, memory, own);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else if (blocks.length > 0) turns.push({ role, content: [...blocks] });
  }
  // Whoever only instructs means the instruction as the question.
  if (turns.length === 0) {
    turns.push({ role: "user", content: system.length > 0 ? system.splice(0) : [NOTHING_SAID] });
  }
  if (turns[0]?.role === "assistant") turns.unshift({ role: "user", content: [NOTHING_SAID] });
  const last = turns.at(-1);
  return {
    system: toSystem(system),
    messages: turns.map(({ role, content }, index) => ({
      role,
      content: toContent(index === turns.length - 1 && role === "assistant" ? trimmed(content) : content),
    })),
    thoughtIsLost:
      last?.role === "user" &&
      last.content.some(({ type }) => type === "tool_result") &&
      turns.at(-2)?.content.every(({ type }) => !THOUGHT.has(type)) === true,
  };
}

/** Fields of messages that are read here; every other is left out, and told. */
const READ: ReadonlySet<string> = new Set(["role", "content", "cache_control"]);
const READ_OF_ASSISTANT: ReadonlySet<string> = new Set([
  ...READ,
  ...["refusal", "tool_calls", "function_call", "reasoning_content", "extra_content"],
]);
const READ_OF_TOOL: ReadonlySet<string> = new Set([...READ, "tool_call_id", "name"]);

/** Of what vendors put beside a message, that which is Anthropic's. */
const OWN_CONTENT: ReadonlySet<string> = new Set(["anthropic"]);

const INSTRUCTIONS: ReadonlySet<unknown> = new Set(["system", "developer"]);
const THOUGHT: ReadonlySet<unknown> = new Set(["thinking", "redacted_thinking"]);

function toTurn(
  { message }: PlacedMessage,
  path: string,
  memory: VendorMemory,
  drop: Drop,
): readonly WireBody[] {
  if (message["role"] === "assistant") return toAssistant(message, path, memory, drop);
  dropOthers(message, message["role"] === "tool" ? READ_OF_TOOL : READ, path, drop);
  const blocks = atCacheControl(toBlocks(message["content"], path, drop), message);
  if (message["role"] !== "tool") return blocks;
  const content = toContent(blocks.map(({ cache_control: _, ...block }) => block));
  const marked = blocks.find(({ cache_control }) => !isAbsent(cache_control)) ?? {};
  const tool_use_id = portableToolId(asString(message["tool_call_id"]) ?? "");
  return [
    withCacheControl({ type: "tool_result", tool_use_id, ...(blocks.length > 0 && { content }) }, marked),
  ];
}

function toAssistant(message: WireBody, path: string, memory: VendorMemory, drop: Drop): readonly WireBody[] {
  const calls = asArray(message["tool_calls"]).filter(isRecord);
  const kept = calls.map(({ id }) => readKept(memory, asString(id) ?? "")).find((each) => each !== undefined);
  dropOthers(message, READ_OF_ASSISTANT, path, drop);
  dropOthers(asRecord(message["extra_content"]) ?? {}, OWN_CONTENT, `${path}.extra_content`, drop);
  // What nobody signed, or who knows who, is not taken back.
  if (kept === undefined && !isAbsent(message["reasoning_content"])) drop(`${path}.reasoning_content`);
  return atCacheControl(
    [
      ...(kept ?? []),
      ...blocksBeside(message),
      ...toBlocks(message["content"], path, drop),
      ...toBlocks(message["refusal"], path, drop),
      ...calls.map(toToolUse),
    ],
    message,
  );
}

function toToolUse(call: WireBody): WireBody {
  const { name, input } = readCall(call);
  return { type: "tool_use", id: portableToolId(asString(call["id"]) ?? ""), name, input };
}

/** A custom tool's free text is the one field of its input. */
function readCall({ custom, function: called }: WireBody): {
  readonly name: unknown;
  readonly input: WireBody;
} {
  if (isRecord(custom)) return { name: custom["name"], input: { input: custom["input"] ?? "" } };
  const { name, arguments: written } = asRecord(called) ?? {};
  return { name, input: toToolInput(written) };
}

/** A mark on a whole message stands at its last block. */
function atCacheControl(blocks: readonly WireBody[], message: WireBody): readonly WireBody[] {
  const last = blocks.at(-1);
  return last === undefined ? blocks : [...blocks.slice(0, -1), withCacheControl(last, message)];
}

/** One plain text as such: so it is shorter, and the same. */
function toContent(blocks: readonly WireBody[]): unknown {
  const [first] = blocks;
  const isPlain = blocks.length === 1 && first?.["type"] === "text" && Object.keys(first).length === 2;
  return isPlain ? first["text"] : blocks;
}

function toSystem(blocks: readonly WireBody[]): unknown {
  return blocks.length === 0 ? undefined : toContent(blocks);
}

/** The assistant's last words are what it is to go on from: they may not end in space. */
function trimmed(blocks: readonly WireBody[]): readonly WireBody[] {
  const last = blocks.at(-1);
  const text = asString(last?.["text"]);
  return text === undefined ? blocks : [...blocks.slice(0, -1), { ...last, text: text.trimEnd() }];
}
