import type { Deployment } from "../deployment.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Smooth weighted round robin: each deployment gets its share of the calls, and the calls of one are spread, not
 * bunched. The default; with equal weights it takes turns.
 *
 *     credit[d] += weight[d] · share[d]      for every eligible d
 *     pick = the d with the largest credit   the first in the pool's order if several
 *     credit[pick] −= Σ weight · share
 *
 * With whole numbers as weights, Σ weight picks from one list give each deployment exactly its weight. One that is
 * not eligible keeps its credit meanwhile and catches up on nothing. O(eligible) a pick. The algorithm is nginx's
 * (https://github.com/nginx/nginx/commit/52327e0627f49dbda1e8db695e63a4b0af4448b1).
 *
 * @example
 * // weights a: 5, b: 1, c: 1 are picked as a a b a c a a
 */
export function weighted(): Strategy {
  const credits = new WeakMap<object, number>();
  const creditOf = (deployment: Deployment): number => credits.get(deployment.identity) ?? 0;

  return {
    name: "weighted",
    pick(eligible) {
      let total = 0;
      for (const deployment of eligible) {
        const weight = deployment.weight * deployment.share;
        credits.set(deployment.identity, creditOf(deployment) + weight);
        total += weight;
      }
      const next = eligible.reduce((best, other) => (creditOf(other) > creditOf(best) ? other : best));
      credits.set(next.identity, creditOf(next) - total);
      return next;
    },
  };
}
