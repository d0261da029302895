import { AllDeploymentsFailedError, type FailedAttempt, PromptCompilerError } from "../errors.ts";
import { reactions } from "./failure.ts";
import type { Serving } from "./pool.ts";

/**
 * What to throw when no further attempt is made: with failures, all of them; without, that nobody could be asked.
 *
 * @param waitMs - until the first deployment may be asked
 */
export function giveUp(
  { model, deployments }: Serving,
  failures: readonly FailedAttempt[],
  waitMs: number,
  now: number,
): PromptCompilerError {
  if (failures.length === 0) {
    const fact =
      waitMs > 0 ? `asks to wait, the first for ${waitMs} ms` : "is too late for the call's deadline";
    const limited = waitMs > 0 && deployments.every(({ askedBecause }) => askedBecause === "rate-limited");
    return new PromptCompilerError(
      "PC_NO_DEPLOYMENT_AVAILABLE",
      `every deployment of model "${model}" ${fact}`,
      // Whoever is told "too many requests" slows down; whoever is told "unavailable" goes elsewhere.
      { retryAfterMs: toRetryAfter(waitMs), wireCode: limited ? "rate_limit_exceeded" : undefined },
    );
  }
  const passing = failures.filter(({ error }) => reactions[error.kind].retryable && !error.final);
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
