import type { Deployment } from "../deployment.ts";

/**
 * Picks one of the eligible deployments: the load balancing. `test/contracts/strategy.ts` checks every
 * implementation. A strategy belongs to one compiler; it may keep counters, never the state of a call.
 */
export interface Strategy {
  /** Names the strategy in telemetry, e.g. "weighted". */
  readonly name: string;

  /**
   * @param eligible - at least one, in the pool's order; the list may differ from pick to pick
   * @returns one of `eligible`
   */
  pick(eligible: readonly Deployment[]): Deployment;
}
