/**
 * Lowest latency: the faster of two deployments drawn at random, by the time they take to their first chunk and by how
 * much they have to do already.
 *
 *     load[d] = estimate[d] · (1 + attempts under way[d] / (weight[d] · share[d]))
 *
 * The estimate is a moving average that is quick to believe the worse (Finagle's peak EWMA):
 *
 *     elapsed > estimate     estimate = elapsed
 *     otherwise              estimate = w · estimate + (1 − w) · elapsed     w = exp(−Δt / decayMs)
 *
 * Δt is the time since the estimate last changed, so a thousand calls a second count as much as one. Two choices, where
 * taking the best of all would send every call at once to whoever was fast a moment ago.
 *
 *     unknown   no answer yet, or none for `forgetMs`: goes first, with one attempt at a time, so that finding out about
 *               a slow one costs one call
 *     failed    did not answer when it was unknown: slower than everybody, until it answers or is forgotten
 *
 * A failure never makes an estimate better; one that took long, a timeout, makes it worse. An answer that is not
 * streamed counts with its whole length: a pool in which some calls stream compares the two all the same, evenly.
 *
 * Estimates change with outcomes, not with picks. O(eligible) a pick, two of them compared.
 */
import { type Clock, type RandomSource, systemClock } from "../../clock.ts";
import type { Deployment } from "../deployment.ts";
import { leastConnections } from "./least-connections.ts";
import type { Strategy } from "./strategy.ts";

export interface LowestLatencyOptions {
  /** How slowly an estimate falls, in milliseconds: after so long, a better value counts for two thirds. @defaultValue 30_000 */
  readonly decayMs?: number | undefined;
  /** How long an estimate holds without a further answer, in milliseconds. @defaultValue 300_000 */
  readonly forgetMs?: number | undefined;
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
  /** @defaultValue Math.random */
  readonly random?: RandomSource | undefined;
}

export const lowestLatencyDefaults = { decayMs: 30_000, forgetMs: 300_000 };

/** What is known of one deployment. */
interface Estimate {
  /** Milliseconds to the first chunk; `Infinity`: failed. */
  readonly latencyMs: number;
  /** When that was learned, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The faster of two drawn at random.
 *
 * @throws RangeError if a length of time is not a positive number
 */
export function lowestLatency(options: LowestLatencyOptions = {}): Strategy {
  const { clock = systemClock, random = Math.random } = options;
  const decayMs = positive("decayMs", options.decayMs);
  const forgetMs = positive("forgetMs", options.forgetMs);
  const estimates = new WeakMap<object, Estimate>();
  const unknownOnes = leastConnections();

  const estimateOf = (deployment: Deployment, now: number): Estimate | undefined => {
    const estimate = estimates.get(deployment.identity);
    return estimate && now < estimate.at + forgetMs ? estimate : undefined;
  };
  const loadOf = (deployment: Deployment): number => {
    const latencyMs = estimates.get(deployment.identity)?.latencyMs ?? 0;
    return latencyMs * (1 + deployment.inFlight / (deployment.weight * deployment.share));
  };

  return {
    name: "lowest-latency",

    pick(eligible) {
      const now = clock.now();
      const known = eligible.filter((deployment) => estimateOf(deployment, now) !== undefined);
      if (known.length < eligible.length) {
        const unknown = eligible.filter((deployment) => !known.includes(deployment));
        const idle = unknown.filter(({ inFlight }) => inFlight === 0);
        if (idle.length > 0) return unknownOnes.pick(idle);
        if (known.length === 0) return unknownOnes.pick(unknown);
      }
      const [one, other] = drawTwo(known, random);
      return loadOf(other) < loadOf(one) ? other : one;
    },

    observe(deployment, { elapsedMs, failure }) {
      const now = clock.now();
      const estimate = estimateOf(deployment, now);
      const latencyMs = failure ? afterFailure(estimate, elapsedMs) : afterAnswer(estimate, elapsedMs, now);
      if (latencyMs !== estimate?.latencyMs) estimates.set(deployment.identity, { latencyMs, at: now });
    },
  };

  function afterAnswer(estimate: Estimate | undefined, elapsedMs: number, now: number): number {
    if (estimate === undefined || estimate.latencyMs === Number.POSITIVE_INFINITY) return elapsedMs;
    if (elapsedMs > estimate.latencyMs) return elapsedMs;
    const kept = Math.exp((estimate.at - now) / decayMs);
    return kept * estimate.latencyMs + (1 - kept) * elapsedMs;
  }
}

function afterFailure(estimate: Estimate | undefined, elapsedMs: number): number {
  return estimate ? Math.max(estimate.latencyMs, elapsedMs) : Number.POSITIVE_INFINITY;
}

/** Two of them, different ones where there are two. @param from - at least one */
function drawTwo<T>(from: readonly T[], random: RandomSource): [T, T] {
  const first = Math.floor(random() * from.length);
  const second = Math.floor(random() * (from.length - 1));
  const one = from[first] as T;
  return [one, from[second < first ? second : second + 1] ?? one];
}

function positive(name: keyof typeof lowestLatencyDefaults, given: number | undefined): number {
  const value = given ?? lowestLatencyDefaults[name];
  if (value > 0) return value;
  throw new RangeError(`lowestLatency: ${name} must be a positive number of milliseconds, got ${value}`);
}
