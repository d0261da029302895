/**
 * Who may get the next attempt of a call, and when.
 *
 * Each candidate has a time before which it must not be asked: the end of its backoff within this call, and the time
 * its upstream asked for. Then, in this order:
 *
 * 1. Whoever need not wait goes before whoever must: failing over costs no time.
 * 2. Among those, whoever was not tried in this call goes first.
 * 3. Among those, whoever is not cooling down, and not being probed, is eligible; the strategy picks.
 * 4. If all are cooling down, it is the one that is back first. Their cooldown is a guess of ours (what upstreams asked
 *    for is a wait, see above), and on a guess the last ones left are not shut out.
 */

import type { PooledDeployment } from "./pooled-deployment.ts";
import type { Strategy } from "./strategies/strategy.ts";

/** What one call remembers of one deployment. */
export interface Candidate {
  readonly deployment: PooledDeployment;
  /** Attempts this call has made there. */
  attempts: number;
  /** End of the backoff within this call, in milliseconds since the epoch; `Infinity`: not again in this call. */
  notBefore: number;
}

/** Milliseconds until the first of them may be asked; 0: one may be now; `Infinity`: none in this call. */
export function shortestWait(candidates: readonly Candidate[], now: number): number {
  return Math.min(...candidates.map((candidate) => waitOf(candidate, now)));
}

/** Those that need not wait. */
export function readyNow(candidates: readonly Candidate[], now: number): readonly Candidate[] {
  return candidates.filter((candidate) => waitOf(candidate, now) === 0);
}

/** Chooses among those that need not wait. @param candidates - one of them, at least, need not */
export function chooseNext(candidates: readonly Candidate[], now: number, strategy: Strategy): Candidate {
  const ready = readyNow(candidates, now);
  const fresh = ready.filter(({ attempts }) => attempts === 0);
  const round = fresh.length > 0 ? fresh : ready;
  const eligible = round.filter(({ deployment }) => deployment.isEligible(now));
  return eligible.length > 0 ? pick(eligible, strategy) : firstBack(round);
}

function waitOf({ deployment, notBefore }: Candidate, now: number): number {
  return Math.max(0, notBefore - now, deployment.askedUntil - now);
}

function firstBack(cooling: readonly Candidate[]): Candidate {
  return cooling.reduce((first, other) =>
    other.deployment.cooldownUntil < first.deployment.cooldownUntil ? other : first,
  );
}

/** The picked one, or the first where the strategy picked nobody of these: `guarded.ts` keeps it from that. */
function pick(eligible: readonly Candidate[], strategy: Strategy): Candidate {
  const picked = strategy.pick(eligible.map(({ deployment }) => deployment));
  return eligible.reduce((first, other) => (other.deployment === picked ? other : first));
}
