import {
  type FailureKind,
  isAllDeploymentsFailedError,
  isPromptCompilerError,
  isProviderError,
} from "../errors.ts";

const OF_THE_REQUEST: ReadonlySet<FailureKind> = new Set([
  "invalid-request",
  "context-length-exceeded",
  "content-policy",
]);

/** Whether somebody found fault with the request itself: another one, or a part of it, may do better. */
export function isFaultOfRequest(error: unknown): boolean {
  if (isAllDeploymentsFailedError(error))
    return error.attempts.some((attempt) => isFaultOfRequest(attempt.error));
  if (isProviderError(error)) return OF_THE_REQUEST.has(error.kind);
  return isPromptCompilerError(error) && error.code === "PC_CONTEXT_TOO_LARGE";
}
