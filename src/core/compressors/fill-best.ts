/**
 * The parts that fit into `room` tokens: what is pinned, then the best by score, of equals the first.
 *
 * @param costs - tokens of each part
 * @param scores - of each part; empty: none is better than another
 * @returns indexes
 */
export function fillBest(
  costs: readonly number[],
  scores: readonly number[],
  { room, markTokens, isPinned }: FillOptions,
): ReadonlySet<number> {
  const scoreOf = (index: number): number =>
    isPinned(index) ? Number.POSITIVE_INFINITY : (scores[index] ?? 0);
  const kept = new Set<number>();
  let left = room;
  const order = costs.map((_, index) => index).sort((a, b) => compare(scoreOf(b), scoreOf(a)) || a - b);
  for (const index of order) {
    const isBesideKept = kept.has(index - 1) || kept.has(index + 1);
    const cost = (costs[index] ?? 0) + (isBesideKept ? 0 : markTokens);
    if (cost > left) continue;
    left -= cost;
    kept.add(index);
  }
  return kept;
}

interface FillOptions {
  /** Tokens. */
  readonly room: number;
  /** Tokens of the mark before a part that does not follow on another that is kept. */
  readonly markTokens: number;
  isPinned(index: number): boolean;
}

/** Infinities are equal here: their difference is no number. */
function compare(left: number, right: number): number {
  return left === right ? 0 : left - right;
}
