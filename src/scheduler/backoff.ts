import type { RandomSource } from "../clock.ts";

interface BackoffOptions {
  /** Longest wait before the first retry, in milliseconds. */
  readonly baseMs: number;
  /** Longest wait before any retry, in milliseconds. */
  readonly maxMs: number;
}

/**
 * How long to wait before a retry: exponential backoff with full jitter.
 *
 *     wait = random · min(maxMs, baseMs · 2^(retry − 1))        0 ≤ random < 1
 *
 * The whole wait is random, not a part of it: callers that failed together then come back spread over the longest
 * time there is (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
 *
 * @param retry - 1 for the first retry of a deployment
 */
export function backoffMs(retry: number, { baseMs, maxMs }: BackoffOptions, random: RandomSource): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (retry - 1));
}
