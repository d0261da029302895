import { type Member, objectMembers, type Span } from "./json-members.ts";
import type { WireBody, WireRequest } from "./wire.ts";

/** A JSON value as bytes that are to stand in a text as they are. */
export class RawJson {
  readonly bytes: Uint8Array;
  /** The same value, parsed. */
  readonly value: unknown;

  constructor(bytes: Uint8Array, value: unknown) {
    this.bytes = bytes;
    this.value = value;
  }
}

/** Changes of an object. */
export interface Edit {
  /** Top-level fields to set: a plain JSON value, or `RawJson` to choose its bytes. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /** Top-level fields to take out. */
  readonly remove?: readonly string[] | undefined;
}

/**
 * The same request with some top-level fields set or taken out, in the parsed body and in the caller's bytes alike;
 * every byte outside those fields stays. The given request is not changed, and comes back itself where there is
 * nothing to do.
 *
 * A text in which a key stands twice loses its bytes: readers disagree on which one counts, so what was checked
 * here might not be what is read there.
 */
export function editRequest(request: WireRequest, edit: Edit): WireRequest {
  const set = Object.entries(edit.set ?? {});
  const remove = (edit.remove ?? []).filter((key) => Object.hasOwn(request.body, key));
  if (set.length === 0 && remove.length === 0) return request;
  return {
    ...request,
    body: editBody(request.body, set, remove),
    source: request.source && editJson(request.source, edit),
  };
}

function editBody(
  body: WireBody,
  set: readonly (readonly [string, unknown])[],
  remove: readonly string[],
): WireBody {
  const kept = Object.entries(body).filter(([key]) => !remove.includes(key));
  const values = set.map(([key, value]) => [key, value instanceof RawJson ? value.value : value] as const);
  // fromEntries defines its properties: a caller's "__proto__" stays a plain field.
  return Object.fromEntries([...kept, ...values]);
}

/** The same on JSON bytes alone; `undefined` where a key stands twice. */
export function editJson(source: Uint8Array, edit: Edit): Uint8Array | undefined {
  const members = membersOf(source);
  if (new Set(members.map(({ key }) => key)).size < members.length) return undefined;

  const set = new Map(Object.entries(edit.set ?? {}));
  const removed = new Set(edit.remove);
  const end = members.at(-1)?.value.end ?? source.lastIndexOf(CLOSE_BRACE);
  const pieces: Uint8Array[] = [];
  // What stands before this is in `pieces`, or left out.
  let position = 0;
  const replace = (span: Span, bytes: Uint8Array = NO_BYTES): void => {
    pieces.push(source.subarray(position, span.start), bytes);
    position = span.end;
  };

  let isFirst = true;
  for (const [index, { key, start, value }] of members.entries()) {
    if (!set.has(key) && removed.has(key)) {
      // With the comma before it; where nothing is left before it, with the one behind it.
      if (isFirst) replace({ start, end: members[index + 1]?.start ?? value.end });
      else replace({ start: members[index - 1]?.value.end ?? start, end: value.end });
      continue;
    }
    isFirst = false;
    if (set.has(key)) replace(value, toBytes(set.get(key)));
    set.delete(key);
  }
  for (const [key, value] of set) {
    replace({ start: end, end }, Buffer.from(`${isFirst ? "" : ","}${JSON.stringify(key)}:`));
    replace({ start: end, end }, toBytes(value));
    isFirst = false;
  }
  pieces.push(source.subarray(position));
  return Buffer.concat(pieces);
}

const CLOSE_BRACE = 0x7d;
const NO_BYTES = new Uint8Array();

function toBytes(value: unknown): Uint8Array {
  return value instanceof RawJson ? value.bytes : Buffer.from(JSON.stringify(value));
}

/** One scan a text, however many edits are made from it: one call makes an edit for each attempt. */
const scanned = new WeakMap<Uint8Array, readonly Member[]>();

export function membersOf(source: Uint8Array): readonly Member[] {
  const known = scanned.get(source);
  if (known !== undefined) return known;
  const members = objectMembers(source);
  scanned.set(source, members);
  return members;
}
