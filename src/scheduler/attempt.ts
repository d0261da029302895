/**
 * The loop over the attempts of one call: the only retry and failover loop of the library.
 *
 *     choose ──▶ attempt ──▶ commit point: the answer is the caller's
 *       ▲           │ fails
 *       │           ├── nobody will do better (an invalid request): the failure itself is thrown
 *       │           ▼
 *       └── what failure.ts says: not there again, or there after a backoff
 *
 * Another deployment is tried before the same one, and at once; only when each has had its attempt does the call wait,
 * for its backoff or for as long as an upstream asked. A wait longer than `maxMs`, or past the call's deadline, is not
 * begun. A failure that is the key's or the account's is that of every deployment behind it: none of them is tried.
 *
 * No call makes more than `maxAttempts` upstream requests, and a deployment gets no more retries than its budget holds.
 * One thing is free, once a call: a connection that was found closed, with no byte of an answer, is taken to be old and
 * is replaced. The attempt is told of, but counts for nothing.
 *
 * The position in this loop is local to it: concurrent calls share nothing but the deployments' counters.
 */

import { setMaxListeners } from "node:events";
import type { RandomSource } from "../clock.ts";
import {
  type FailedAttempt,
  isPromptCompilerError,
  isProviderError,
  type PromptCompilerError,
} from "../errors.ts";
import { backoffMs } from "./backoff.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import { type Candidate, chooseNext, readyNow, shortestWait } from "./eligible.ts";
import { reactions } from "./failure.ts";
import { giveUp } from "./give-up.ts";
import type { Limits, Place } from "./limits.ts";
import { type Contender, type Hedging, hedged } from "./policies/hedge.ts";
import type { RetryBudgetRules } from "./policies/retry-budget.ts";
import type { Serving } from "./pool.ts";
import { type AttemptSetting, makeAttempt } from "./single-attempt.ts";

export interface RetryOptions {
  /**
   * Upstream requests a call may make, the first included.
   * @defaultValue 3, or as many as there are deployments for the model, if those are more
   */
  readonly maxAttempts?: number | undefined;
  /** Longest wait before the first retry, in milliseconds; doubles with each. @defaultValue 500 */
  readonly baseMs?: number | undefined;
  /** Longest wait a call begins, for a backoff or a `Retry-After`, in milliseconds. @defaultValue 10_000 */
  readonly maxMs?: number | undefined;
  /** Retries that each answer of a deployment earns it. @defaultValue 0.2 */
  readonly budgetShare?: number | undefined;
  /** Retries a deployment may get without any answer; one a second comes back. @defaultValue 10 */
  readonly budgetReserve?: number | undefined;
}

export interface RetryRules extends RetryBudgetRules {
  readonly maxAttempts: number | undefined;
  readonly baseMs: number;
  readonly maxMs: number;
}

export const defaultRetry: RetryRules = {
  maxAttempts: undefined,
  baseMs: 500,
  maxMs: 10_000,
  budgetShare: 0.2,
  budgetReserve: 10,
};

/** What the loop needs of the scheduler it runs in. */
export interface LoopSetting extends AttemptSetting {
  readonly retry: RetryRules;
  readonly random: RandomSource;
  /** `undefined`: off. */
  readonly hedging: Hedging | undefined;
  /** `undefined`: no deployment has any. */
  readonly limits: Limits | undefined;
}

type Answered = Omit<ScheduledAnswer, "upstreamMs">;

/**
 * Makes attempts until one reaches its commit point.
 *
 * @throws AllDeploymentsFailedError with every attempt; the `ProviderError` itself where no other deployment could do
 *   better; PromptCompilerError `PC_NO_DEPLOYMENT_AVAILABLE` if no attempt could be made; `signal.reason` on abort
 */
export async function attemptUntilAnswered(
  call: ScheduledCall,
  serving: Serving,
  setting: LoopSetting,
): Promise<ScheduledAnswer> {
  const { clock, strategy, retry, random, emit, hedging, limits } = setting;
  const candidates = serving.deployments.map(
    (deployment): Candidate => ({ deployment, attempts: 0, notBefore: 0 }),
  );
  const maxAttempts = retry.maxAttempts ?? Math.max(3, candidates.length);
  const failures: FailedAttempt[] = [];
  const deadlineAt = clock.now() + (call.deadlineMs ?? Number.POSITIVE_INFINITY);
  const latencyKind = `${serving.deployments[0]?.model} ${call.stream ? "streamed" : "whole"}`;
  const hedgeAfterMs = hedging?.delayFor(latencyKind);
  let begun = 0;
  let replaced = 0;
  let idleSince = clock.now();
  let upstreamMs = 0;
  let tooLarge: PromptCompilerError | undefined;
  // One signal may cancel any number of calls: Node's warning of a leak at the eleventh listener would be false.
  setMaxListeners(0, call.signal);

  /** Makes one attempt, two where the connection was old. @returns `undefined` if it failed and the call goes on */
  const ask = async (
    candidate: Candidate,
    signal: AbortSignal,
    place?: Place<Candidate>,
  ): Promise<Answered | undefined> => {
    const { deployment } = candidate;
    const lease = place === undefined ? limits && (await limits.tryTake(call, deployment.id)) : place.lease;
    // A hedge waits for no room.
    if (lease === "none") return undefined;
    const sentModel = deployment.sentModel ?? serving.model;
    const startedAt = clock.now();
    begun += 1;
    const attempts = begun;
    candidate.attempts += 1;
    try {
      const plan = { call, deployment, sentModel, number: attempts, deadlineAt, signal, lease };
      const result = await makeAttempt(plan, setting);
      hedging?.observe(latencyKind, clock.now() - startedAt);
      return { deployment: deployment.id, sentModel, attempts, ...result };
    } catch (error) {
      // Where the attempt began it has settled the lease itself; otherwise nothing was sent.
      lease?.cancel();
      if (call.signal.aborted) throw error;
      // Another attempt of this call was answered first.
      if (signal.aborted) return undefined;
      if (isPromptCompilerError(error) && error.code === "PC_CONTEXT_TOO_LARGE") {
        // Nothing was sent: what must be kept does not fit this window, and may fit another.
        begun -= 1;
        tooLarge = error;
        candidate.notBefore = Number.POSITIVE_INFINITY;
        return undefined;
      }
      if (!isProviderError(error)) throw error;
      const reaction = reactions[error.kind];
      if (!reaction.retry && !reaction.failover) throw error;
      failures.push({ deployment: deployment.id, error });
      if (error.staleConnection && replaced === 0) {
        replaced = 1;
        candidate.attempts -= 1;
        return ask(candidate, signal);
      }
      idleSince = clock.now();
      const mayRetry = reaction.retry && !error.final && deployment.retries.hasRetry(idleSince);
      const backoff = Math.max(backoffMs(candidate.attempts, retry, random), error.retryAfterMs ?? 0);
      const notBefore = mayRetry ? idleSince + backoff : Number.POSITIVE_INFINITY;
      for (const other of candidates) {
        if (deployment.speaksFor(other.deployment, error.kind)) {
          other.notBefore = Math.max(other.notBefore, notBefore);
        }
      }
      return undefined;
    }
  };

  /** Somebody who has not been asked and is well, where the budgets allow it. */
  const hedge = (): Contender<Answered> | undefined => {
    const now = clock.now();
    const fresh = candidates.filter(
      ({ deployment, attempts, notBefore }) =>
        attempts === 0 && notBefore <= now && deployment.isEligible(now),
    );
    if (fresh.length === 0 || begun - replaced >= maxAttempts || !hedging?.tryDraw()) return undefined;
    const candidate = chooseNext(fresh, now, strategy);
    emit({ type: "hedge", callId: call.callId, to: candidate.deployment.id });
    return (signal) => ask(candidate, signal);
  };

  for (;;) {
    call.signal.throwIfAborted();
    const now = clock.now();
    const waitMs = shortestWait(candidates, now);
    const mayWait = now + waitMs <= idleSince + retry.maxMs && now + waitMs < deadlineAt;
    if (begun - replaced >= maxAttempts || !mayWait) {
      throw failures.length === 0 && tooLarge ? tooLarge : giveUp(serving, failures, waitMs, now);
    }
    if (waitMs > 0) {
      await clock.sleep(waitMs, call.signal);
      // Others called meanwhile: an upstream may have asked for more, and another may be back.
      continue;
    }

    const choose = (open: readonly Candidate[]): Candidate => chooseNext(open, now, strategy);
    const place =
      limits === undefined
        ? { candidate: choose(candidates), lease: undefined }
        : await limits.take(call, deadlineAt, readyNow(candidates, now), choose);
    const { candidate, lease } = place;
    const { deployment } = candidate;
    const startedAt = limits === undefined ? now : clock.now();
    if (startedAt > now && shortestWait([candidate], startedAt) > 0) {
      // While it waited for room there, somebody else was told to stay away.
      lease?.cancel();
      continue;
    }
    if (candidate.attempts > 0 && !deployment.retries.tryDraw(startedAt)) {
      lease?.cancel();
      candidate.notBefore = Number.POSITIVE_INFINITY;
      continue;
    }
    const from = failures.at(-1)?.deployment ?? deployment.id;
    if (from !== deployment.id) emit({ type: "failover", callId: call.callId, from, to: deployment.id });
    const first = (signal: AbortSignal): Promise<Answered | undefined> => ask(candidate, signal, place);
    const answer =
      hedgeAfterMs === undefined
        ? await first(call.signal)
        : await hedged({ clock, delayMs: hedgeAfterMs, signal: call.signal, first, second: hedge });
    upstreamMs += clock.now() - startedAt;
    if (answer !== undefined) return { ...answer, attempts: begun, upstreamMs };
  }
}
