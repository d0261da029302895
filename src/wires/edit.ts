import { type Member, objectMembers } from "./json-members.ts";
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

interface Edit {
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
  const kept = members.filter(({ key }) => !removed.has(key) || set.has(key));
  const pieces: Uint8Array[] = [source.subarray(0, members[0]?.start ?? source.lastIndexOf(CLOSE_BRACE))];
  for (const [index, member] of kept.entries()) {
    if (index > 0) pieces.push(separatorBefore(source, members, member));
    pieces.push(...memberPieces(source, member, set));
    set.delete(member.key);
  }
  for (const [key, value] of set) {
    const comma = pieces.length > 1 ? "," : "";
    pieces.push(Buffer.from(`${comma}${JSON.stringify(key)}:`), toBytes(value));
  }
  pieces.push(source.subarray(members.at(-1)?.value.end ?? source.lastIndexOf(CLOSE_BRACE)));
  return Buffer.concat(pieces);
}

const CLOSE_BRACE = 0x7d;

/** What stood between the member before this one and it: the comma, with the caller's spacing. */
function separatorBefore(source: Uint8Array, members: readonly Member[], member: Member): Uint8Array {
  const before = members[members.indexOf(member) - 1];
  return source.subarray(before?.value.end ?? member.start, member.start);
}

function memberPieces(source: Uint8Array, member: Member, set: ReadonlyMap<string, unknown>): Uint8Array[] {
  if (!set.has(member.key)) return [source.subarray(member.start, member.value.end)];
  return [source.subarray(member.start, member.value.start), toBytes(set.get(member.key))];
}

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
