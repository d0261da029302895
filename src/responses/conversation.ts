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
  tenant: string,
  store: ResponseStore,
): Promise<Continued> {
  const previous = previousOf(request.body);
  const references = referencesOf(request.body);
  if (previous === undefined && references.length === 0) return { request, own: request };
  const named = new Map<string, WireBody>();
  for (const { id, response } of references) {
    const item = itemsOf(await store.get(tenant, response)).find((each) => each["id"] === id);
    if (item === undefined) throw notFound("input", `Item with id '${id}' not found.`, "item_not_found");
    named.set(id, item);
  }
  const own = named.size === 0 ? request : continued(request, [], named);
  if (previous === undefined) return { request: own, own };
  return { request: continued(own, await conversationUpTo(previous, tenant, store), new Map()), own };
}

/** All items of a conversation up to and with an answer, the first one first. */
async function conversationUpTo(
  last: string,
  tenant: string,
  store: ResponseStore,
): Promise<readonly WireBody[]> {
  const turns: (readonly WireBody[])[] = [];
  for (let id: string | undefined = last; id !== undefined; ) {
    const record: StoredResponse | undefined = await store.get(tenant, id);
    if (record === undefined) {
      const message = `Previous response with id '${id}' not found.`;
      throw notFound("previous_response_id", message, "previous_response_not_found");
    }
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

function notFound(param: string, message: string, wireCode: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode });
}
