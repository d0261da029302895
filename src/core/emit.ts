import { codecFor } from "../wires/index.ts";
import type { MessagePlan, WireRequest } from "../wires/wire.ts";
import { hashOf } from "./blocks/conversation.ts";
import type { Segment } from "./segment.ts";
import type { Marks } from "./sent-prefixes.ts";

/** The request that segments make: the caller's own messages keep their bytes, and one that nothing was done to is itself. */
export function emit(request: WireRequest, segments: readonly Segment[]): WireRequest {
  if (segments.every(({ action }) => action === "kept")) return request;
  return codecFor(request.wire).withMessages(request, segments.flatMap(toPlan));
}

function toPlan({ action, messages, emitted, rewritten, text }: Segment): readonly MessagePlan[] {
  if (action === "cut") return [];
  if (emitted !== undefined) return [{ insert: emitted }];
  if (messages.length === 0) return [{ insert: text }];
  return messages.map((keep): MessagePlan => {
    const results = rewritten?.get(keep);
    return results === undefined ? { keep } : { keep, results };
  });
}

/**
 * What stands in the request, in order, as hashes: of what is read before the messages, and of each segment.
 *
 * @param hashes - of the caller's messages
 */
export function marksOf(
  request: WireRequest,
  segments: readonly Segment[],
  hashes: readonly string[],
): Marks {
  const { wire, body } = request;
  const before = [wire, body["model"], codecFor(wire).overheadText(body)];
  const marks = segments
    .filter(({ action }) => action !== "cut")
    .map(({ messages, emitted, rewritten, text }) => {
      if (emitted !== undefined || messages.length === 0) return hashOf(emitted ?? text);
      const said = messages.map((index) => hashes[index]).join(" ");
      return rewritten === undefined ? said : `${said} in other words`;
    });
  return [hashOf(JSON.stringify(before)), ...marks];
}
