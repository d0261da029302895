/**
 * Lends score to what stands nearby, within a group: an answer stands next to its question, and a subject lasts for a
 * while.
 *
 *     nearby(i) = s(i) + 0.45 · (s(i−1) + s(i+1)) + 0.15 · (s(i−2) + s(i+2))
 *     wide(i)   = Σ_j s(j) · exp(−(i−j)² / 2σ²),  divided by its maximum over all groups
 *
 * What lies outside the group counts 0. The second takes 6σ + 1 steps a text.
 */
import type { Group } from "./groups.ts";

/** By distance: 0, 1, 2. */
const NEIGHBOUR_WEIGHTS = [1, 0.45, 0.15];

/** Each score with a share of those at distance 1 and 2. */
export function nearby(scores: readonly number[], groups: readonly Group[]): readonly number[] {
  return smoothed(scores, groups, NEIGHBOUR_WEIGHTS);
}

/** How much of the subject is around each text, from 0 to 1; `sigma` in texts. */
export function wide(scores: readonly number[], groups: readonly Group[], sigma: number): readonly number[] {
  const weights = Array.from({ length: 3 * sigma + 1 }, (_, distance) =>
    Math.exp(-(distance ** 2) / (2 * sigma ** 2)),
  );
  return shareOfBest(smoothed(scores, groups, weights));
}

/** Divided by the maximum; all 0 stays all 0. */
export function shareOfBest(scores: readonly number[]): readonly number[] {
  const best = scores.reduce((most, score) => Math.max(most, score), 0) || 1;
  return scores.map((score) => score / best);
}

function smoothed(
  scores: readonly number[],
  groups: readonly Group[],
  weights: readonly number[],
): readonly number[] {
  const sums = new Array<number>(scores.length).fill(0);
  for (const { from, to } of groups) {
    for (let at = from; at < to; at++) {
      const score = scores[at] ?? 0;
      if (score === 0) continue;
      const last = Math.min(to - 1, at + weights.length - 1);
      for (let near = Math.max(from, at - weights.length + 1); near <= last; near++) {
        sums[near] = (sums[near] ?? 0) + score * (weights[Math.abs(near - at)] ?? 0);
      }
    }
  }
  return sums;
}
