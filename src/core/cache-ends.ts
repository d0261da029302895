/**
 * Where a provider's prompt cache is told to keep a request up to, behind each of its zones:
 *
 *     instructions ┃ frozen blocks ┃ live history ┃ shared context, running turn ┃
 *
 * The next call of the conversation begins with all of it, or, where shared context gives way to other, with what stands
 * before that. A call that nothing follows would pay for being kept, so only in conversations that go on.
 */
import type { Segment } from "./segment.ts";

/** The segments behind which a zone ends, by what is won where there is no room for all marks. */
export function cacheEnds(segments: readonly Segment[]): readonly Segment[] {
  const sent = segments.filter(({ action }) => action !== "cut");
  const shared = sent.findIndex(({ action }) => action === "injected");
  const live = shared === -1 ? undefined : sent[shared - 1];
  const block = sent.findLast(({ role }) => role === "block");
  const first = sent.findIndex(({ role }) => role !== "system");
  const instructions = first === -1 ? undefined : sent[first - 1];
  const ends = [sent.at(-1), block, live, instructions];
  return [...new Set(ends.filter((end) => end !== undefined))];
}

/** Index of the last message of each of `ends`, in the request that `segments` make. */
export function endIndexes(segments: readonly Segment[], ends: readonly Segment[]): readonly number[] {
  const indexes = new Map<Segment, number>();
  let next = 0;
  for (const segment of segments) {
    if (segment.action === "cut") continue;
    next += segment.emitted === undefined ? Math.max(1, segment.messages.length) : 1;
    indexes.set(segment, next - 1);
  }
  return ends.flatMap((end) => indexes.get(end) ?? []);
}
