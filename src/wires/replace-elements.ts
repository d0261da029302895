import { editRequest, membersOf, RawJson } from "./edit.ts";
import { arrayElements } from "./json-members.ts";
import { asArray, asRecord } from "./read.ts";
import type { WireRequest } from "./wire.ts";

/** What is to stand in a list: one of its elements, by index, perhaps changed, or something new. */
export type ElementPlan =
  | { readonly keep: number; readonly change?: ElementChange | undefined }
  | { readonly insert: unknown };

/** Changes an element that is an object, as if it were a request of its own: what it leaves keeps its bytes. */
export type ElementChange = (element: WireRequest) => WireRequest;

/** The request with other elements in one of its top-level lists; those that are kept keep their bytes. */
export function replaceElements(
  request: WireRequest,
  key: string,
  plan: readonly ElementPlan[],
): WireRequest {
  const { wire, body, source } = request;
  const values = asArray(body[key]);
  const spans = source && spansOf(source, key);
  const elements = plan.map((entry): Element => {
    if ("insert" in entry) return { value: entry.insert };
    const span = spans?.[entry.keep];
    const bytes = span && source?.subarray(span.start, span.end);
    const value = values[entry.keep];
    const inner = entry.change && asRecord(value);
    if (inner === undefined) return { value, bytes };
    const changed = entry.change?.({ wire, body: inner, source: bytes });
    return { value: changed?.body, bytes: changed?.source };
  });
  const written = elements.map(({ value }) => value);
  const isRaw = spans !== undefined;
  return editRequest(request, { set: { [key]: isRaw ? new RawJson(toBytes(elements), written) : written } });
}

/** A value, and how it is spelled; `undefined`: in any way. */
interface Element {
  readonly value: unknown;
  readonly bytes?: Uint8Array | undefined;
}

function spansOf(source: Uint8Array, key: string): ReturnType<typeof arrayElements> | undefined {
  const array = membersOf(source).findLast((member) => member.key === key)?.value;
  return array && arrayElements(source, array);
}

function toBytes(elements: readonly Element[]): Uint8Array {
  const pieces = elements.flatMap(({ value, bytes }, index) => {
    const piece = bytes ?? Buffer.from(JSON.stringify(value ?? null));
    return index === 0 ? [piece] : [COMMA, piece];
  });
  return Buffer.concat([Buffer.from("["), ...pieces, Buffer.from("]")]);
}

const COMMA = Buffer.from(",");
