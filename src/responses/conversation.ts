import type { CallContext } from "../chat.ts";
import { PromptCompilerError } from "../errors.ts";
import { asArray, isRecord } from "../wires/read.ts";
import { continued, previousOf, referencesOf } from "../wires/responses/kept-items.ts";
import type { WireBody, WireRequest } from "../wires/wire.ts";
import type { ResponseStore, StoredResponse } from "./response-store.ts";

/** A request with all that was said before it, and what of it is new. */
export interface Continued {
  readonly request: WireRequest;
  readonly own: WireRequest;
}

/**
 * Puts what a request only names, the conversation before it and single items of it, into its input. What is a vendor's, by
 * its id, is left to the vendor.
 *
 * @throws PromptCompilerError `PC_INVALID_REQUEST` where it names an answer or an item of ours that is not there
 */
export async function continueConversation(
  request: WireRequest,
  call: CallContext,
  store: ResponseStore,
): Promise<Continued> {
  const previous = previousOf(request.body);
  const references = referencesOf(request.body);
  if (previous === undefined && references.length === 0) return { request, own: request };
  const named = new Map<string, WireBody>();
  for (const { id, response } of references) {
    const item = itemsOf(await store.get(response, call)).find((each) => each["id"] === id);
    if (item === undefined) throw notFound("input", `Item with id '${id}' not found.`, "item_not_found");
    named.set(id, item);
  }
  const own = named.size === 0 ? request : continued(request, [], named);
  if (previous === undefined) return { request: own, own };
  return { request: continued(own, await conversationUpTo(previous, call, store), new Map()), own };
}

/** All items of a conversation up to and with an answer, the first one first. */
async function conversationUpTo(
  last: string,
  call: CallContext,
  store: ResponseStore,
): Promise<readonly WireBody[]> {
  const turns: (readonly WireBody[])[] = [];
  for (let id: string | undefined = last; id !== undefined; ) {
    const record: StoredResponse | undefined = await store.get(id, call);
    if (record === undefined) throw previousNotFound(id);
    turns.push(itemsOf(record));
    id = previousOf(record.response);
  }
  return turns.reverse().flat();
}

function itemsOf(record: StoredResponse | undefined): readonly WireBody[] {
  return record === undefined
    ? []
    : [...record.input, ...asArray(record.response["output"]).filter(isRecord)];
}

/** 400: a request goes on from an answer that is not there, or not to this caller. */
export function previousNotFound(id: string): PromptCompilerError {
  const message = `Previous response with id '${id}' not found.`;
  return notFound("previous_response_id", message, "previous_response_not_found");
}

function notFound(param: string, message: string, wireCode: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode });
}
