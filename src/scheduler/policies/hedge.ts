/**
 * Hedging: a second attempt elsewhere when the first is slower than almost all before it (Dean and Barroso, "The Tail at
 * Scale"). Off unless it is asked for.
 *
 *     first   ├──────────── p95 ────────────┤ · · · · · · ✕ cancelled
 *     second                                ├───────┤ commit point: the answer is the caller's
 *
 * The delay is a quantile of the time to the commit point, learned per model, apart for streamed and whole answers: nothing
 * is hedged before sixteen were seen. Whoever reaches its commit point first wins, and the other is cancelled, which says
 * nothing of its health. If one fails, the other goes on.
 *
 * A hedge is an upstream request like any other: it counts in the call's attempts and against `maxAttempts`. Each call
 * earns `budget` of a hedge, so that no more than this share of the calls is made twice, however slow everybody is.
 * Every call may be hedged: all that is asked of a model can be asked twice, since until the commit point nothing
 * has happened but that it was computed.
 */

import { type Clock, startTimer } from "../../clock.ts";
import { LatencyQuantile } from "./latency-quantile.ts";

/** When a slow attempt gets company. */
export interface HedgeOptions {
  /** Share of the attempts that are quicker than the delay. @defaultValue 0.95 */
  readonly quantile?: number | undefined;
  /** Hedges there may be for each call. @defaultValue 0.05 */
  readonly budget?: number | undefined;
  /** The shortest delay, in milliseconds. @defaultValue 100 */
  readonly minDelayMs?: number | undefined;
}

export type HedgeRules = { readonly [Name in keyof HedgeOptions]-?: number };

export const defaultHedge: HedgeRules = { quantile: 0.95, budget: 0.05, minDelayMs: 100 };

/** What quiet times may save up for a bad moment. */
const MOST_SAVED = 10;

/** The delays and the budget of one scheduler. */
export class Hedging {
  readonly rules: HedgeRules;
  readonly #latencies = new Map<string, LatencyQuantile>();
  #hedges = 0;

  /** @throws RangeError if `quantile` is not below 1 */
  constructor(rules: HedgeRules) {
    if (rules.quantile >= 1) {
      throw new RangeError(`createScheduler: hedge.quantile must be below 1, got ${rules.quantile}`);
    }
    this.rules = rules;
  }

  /**
   * A call begins.
   *
   * @param kind - what its latency is compared with; of a closed set
   * @returns the delay, in milliseconds; `undefined`: too little is known
   */
  delayFor(kind: string): number | undefined {
    this.#hedges = Math.min(MOST_SAVED, this.#hedges + this.rules.budget);
    const usual = this.#latencies.get(kind)?.value;
    return usual === undefined ? undefined : Math.max(this.rules.minDelayMs, usual);
  }

  /** An attempt reached its commit point. */
  observe(kind: string, ms: number): void {
    let latency = this.#latencies.get(kind);
    if (latency === undefined) {
      latency = new LatencyQuantile(this.rules.quantile);
      this.#latencies.set(kind, latency);
    }
    latency.observe(ms);
  }

  /** Takes a hedge. @returns whether there was one */
  tryDraw(): boolean {
    // Twenty times 0.05 is a little less than 1.
    if (this.#hedges < 1 - 1e-9) return false;
    this.#hedges -= 1;
    return true;
  }
}

/** Makes something happen, until `signal` aborts; `undefined`: it failed, and that was noted. */
export type Contender<T> = (signal: AbortSignal) => Promise<T | undefined>;

interface Race<T> {
  readonly clock: Clock;
  readonly delayMs: number;
  readonly signal: AbortSignal;
  readonly first: Contender<T>;
  /** Asked when the delay is over; `undefined`: there is nobody. */
  readonly second: () => Contender<T> | undefined;
}

/**
 * What the first of them that has an answer answers; `undefined` if all that began have failed.
 *
 * @throws what one of them throws, at once; the other is then cancelled
 */
export async function hedged<T>({ clock, delayMs, signal, first, second }: Race<T>): Promise<T | undefined> {
  const running = begin(first, signal);
  const isLate = await new Promise<boolean>((resolve) => {
    const stop = startTimer(clock, delayMs, () => resolve(true));
    const inTime = (): void => {
      stop();
      resolve(false);
    };
    running.outcome.then(inTime, inTime);
  });
  const other = isLate ? second() : undefined;
  if (other === undefined) return running.outcome;
  return firstAnswer([running, begin(other, signal)]);
}

interface Running<T> {
  readonly outcome: Promise<T | undefined>;
  cancel(): void;
}

function begin<T>(contender: Contender<T>, signal: AbortSignal): Running<T> {
  const controller = new AbortController();
  return {
    outcome: contender(AbortSignal.any([signal, controller.signal])),
    cancel: () => controller.abort(new Error("another attempt was answered first")),
  };
}

function firstAnswer<T>(all: readonly Running<T>[]): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let left = all.length;
    for (const one of all) {
      const cancelOthers = (): void => {
        for (const other of all) if (other !== one) other.cancel();
      };
      one.outcome.then(
        (answer) => {
          left -= 1;
          if (answer !== undefined) cancelOthers();
          if (answer !== undefined || left === 0) resolve(answer);
        },
        (error: unknown) => {
          cancelOthers();
          reject(error);
        },
      );
    }
  });
}
