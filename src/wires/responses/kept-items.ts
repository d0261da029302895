/**
 * Items of a conversation that is kept here, and put before what is said next.
 */
import { editRequest } from "../edit.ts";
import { asArray, asRecord, asString, isRecord, parseRecord } from "../read.ts";
import { type ElementPlan, replaceElements } from "../replace-elements.ts";
import type { Frame, WireBody, WireRequest } from "../wire.ts";
import { COMPLETE } from "./frames.ts";
import { isOwnResponseId, itemId, responseOfItem } from "./ids.ts";
import { inputItems, typeOf } from "./turns.ts";

/** The answer of ours that a request goes on from. */
export function previousOf({ previous_response_id: id }: WireBody): string | undefined {
  return isOwnResponseId(id) ? id : undefined;
}

/** The vendor's answer that a request goes on from. */
export function vendorPreviousOf({ previous_response_id: id }: WireBody): string | undefined {
  return isOwnResponseId(id) ? undefined : asString(id);
}

/** Items of our answers that a request names in place of repeating them: the item's id, and its answer's. */
export function referencesOf({
  input,
}: WireBody): readonly { readonly id: string; readonly response: string }[] {
  return asArray(input)
    .filter(isRecord)
    .flatMap((item) => toReference(item) ?? []);
}

function toReference(item: WireBody): { readonly id: string; readonly response: string } | undefined {
  const id = typeOf(item) === "item_reference" ? asString(item["id"]) : undefined;
  const response = responseOfItem(id);
  return id === undefined || response === undefined ? undefined : { id, response };
}

/**
 * The request with `before` in front of its input, and what its references name in their place. Everything else keeps its
 * bytes.
 */
export function continued(
  request: WireRequest,
  before: readonly WireBody[],
  named: ReadonlyMap<string, WireBody>,
): WireRequest {
  const { input } = request.body;
  const inserted = before.map((item): ElementPlan => ({ insert: item }));
  if (!Array.isArray(input)) {
    return editRequest(request, { set: { input: [...before, ...inputItems(input)] } });
  }
  const own = input.map((item, index): ElementPlan => {
    const found = named.get(toReference(asRecord(item) ?? {})?.id ?? "");
    return found === undefined ? { keep: index } : { insert: found };
  });
  return replaceElements(request, "input", [...inserted, ...own]);
}

/** Items as they are listed: each whole, and with an id. @param responseId - the answer to them */
export function asInputItems(items: readonly WireBody[], responseId: string): readonly WireBody[] {
  return items.map((item, index) => {
    const type = typeOf(item);
    const id = asString(item["id"]) ?? itemId(PREFIXES.get(type) ?? "item", responseId, "i", index);
    return {
      ...item,
      ...(type === "message" && { content: partsOfContent(item) }),
      type,
      id,
      status: "completed",
    };
  });
}

const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["additional_tools", "at"],
  ["message", "msg"],
  ["reasoning", "rs"],
  ["function_call", "fc"],
  ["function_call_output", "fco"],
  ["custom_tool_call", "ctc"],
  ["custom_tool_call_output", "ctco"],
]);

function partsOfContent({ role, content }: WireBody): unknown {
  if (typeof content !== "string") return content;
  return role === "assistant"
    ? [{ type: "output_text", text: content, annotations: [], logprobs: [] }]
    : [{ type: "input_text", text: content }];
}

/** The response that an event begins its stream with. */
export function begunResponse({ event, data }: Frame): WireBody | undefined {
  return event === "response.created" ? asRecord(parseRecord(data)?.["response"]) : undefined;
}

/** The response that an event ends its stream with, whole. */
export function completedResponse({ event, data }: Frame): WireBody | undefined {
  return COMPLETE.has(event) ? asRecord(parseRecord(data)?.["response"]) : undefined;
}

/** Items without ids of ours: to a vendor of responses they would name what it does not have. */
export function withoutOwnIds(request: WireRequest): WireRequest {
  const items = asArray(request.body["input"]);
  const isOurs = (item: unknown): item is WireBody =>
    isRecord(item) && responseOfItem(item["id"]) !== undefined;
  if (!items.some(isOurs)) return request;
  const plan = items.flatMap((item, index): readonly ElementPlan[] => {
    if (!isOurs(item)) return [{ keep: index }];
    // What another model thought is nothing that this vendor could read.
    if (typeOf(item) === "reasoning") return [];
    const { id: _, ...rest } = item;
    return [{ insert: rest }];
  });
  return replaceElements(request, "input", plan);
}
