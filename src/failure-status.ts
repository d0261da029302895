import type { FailureKind } from "./errors.ts";

/** How OpenAI's API would say it. */
export interface ErrorStatus {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  /** Told to the SDKs, which otherwise try again by themselves after 408, 409, 429 and every 5xx (wire 49). */
  readonly shouldRetry?: false;
}

/**
 * The one table from why an attempt failed to what the caller is told, where the upstream's own answer is not
 * relayed. That our credentials or our account were refused is the gateway's fault towards its caller: a 502, never a
 * 401 that would make the caller doubt its own key.
 */
export const failureStatus: Readonly<Record<FailureKind, ErrorStatus>> = {
  "rate-limited": { status: 429, type: "requests", code: "rate_limit_exceeded" },
  "quota-exhausted": {
    status: 429,
    type: "insufficient_quota",
    code: "insufficient_quota",
    shouldRetry: false,
  },
  unauthorized: { status: 502, type: "server_error", code: "upstream_unauthorized", shouldRetry: false },
  "payment-required": {
    status: 502,
    type: "server_error",
    code: "upstream_unauthorized",
    shouldRetry: false,
  },
  forbidden: { status: 502, type: "server_error", code: "upstream_unauthorized", shouldRetry: false },
  "not-found": { status: 404, type: "invalid_request_error", code: "model_not_found" },
  overloaded: { status: 503, type: "server_error", code: "server_is_overloaded" },
  "server-error": { status: 502, type: "server_error", code: "upstream_error" },
  timeout: { status: 504, type: "server_error", code: "upstream_timeout" },
  network: { status: 502, type: "server_error", code: "upstream_unreachable" },
  "malformed-response": { status: 502, type: "server_error", code: "upstream_malformed_response" },
  "context-length-exceeded": { status: 400, type: "invalid_request_error", code: "context_length_exceeded" },
  "content-policy": { status: 400, type: "invalid_request_error", code: "content_policy_violation" },
  conflict: { status: 409, type: "invalid_request_error", code: "conflict" },
  "invalid-request": { status: 400, type: "invalid_request_error", code: null },
};
