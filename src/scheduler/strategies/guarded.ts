import type { EventListener } from "../../telemetry.ts";
import type { Deployment } from "../deployment.ts";
import type { Strategy } from "./strategy.ts";

/**
 * A strategy whose mistakes cost no call: where it throws, or picks what is not eligible, the first of the eligible is
 * taken, and where it throws at what it is told, it does without. A "degraded" event says so each time.
 */
export function guarded(strategy: Strategy, emit: EventListener): Strategy {
  const { name } = strategy;
  const degraded = (error: unknown): void =>
    emit({ type: "degraded", callId: undefined, what: "strategy", error });
  return {
    name,

    pick(eligible) {
      try {
        const picked = strategy.pick(eligible);
        if (eligible.includes(picked)) return picked;
        const what = `deployment "${(picked as Deployment | undefined)?.id}"`;
        degraded(new TypeError(`strategy "${name}" picked ${what}, which is not eligible`));
      } catch (error) {
        degraded(error);
      }
      // There is always one; that is the contract's first line.
      return eligible[0] as Deployment;
    },

    observe(deployment, outcome) {
      try {
        strategy.observe?.(deployment, outcome);
      } catch (error) {
        degraded(error);
      }
    },
  };
}
