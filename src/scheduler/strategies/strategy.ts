import type { FailureKind } from "../../errors.ts";
import type { Deployment } from "../deployment.ts";

/**
 * Picks one of the eligible deployments: the load balancing. `test/contracts/strategy.ts` checks every
 * implementation. A strategy belongs to one compiler; it may keep counters, never the state of a call. One that throws, or
 * picks what is not eligible, fails no call: the first of the eligible is taken, and a "degraded" event says so.
 */
export interface Strategy {
  /** Names the strategy in telemetry, e.g. "weighted". */
  readonly name: string;

  /**
   * @param eligible - at least one, in the pool's order; the list may differ from pick to pick
   * @returns one of `eligible`
   */
  pick(eligible: readonly Deployment[]): Deployment;

  /**
   * Told how each attempt went, once: at its commit point, or when it fails before that. Not told of cancelled attempts,
   * which teach nothing. Work that can be done here need not be done at a pick.
   */
  observe?(deployment: Deployment, outcome: AttemptOutcome): void;
}

/** How an attempt went, up to its commit point. */
export interface AttemptOutcome {
  /** From the attempt's start to its first meaningful chunk, the whole answer or the failure, in milliseconds. */
  readonly elapsedMs: number;
  /** `undefined`: it was answered. */
  readonly failure: FailureKind | undefined;
}
