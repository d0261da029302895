/**
 * What a vendor's differences mean for the messages of a request: an edit for each message that they touch, and the names of
 * what was changed. "messages[].role" stands for the role of any of them: a long conversation has a short list.
 */
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import { wrapToolCall } from "./custom-tools.ts";
import type { ChatDialect } from "./dialect.ts";
import type { MessageEdit } from "./edit-messages.ts";
import { missingResults } from "./open-tool-calls.ts";
import { vendorToolCallId } from "./tool-call-ids.ts";
import { missingState } from "./vendor-state.ts";

interface MessageEdits {
  /** By index. */
  readonly edits: ReadonlyMap<number, MessageEdit>;
  readonly dropped: readonly string[];
  readonly changed: readonly string[];
}

/** One pass over the messages, and none where the dialect says nothing of them. */
export function messageEdits(
  messages: readonly unknown[],
  dialect: ChatDialect,
  memory: VendorMemory,
): MessageEdits {
  const edits = new Map<number, MessageEdit>();
  const dropped = new Set<string>();
  const changed = new Set<string>();
  const missing = dialect.noOpenToolCalls ? missingResults(messages) : NONE_MISSING;
  for (const [index, message] of messages.entries()) {
    if (!isRecord(message)) continue;
    const edit = editOf(message, dialect, memory);
    for (const name of edit.remove) dropped.add(`messages[].${name}`);
    for (const name of edit.droppedOfCalls) dropped.add(`messages[].tool_calls[].${name}`);
    for (const name of Object.keys(edit.set)) changed.add(`messages[].${name}`);
    const behind = missing.get(index)?.map((result) => ({ ...result, ...idEdit(result, dialect) }));
    if (behind !== undefined) changed.add("messages[]");
    if (edit.remove.length > 0 || Object.keys(edit.set).length > 0 || behind !== undefined) {
      edits.set(index, { set: edit.set, remove: edit.remove, behind });
    }
  }
  return { edits, dropped: [...dropped], changed: [...changed] };
}

const NONE_MISSING: ReturnType<typeof missingResults> = new Map();

function editOf(message: WireBody, dialect: ChatDialect, memory: VendorMemory) {
  const { refuses = {}, wantsBack } = dialect;
  const remove = (refuses.inMessages ?? []).filter((name) => name in message);
  const state = wantsBack && missingState(message, wantsBack, memory);
  const calls = editCalls({ ...message, ...state }, dialect);
  return {
    remove,
    droppedOfCalls: calls.dropped,
    set: {
      ...(dialect.noDeveloper && message["role"] === "developer" && { role: "system" }),
      ...plainContent(message, dialect),
      ...idEdit(message, dialect),
      ...state,
      ...calls.set,
    },
  };
}

/** Text parts as one text, where each part is text. */
function plainContent({ role, content }: WireBody, { plainContent: roles = [] }: ChatDialect): WireBody {
  if (!Array.isArray(content) || !roles.includes(asString(role) ?? "")) return {};
  const texts = content.map((part) => asString(asRecord(part)?.["text"]));
  return texts.every((text) => text !== undefined) ? { content: texts.join("\n") } : {};
}

function idEdit({ tool_call_id }: WireBody, { toolCallIds }: ChatDialect): WireBody {
  if (toolCallIds === undefined || typeof tool_call_id !== "string") return {};
  const id = vendorToolCallId(tool_call_id, toolCallIds);
  return id === tool_call_id ? {} : { tool_call_id: id };
}

function editCalls(
  { tool_calls }: WireBody,
  { noCustomTools, refuses, toolCallIds }: ChatDialect,
): { readonly set: WireBody; readonly dropped: readonly string[] } {
  const given = asArray(tool_calls);
  const dropped = new Set<string>();
  const edited = given.map((call) => {
    if (!isRecord(call)) return call;
    let now = noCustomTools ? wrapToolCall(call) : call;
    const refused = (refuses?.inToolCalls ?? []).filter((name) => name in now);
    if (refused.length > 0) {
      for (const name of refused) dropped.add(name);
      now = Object.fromEntries(Object.entries(now).filter(([name]) => !refused.includes(name)));
    }
    const id = asString(now["id"]);
    if (toolCallIds === undefined || id === undefined) return now;
    const theirs = vendorToolCallId(id, toolCallIds);
    return theirs === id ? now : { ...now, id: theirs };
  });
  const isSame = edited.every((call, index) => call === given[index]);
  return { set: isSame ? {} : { tool_calls: edited }, dropped: [...dropped] };
}
