import type { Deployment } from "../deployment.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Takes turns: whoever was picked longest ago is next, those never picked first, in the pool's order. There is no
 * position in a list that could be lost when the list changes. O(eligible) a pick.
 */
export function roundRobin(): Strategy {
  const lastPicked = new WeakMap<object, number>();
  let picks = 0;

  return {
    name: "round-robin",
    pick(eligible) {
      const turnOf = (deployment: Deployment): number => lastPicked.get(deployment.identity) ?? 0;
      const next = eligible.reduce((first, other) => (turnOf(other) < turnOf(first) ? other : first));
      picks += 1;
      lastPicked.set(next.identity, picks);
      return next;
    },
  };
}
