import { type Edit, editJson, editRequest, membersOf, RawJson } from "../../edit.ts";
import { arrayElements } from "../../json-members.ts";
import { asArray, asRecord } from "../../read.ts";
import type { WireBody, WireRequest } from "../../wire.ts";

/** What happens to one message of a request. */
export interface MessageEdit extends Edit {
  /** Messages to stand behind it. */
  readonly behind?: readonly WireBody[] | undefined;
}

/**
 * The same request with some messages edited; of the others, and of fields that are not edited, every byte stays.
 *
 * @param edits - by the message's index; none: the request itself
 */
export function editMessages(request: WireRequest, edits: ReadonlyMap<number, MessageEdit>): WireRequest {
  if (edits.size === 0) return request;
  const messages = asArray(request.body["messages"]).flatMap((message, index) => {
    const { set, remove = [], behind = [] } = edits.get(index) ?? {};
    const kept = Object.entries(asRecord(message) ?? {}).filter(([name]) => !remove.includes(name));
    return [{ ...Object.fromEntries(kept), ...set }, ...behind];
  });
  const bytes = request.source && editBytes(request.source, edits);
  return editRequest(request, { set: { messages: bytes ? new RawJson(bytes, messages) : messages } });
}

/** @returns `undefined` where the bytes have a key twice: then what was parsed is sent */
function editBytes(source: Uint8Array, edits: ReadonlyMap<number, MessageEdit>): Uint8Array | undefined {
  const array = membersOf(source).findLast(({ key }) => key === "messages")?.value;
  if (array === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for (const [index, span] of arrayElements(source, array).entries()) {
    const bytes = source.subarray(span.start, span.end);
    const edit = edits.get(index);
    const edited = edit === undefined ? bytes : editJson(bytes, edit);
    if (edited === undefined) return undefined;
    pieces.push(edited, ...(edit?.behind ?? []).map((message) => Buffer.from(JSON.stringify(message))));
  }
  const parted = pieces.flatMap((piece, index) => (index === 0 ? [piece] : [COMMA, piece]));
  return Buffer.concat([Buffer.from("["), ...parted, Buffer.from("]")]);
}

const COMMA = Buffer.from(",");
