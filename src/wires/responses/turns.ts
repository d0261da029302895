/**
 * Input items, as turns of a conversation: what other wires have as one message.
 *
 *     system │ user │ reasoning · message · function_call a · function_call b │ output a │ output b │ user …
 *        0   │   1  │                            2                            │    3     │    4     │   5
 *
 * Items of the assistant that follow each other are one turn, so that reasoning stays with the call it led to; a second
 * message begins a new one unless calls stand before it, whose outputs must come next.
 */
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { WireBody, WireMessage, WireToolCall } from "../wire.ts";

/** Items that belong together. */
export interface Turn {
  readonly role: WireMessage["role"];
  /** Index of the first in `input`. */
  readonly first: number;
  readonly items: readonly WireBody[];
}

/** The items of a request's `input`; a text is what the user says. */
export function inputItems(input: unknown): readonly WireBody[] {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return asArray(input).map((item) => asRecord(item) ?? {});
}

/** The turns of a request's `input`, in order. */
export function readTurns(input: unknown): readonly Turn[] {
  const turns: { role: WireMessage["role"]; first: number; items: WireBody[] }[] = [];
  for (const [first, item] of inputItems(input).entries()) {
    const role = roleOf(item);
    const last = turns.at(-1);
    if (last !== undefined && role === "assistant" && last.role === role && joins(item, last.items)) {
      last.items.push(item);
    } else {
      turns.push({ role, first, items: [item] });
    }
  }
  return turns;
}

function joins(item: WireBody, before: readonly WireBody[]): boolean {
  return (
    typeOf(item) !== "message" || before.some(isCall) || !before.some((each) => typeOf(each) === "message")
  );
}

/** What kind of item it is; a message need not say so. */
export function typeOf(item: WireBody): string {
  return asString(item["type"]) ?? ("role" in item ? "message" : "item_reference");
}

/** A call of a tool that the caller runs. */
export function isCall(item: WireBody): boolean {
  return typeof item["call_id"] === "string" && typeOf(item).endsWith("_call");
}

/** What a tool that the caller runs has answered. */
export function isOutput(item: WireBody): boolean {
  return typeof item["call_id"] === "string" && typeOf(item).endsWith("_output");
}

const ROLES: ReadonlyMap<unknown, WireMessage["role"]> = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["assistant", "assistant"],
]);

/** Items that nobody here knows count as instructions: they are kept, whatever they say. */
function roleOf(item: WireBody): WireMessage["role"] {
  const type = typeOf(item);
  if (type === "message") return ROLES.get(item["role"]) ?? "user";
  if (isOutput(item)) return "tool";
  return /^(?:reasoning|item_reference|.*_call)$/.test(type) ? "assistant" : "system";
}

/** A turn in words of no wire. */
export function readTurn({ role, items }: Turn): WireMessage {
  return {
    role,
    text: items.map(textOf).filter(Boolean).join("\n"),
    toolCalls: items.filter(isCall).map(toToolCall),
    toolResultsFor: items.filter(isOutput).flatMap((item) => asString(item["call_id"]) ?? []),
    mediaParts: items.flatMap(partsOf).filter((part) => partText(part) === undefined).length,
  };
}

function textOf(item: WireBody): string {
  const whole = asString(item["content"]) ?? asString(item["output"]);
  return whole ?? partsOf(item).map(partText).filter(Boolean).join("\n");
}

/** The parts of a message, or of a tool's output. */
export function partsOf(item: WireBody): readonly WireBody[] {
  if (typeOf(item) === "reasoning") return [];
  return [...asArray(item["content"]), ...asArray(item["output"])].filter(isRecord);
}

function partText(part: WireBody): string | undefined {
  return asString(part["text"]) ?? asString(part["refusal"]);
}

function toToolCall(item: WireBody): WireToolCall {
  const input = asString(item["arguments"]) ?? asString(item["input"]);
  return {
    id: asString(item["call_id"]) ?? "",
    name: asString(item["name"]) ?? typeOf(item),
    input: input ?? JSON.stringify(item["action"] ?? {}),
  };
}
