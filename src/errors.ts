/**
 * The errors of this library. Match on `code`: codes are stable between major versions, messages are not.
 * Cancellation is not among them: an aborted call rejects with its own `signal.reason`.
 *
 * Their names are set by way of `this`: a class that speaks of itself by name gets another one from the bundler, and
 * would print as `_ProviderError`.
 */

import type { Wire } from "./wires/wire.ts";

/** What went wrong, for programs. Mistakes in options are a `TypeError` or `RangeError` without a code. */
export type ErrorCode =
  /** One attempt at one deployment failed; see `ProviderError`. */
  | "PC_PROVIDER_FAILED"
  /** Every attempt failed; see `AllDeploymentsFailedError`. */
  | "PC_ALL_DEPLOYMENTS_FAILED"
  /** The model is served, but every deployment of it is cooling down; see `retryAfterMs`. */
  | "PC_NO_DEPLOYMENT_AVAILABLE"
  /** Too much is under way to take the call, or to take it in time; see `retryAfterMs`. */
  | "PC_QUEUE_FULL"
  /** No deployment serves the requested model. */
  | "PC_MODEL_NOT_FOUND"
  /** What must be kept is larger than the token budget or the context window. */
  | "PC_CONTEXT_TOO_LARGE"
  /** The request is not what its wire demands; `param` names the field. */
  | "PC_INVALID_REQUEST"
  /** The call wanted an answer from the cache or none, and there is none. */
  | "PC_NOT_CACHED"
  /** The caller may not do this; the message says what to configure. */
  | "PC_FORBIDDEN"
  /** Not to be done with this storage or without it; the message names the directory. */
  | "PC_STORAGE_UNAVAILABLE"
  /** The compiler was closed. */
  | "PC_CLOSED";

/** Facts that some codes carry. */
export interface ErrorFacts {
  /** The request field at fault, in the wire's own spelling, e.g. "messages[2].role". */
  readonly param?: string | undefined;
  /** The code by which the wire's own error bodies name it, e.g. "missing_required_parameter". */
  readonly wireCode?: string | undefined;
  /** Milliseconds after which the same call may succeed. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Base of every error this library throws on purpose. */
export class PromptCompilerError extends Error {
  static {
    Object.defineProperty(this.prototype, "name", { value: "PromptCompilerError" });
  }
  readonly code: ErrorCode;
  readonly param: string | undefined;
  readonly wireCode: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.param = facts.param;
    this.wireCode = facts.wireCode;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** Like `instanceof PromptCompilerError`, and true as well for an error from another copy of this package. */
export function isPromptCompilerError(value: unknown): value is PromptCompilerError {
  // Not by its class: an error of another realm, as test runners have them, is no `Error` here.
  return (
    typeof value === "object" && value !== null && "code" in value && String(value.code).startsWith("PC_")
  );
}

/** Why an attempt failed. `scheduler/failure.ts` says what follows from each. */
export type FailureKind =
  | "rate-limited"
  | "quota-exhausted"
  | "unauthorized"
  | "payment-required"
  | "forbidden"
  | "not-found"
  | "overloaded"
  | "server-error"
  | "timeout"
  | "network"
  | "malformed-response"
  | "context-length-exceeded"
  | "content-policy"
  | "conflict"
  | "invalid-request";

/** What an upstream answered, byte for byte, when it refused. */
export interface UpstreamReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The wire in whose words it is; absent: the caller's own. */
  readonly wire?: Wire | undefined;
}

export interface ProviderFacts {
  /** HTTP status of the upstream's answer; absent if there was none. */
  readonly status?: number | undefined;
  /** What the upstream asked us to wait, in milliseconds; absent if it did not say. */
  readonly retryAfterMs?: number | undefined;
  /** The upstream's own error code, e.g. "model_not_found"; absent if it gave none. */
  readonly upstreamCode?: string | undefined;
  /** The refusal as it came, to be relayed to the caller. */
  readonly reply?: UpstreamReply | undefined;
  /** The upstream said that the same request will not do better there. @defaultValue false */
  readonly final?: boolean | undefined;
  /** A connection that had served was found closed, or took no more: the upstream gave no byte. @defaultValue false */
  readonly staleConnection?: boolean | undefined;
  readonly cause?: unknown;
}

/** One attempt at one deployment failed. */
export class ProviderError extends PromptCompilerError {
  static {
    Object.defineProperty(this.prototype, "name", { value: "ProviderError" });
  }
  readonly kind: FailureKind;
  readonly status: number | undefined;
  readonly upstreamCode: string | undefined;
  /** The upstream said that the same request will not do better there: `x-should-retry: false`. */
  readonly final: boolean;
  /** The same request may well succeed at once, on a fresh connection. */
  readonly staleConnection: boolean;
  /** Not enumerable: an upstream's words may quote the prompt, so no logger prints them unasked. */
  declare readonly reply: UpstreamReply | undefined;

  constructor(kind: FailureKind, message: string, facts: ProviderFacts = {}) {
    super("PC_PROVIDER_FAILED", message, facts);
    this.kind = kind;
    this.status = facts.status;
    this.upstreamCode = facts.upstreamCode;
    this.final = facts.final ?? false;
    this.staleConnection = facts.staleConnection ?? false;
    Object.defineProperty(this, "reply", { value: facts.reply, enumerable: false });
  }
}

/** Like `instanceof ProviderError`, and true as well for an error from another copy of this package. */
export function isProviderError(value: unknown): value is ProviderError {
  return isPromptCompilerError(value) && value.code === "PC_PROVIDER_FAILED";
}

/** One line of the history of a call. */
export interface FailedAttempt {
  /** Id of the deployment. */
  readonly deployment: string;
  readonly error: ProviderError;
}

/** No attempt succeeded. `attempts` has every one, in order; the last is the `cause`. */
export class AllDeploymentsFailedError extends PromptCompilerError {
  static {
    Object.defineProperty(this.prototype, "name", {
      value: "AllDeploymentsFailedError",
    });
  }
  readonly attempts: readonly FailedAttempt[];
  /** Whether the same call, made again later, may succeed. */
  readonly retryable: boolean;

  constructor(
    attempts: readonly FailedAttempt[],
    facts: { retryable: boolean; retryAfterMs?: number | undefined },
  ) {
    const told = attempts.map(({ deployment, error }) => `${deployment}: ${error.message}`).join("; ");
    super("PC_ALL_DEPLOYMENTS_FAILED", `all ${attempts.length} attempts failed: ${told}`, {
      retryAfterMs: facts.retryAfterMs,
      cause: attempts.at(-1)?.error,
    });
    this.attempts = attempts;
    this.retryable = facts.retryable;
  }
}

/** Like `instanceof AllDeploymentsFailedError`, and true as well for an error from another copy of this package. */
export function isAllDeploymentsFailedError(value: unknown): value is AllDeploymentsFailedError {
  return isPromptCompilerError(value) && value.code === "PC_ALL_DEPLOYMENTS_FAILED";
}
