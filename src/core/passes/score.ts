import type { Ranker } from "../../ranker.ts";
import type { Segment } from "../segment.ts";

/**
 * Gives the segments that may be cut a score: how well they match the query. The running turn is not ranked: it is
 * kept anyway, and the query, being in it, would match itself best.
 */
export function score(segments: readonly Segment[], query: string, ranker: Ranker): readonly Segment[] {
  const open = segments.filter(({ pinned, messages }) => pinned === undefined && messages.length > 0);
  const ranked = ranker.rank(
    query,
    open.map(({ text }) => text),
  );
  const scores = new Map(open.map(({ id }, index) => [id, ranked[index]]));
  return segments.map((segment) =>
    scores.has(segment.id) ? { ...segment, score: scores.get(segment.id) } : segment,
  );
}
