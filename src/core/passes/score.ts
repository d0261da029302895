import type { Ranker } from "../../ranker.ts";
import type { Segment } from "../segment.ts";

/**
 * Gives the segments that may be cut a score: how well they match the query. The running turn is not ranked: it is
 * kept anyway, and the query, being in it, would match itself best.
 */
export function score(segments: readonly Segment[], query: string, ranker: Ranker): readonly Segment[] {
  const ranked = ranker.rank(
    query,
    segments.filter(isOpen).map(({ text }) => text),
  );
  let next = 0;
  return segments.map((segment) => (isOpen(segment) ? { ...segment, score: ranked[next++] } : segment));
}

function isOpen({ pinned, messages }: Segment): boolean {
  return pinned === undefined && messages.length > 0;
}
