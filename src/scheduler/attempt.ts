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
 * begun. No call makes more than `maxAttempts` upstream requests.
 *
 * The position in this loop is local to it: concurrent calls share nothing but the deployments' counters.
 */

import { setMaxListeners } from "node:events";
import type { RandomSource } from "../clock.ts";
import {
  AllDeploymentsFailedError,
  type FailedAttempt,
  isPromptCompilerError,
  isProviderError,
  PromptCompilerError,
} from "../errors.ts";
import { backoffMs } from "./backoff.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import { type Candidate, chooseNext, shortestWait } from "./eligible.ts";
import { reactions } from "./failure.ts";
import type { Serving } from "./pool.ts";
import { type AttemptSetting, makeAttempt } from "./single-attempt.ts";
import type { Strategy } from "./strategies/strategy.ts";

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
}

interface RetryRules {
  readonly maxAttempts: number | undefined;
  readonly baseMs: number;
  readonly maxMs: number;
}

export const defaultRetry: RetryRules = { maxAttempts: undefined, baseMs: 500, maxMs: 10_000 };

/** What the loop needs of the scheduler it runs in. */
export interface LoopSetting extends AttemptSetting {
  readonly strategy: Strategy;
  readonly retry: RetryRules;
  readonly random: RandomSource;
}

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
  const { clock, strategy, retry, random, emit } = setting;
  const candidates = serving.deployments.map(
    (deployment): Candidate => ({ deployment, attempts: 0, notBefore: 0 }),
  );
  const maxAttempts = retry.maxAttempts ?? Math.max(3, candidates.length);
  const failures: FailedAttempt[] = [];
  const deadlineAt = clock.now() + (call.deadlineMs ?? Number.POSITIVE_INFINITY);
  let idleSince = clock.now();
  let upstreamMs = 0;
  let tooLarge: PromptCompilerError | undefined;
  // One signal may cancel any number of calls: Node's warning of a leak at the eleventh listener would be false.
  setMaxListeners(0, call.signal);

  for (;;) {
    call.signal.throwIfAborted();
    const now = clock.now();
    const waitMs = shortestWait(candidates, now);
    const mayWait = now + waitMs <= idleSince + retry.maxMs && now + waitMs < deadlineAt;
    if (failures.length >= maxAttempts || !mayWait) {
      throw failures.length === 0 && tooLarge ? tooLarge : giveUp(serving, failures, waitMs, now);
    }
    if (waitMs > 0) {
      await clock.sleep(waitMs, call.signal);
      // Others called meanwhile: an upstream may have asked for more, and another may be back.
      continue;
    }

    const candidate = chooseNext(candidates, now, strategy);
    const { deployment } = candidate;
    const sentModel = deployment.sentModel ?? serving.model;
    const number = failures.length + 1;
    candidate.attempts += 1;
    const from = failures.at(-1)?.deployment ?? deployment.id;
    if (from !== deployment.id) emit({ type: "failover", callId: call.callId, from, to: deployment.id });
    try {
      const result = await makeAttempt({ call, deployment, sentModel, number, deadlineAt }, setting);
      upstreamMs += clock.now() - now;
      return { deployment: deployment.id, sentModel, attempts: number, upstreamMs, ...result };
    } catch (error) {
      if (isPromptCompilerError(error) && error.code === "PC_CONTEXT_TOO_LARGE") {
        // Nothing was sent: what must be kept does not fit this window, and may fit another.
        tooLarge = error;
        candidate.notBefore = Number.POSITIVE_INFINITY;
        continue;
      }
      if (call.signal.aborted || !isProviderError(error)) throw error;
      const reaction = reactions[error.kind];
      if (!reaction.retry && !reaction.failover) throw error;
      failures.push({ deployment: deployment.id, error });
      idleSince = clock.now();
      upstreamMs += idleSince - now;
      const backoff = Math.max(backoffMs(candidate.attempts, retry, random), error.retryAfterMs ?? 0);
      candidate.notBefore = reaction.retry ? idleSince + backoff : Number.POSITIVE_INFINITY;
    }
  }
}

/** What to throw when no further attempt is made. @param waitMs - until the first deployment may be asked */
function giveUp(
  { model, deployments }: Serving,
  failures: readonly FailedAttempt[],
  waitMs: number,
  now: number,
): PromptCompilerError {
  if (failures.length === 0) {
    const fact =
      waitMs > 0 ? `asks to wait, the first for ${waitMs} ms` : "is too late for the call's deadline";
    return new PromptCompilerError(
      "PC_NO_DEPLOYMENT_AVAILABLE",
      `every deployment of model "${model}" ${fact}`,
      { retryAfterMs: toRetryAfter(waitMs) },
    );
  }
  const passing = failures.filter(({ error }) => reactions[error.kind].retryable);
  const backIn = passing.map(({ deployment, error }) => {
    const cooldownUntil = deployments.find(({ id }) => id === deployment)?.cooldownUntil ?? 0;
    return Math.max(cooldownUntil - now, error.retryAfterMs ?? 0);
  });
  return new AllDeploymentsFailedError(failures, {
    retryable: passing.length > 0,
    retryAfterMs: toRetryAfter(Math.min(...backIn)),
  });
}

/** A wait worth telling: neither none nor for ever. */
function toRetryAfter(ms: number): number | undefined {
  return ms > 0 && ms < Number.POSITIVE_INFINITY ? ms : undefined;
}
