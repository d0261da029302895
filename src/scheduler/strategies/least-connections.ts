import type { Deployment } from "../deployment.ts";
import type { Strategy } from "./strategy.ts";
import { weighted } from "./weighted.ts";

/**
 * Picks the deployment with the fewest attempts under way for its weight; those that are equally loaded share by
 * weight. For calls of very different length, where turns would pile up behind the long ones. O(eligible) a pick.
 *
 *     load[d] = attempts under way[d] / (weight[d] · share[d])
 */
export function leastConnections(): Strategy {
  const ties = weighted();
  const loadOf = ({ inFlight, weight, share }: Deployment): number => inFlight / (weight * share);

  return {
    name: "least-connections",
    pick(eligible) {
      const least = Math.min(...eligible.map(loadOf));
      return ties.pick(eligible.filter((deployment) => loadOf(deployment) === least));
    },
  };
}
