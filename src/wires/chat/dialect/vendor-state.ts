/**
 * A vendor's own state in assistant messages, `reasoning_content` and the like: remembered with the tool calls it came with,
 * and put back where a client has dropped it. Clients that keep it are left as they are.
 */
import { isAbsent } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import type { VendorState } from "./dialect.ts";
import { pick } from "./pick.ts";
import type { StreamStage } from "./stages.ts";

/** What is remembered with one tool call. */
interface Remembered {
  readonly message: WireBody;
  readonly call: WireBody;
}

/** The fields that a message is to be given back, and its tool calls with theirs; `undefined`: nothing is missing. */
export function missingState(
  message: WireBody,
  state: VendorState,
  memory: VendorMemory,
): WireBody | undefined {
  const calls = asArray(message["tool_calls"]).filter(isRecord);
  if (message["role"] !== "assistant" || calls.length === 0) return undefined;
  const known = calls.map((call) => memory.get(asString(call["id"]) ?? "") as Remembered | undefined);
  const kept = known.find((each) => each !== undefined)?.message;
  const set: Record<string, unknown> = {};
  for (const field of state.ofMessage ?? []) {
    const value = kept?.[field] ?? state.ifForgotten;
    if (isAbsent(message[field]) && value !== undefined) set[field] = value;
  }
  const restored = calls.map((call, index) => withState(call, state.ofToolCall ?? [], known[index]?.call));
  if (restored.some((call, index) => call !== calls[index])) set["tool_calls"] = restored;
  return Object.keys(set).length === 0 ? undefined : set;
}

function withState(call: WireBody, fields: readonly string[], kept: WireBody = {}): WireBody {
  const missing = fields.filter((field) => isAbsent(call[field]) && !isAbsent(kept[field]));
  return missing.length === 0 ? call : { ...call, ...pick(kept, missing) };
}

/** Remembers the state of a whole answer. */
export function rememberState(body: WireBody, state: VendorState, memory: VendorMemory): void {
  for (const choice of asArray(body["choices"]).filter(isRecord)) {
    const message = asRecord(choice["message"]) ?? {};
    remember(message, asArray(message["tool_calls"]).filter(isRecord), state, memory);
  }
}

function remember(
  message: WireBody,
  calls: readonly WireBody[],
  state: VendorState,
  memory: VendorMemory,
): void {
  const ofMessage = pick(message, state.ofMessage ?? []);
  for (const call of calls) {
    const id = asString(call["id"]);
    const kept: Remembered = { message: ofMessage, call: pick(call, state.ofToolCall ?? []) };
    const isEmpty = Object.keys(kept.message).length + Object.keys(kept.call).length === 0;
    if (id !== undefined && !isEmpty) memory.set(id, kept);
  }
}

/** Remembers the state of a streamed answer, put together from its chunks, which go through as they are. */
export function rememberingStage(state: VendorState, memory: VendorMemory): StreamStage {
  const messages = new Map<unknown, StreamedMessage>();
  return {
    push(chunk) {
      for (const choice of asArray(chunk["choices"]).filter(isRecord)) {
        const index = choice["index"] ?? 0;
        const message = messages.get(index) ?? new StreamedMessage(state);
        messages.set(index, message);
        message.add(asRecord(choice["delta"]) ?? {});
      }
      return [chunk];
    },
    end() {
      for (const message of messages.values()) {
        remember(message.fields(), [...message.calls.values()], state, memory);
      }
      return [];
    },
  };
}

class StreamedMessage {
  readonly calls = new Map<unknown, WireBody>();
  readonly #state: VendorState;
  readonly #texts = new Map<string, string>();
  readonly #lists = new Map<string, Map<unknown, WireBody>>();

  constructor(state: VendorState) {
    this.#state = state;
  }

  add(delta: WireBody): void {
    for (const field of this.#state.ofMessage ?? []) {
      const value = delta[field];
      if (typeof value === "string") this.#texts.set(field, (this.#texts.get(field) ?? "") + value);
      for (const item of asArray(value).filter(isRecord)) this.#addItem(field, item);
    }
    for (const [position, call] of asArray(delta["tool_calls"]).filter(isRecord).entries()) {
      const key = call["index"] ?? position;
      const told = pick(call, ["id", ...(this.#state.ofToolCall ?? [])]);
      this.calls.set(key, { ...this.calls.get(key), ...told });
    }
  }

  fields(): WireBody {
    const lists = [...this.#lists].map(([field, items]) => [field, [...items.values()]] as const);
    return Object.fromEntries([...this.#texts, ...lists].filter(([, value]) => value.length > 0));
  }

  /** Items come in pieces, told apart by their `index`: texts grow, everything else is as it was said last. */
  #addItem(field: string, item: WireBody): void {
    const items = this.#lists.get(field) ?? new Map<unknown, WireBody>();
    this.#lists.set(field, items);
    const key = item["index"] ?? `#${items.size}`;
    const before = items.get(key) ?? {};
    const grown = Object.entries(item)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, GROWING.has(name) ? `${before[name] ?? ""}${value}` : value] as const);
    items.set(key, { ...before, ...Object.fromEntries(grown) });
  }
}

/** Fields of an item that come in pieces (https://openrouter.ai/docs/use-cases/reasoning-tokens). */
const GROWING: ReadonlySet<string> = new Set(["text", "summary", "data"]);
