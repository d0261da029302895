import type { FailureKind } from "../../errors.ts";

/** The first cooldown; each further one without an answer in between is twice as long. */
const FIRST_MS = 1_000;
const LONGEST_GUESS_MS = 60_000;
/** An upstream may ask for days; an attempt an hour is a fair price for noticing that it was wrong or is back. */
const LONGEST_ASKED_MS = 3_600_000;

/** What only a human ends: a key to be changed, a bill to be paid. */
const UNTIL_SOMEBODY_ACTS: ReadonlySet<FailureKind> = new Set([
  "unauthorized",
  "payment-required",
  "forbidden",
  "quota-exhausted",
]);

/**
 * How long a deployment is not eligible after an unhealthy failure, in milliseconds.
 *
 *     the upstream said how long           that long, at most an hour
 *     bad key, unpaid bill, no quota       60 s
 *     anything else                        1 s, 2 s, 4 s … 60 s, by cooldowns in a row
 *
 * @param inARow - at least 1, this one included
 */
export function cooldownMs(kind: FailureKind, inARow: number, retryAfterMs: number | undefined): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_ASKED_MS);
  if (UNTIL_SOMEBODY_ACTS.has(kind)) return LONGEST_GUESS_MS;
  return Math.min(LONGEST_GUESS_MS, FIRST_MS * 2 ** (inARow - 1));
}
