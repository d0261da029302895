import { editRequest, membersOf, RawJson } from "./edit.ts";
import { arrayElements } from "./json-members.ts";
import { asArray } from "./read.ts";
import type { WireRequest } from "./wire.ts";

/** What is to stand in a list: one of its elements, by index, or something new. */
export type ElementPlan = { readonly keep: number } | { readonly insert: unknown };

/** The request with other elements in one of its top-level lists; those that are kept keep their bytes. */
export function replaceElements(
  request: WireRequest,
  key: string,
  plan: readonly ElementPlan[],
): WireRequest {
  const originals = asArray(request.body[key]);
  const elements = plan.map((entry) => ("keep" in entry ? originals[entry.keep] : entry.insert));
  const bytes = request.source && replacedBytes(request.source, key, plan);
  return editRequest(request, { set: { [key]: bytes ? new RawJson(bytes, elements) : elements } });
}

function replacedBytes(
  source: Uint8Array,
  key: string,
  plan: readonly ElementPlan[],
): Uint8Array | undefined {
  const array = membersOf(source).findLast((member) => member.key === key)?.value;
  if (array === undefined) return undefined;
  const spans = arrayElements(source, array);
  const pieces = plan.flatMap((entry, index) => {
    const span = "keep" in entry ? spans[entry.keep] : undefined;
    const piece = span
      ? source.subarray(span.start, span.end)
      : Buffer.from(JSON.stringify("keep" in entry ? null : entry.insert));
    return index === 0 ? [piece] : [COMMA, piece];
  });
  return Buffer.concat([Buffer.from("["), ...pieces, Buffer.from("]")]);
}

const COMMA = Buffer.from(",");
