/**
 * Reciprocal rank fusion: one order out of several, by places alone, so that scores of different kinds need no common
 * scale (Cormack, Clarke and Büttcher 2009, https://dl.acm.org/doi/10.1145/1571941.1572114).
 *
 *     fused(d) = Σ_orders 1 / (60 + place of d in the order),   divided by its maximum
 *
 * A score of 0 has no place. Ties are by index.
 */
import { shareOfBest } from "./smoothing.ts";

/** Of the paper: how little a place more counts among the first. */
const K = 60;

/** @param scores - of each ranker, length n; @returns length n, from 0 to 1 */
export function fuse(...scores: readonly (readonly number[])[]): readonly number[] {
  const length = scores[0]?.length ?? 0;
  const fused = new Array<number>(length).fill(0);
  for (const some of scores) {
    const order = some
      .map((score, index) => ({ score, index }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.index - b.index);
    for (const [place, { index }] of order.entries())
      fused[index] = (fused[index] ?? 0) + 1 / (K + place + 1);
  }
  return shareOfBest(fused);
}
