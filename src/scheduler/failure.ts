/**
 * What follows from a failed attempt: the one table of it. Ask of each kind whose fault it is. The request's: nobody
 * else will do better. The deployment's: somebody else may. The moment's: waiting helps.
 *
 * A cancelled attempt is no failure and has no row.
 */

import type { FailureKind } from "../errors.ts";

interface Reaction {
  /** The same deployment may be asked again, after a backoff. */
  readonly retry: boolean;
  /** Another deployment may do better. */
  readonly failover: boolean;
  /** It speaks against the deployment: a cooldown starts or goes on. */
  readonly unhealthy: boolean;
  /** The same call, made again later, may succeed: told to the caller. */
  readonly retryable: boolean;
}

/** Reactions by kind. */
export const reactions: Readonly<Record<FailureKind, Reaction>> = {
  // The moment's: it passes by itself, here or elsewhere.
  "rate-limited": { retry: true, failover: true, unhealthy: true, retryable: true },
  overloaded: { retry: true, failover: true, unhealthy: true, retryable: true },
  "server-error": { retry: true, failover: true, unhealthy: true, retryable: true },
  network: { retry: true, failover: true, unhealthy: true, retryable: true },
  // Half an answer or none: whatever cut it may be gone at the next attempt.
  "malformed-response": { retry: true, failover: true, unhealthy: true, retryable: true },
  // The caller has waited long already: whoever was slow is not asked twice in one call.
  timeout: { retry: false, failover: true, unhealthy: true, retryable: true },
  // Something else holds what this call needs; says nothing of the deployment's health.
  conflict: { retry: true, failover: true, unhealthy: false, retryable: true },

  // The deployment's: somebody must pay, or change a key; until then every call there fails.
  "quota-exhausted": { retry: false, failover: true, unhealthy: true, retryable: false },
  unauthorized: { retry: false, failover: true, unhealthy: true, retryable: false },
  "payment-required": { retry: false, failover: true, unhealthy: true, retryable: false },
  forbidden: { retry: false, failover: true, unhealthy: true, retryable: false },

  // The request's, at this deployment: a larger window, another catalogue or a laxer filter elsewhere may take it. None
  // of them is unhealthy: behind a pattern, a name nobody serves must not shut out the names that are served.
  "not-found": { retry: false, failover: true, unhealthy: false, retryable: false },
  "context-length-exceeded": { retry: false, failover: true, unhealthy: false, retryable: false },
  "content-policy": { retry: false, failover: true, unhealthy: false, retryable: false },

  // The request's, everywhere.
  "invalid-request": { retry: false, failover: false, unhealthy: false, retryable: false },
};
