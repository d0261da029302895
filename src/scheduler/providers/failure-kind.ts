/**
 * Why an upstream refused, from what it says: its status, its codes and, where neither is clear, its words.
 *
 * The vendor's codes come first, since one status stands for several things: 429 is a rate limit as well as an empty
 * account, 400 a mistake as well as a prompt too long. Words come last and only where the status means "something is
 * wrong with this request": there several vendors give no code for what matters most, a prompt too long for this model
 * but not for others.
 */

import type { FailureKind } from "../../errors.ts";

/** What an upstream said when it refused; absent where it did not say. */
export interface Refusal {
  readonly status: number;
  /** Its names for the failure, the most exact first: `code`, `type`, `status` of the error object. */
  readonly codes: readonly string[];
  readonly message?: string | undefined;
}

/** What statuses mean at one vendor, where that is not what they mean elsewhere. */
export type StatusKinds = Readonly<Record<number, FailureKind>>;

/** The kind of a refusal. @param own - what statuses mean at this vendor */
export function failureKind(refusal: Refusal, own: StatusKinds = {}): FailureKind {
  const coded = kindOfCodes(refusal.codes);
  if (coded !== undefined) return coded;
  // A rate limit that comes as "too large" is one that no waiting helps: the request alone is above it.
  if (UNCLEAR.has(refusal.status) && refusal.message !== undefined) {
    const words = refusal.message.slice(0, LONGEST_MESSAGE);
    const told = KIND_BY_WORDS.find(([pattern]) => pattern.test(words));
    if (told !== undefined) return told[1];
  }
  return own[refusal.status] ?? kindOfStatus(refusal.status);
}

/** What the first code that is known stands for; `undefined`: none is. */
export function kindOfCodes(codes: readonly string[]): FailureKind | undefined {
  return codes.map((code) => KIND_BY_CODE.get(code.toLowerCase())).find((kind) => kind !== undefined);
}

const KIND_BY_CODE: ReadonlyMap<string, FailureKind> = new Map<string, FailureKind>([
  ["context_length_exceeded", "context-length-exceeded"],
  ["exceed_context_size_error", "context-length-exceeded"],
  ["request_too_large", "context-length-exceeded"],
  ["insufficient_quota", "quota-exhausted"],
  ["billing_hard_limit_reached", "quota-exhausted"],
  ["billing_not_active", "payment-required"],
  ["billing_error", "payment-required"],
  ["content_filter", "content-policy"],
  ["content_policy_violation", "content-policy"],
  ["moderation_blocked", "content-policy"],
  ["responsibleaipolicyviolation", "content-policy"],
  ["model_not_found", "not-found"],
  ["deploymentnotfound", "not-found"],
  ["invalid_model", "not-found"],
  ["invalid_api_key", "unauthorized"],
  ["authentication_error", "unauthorized"],
  ["permission_error", "forbidden"],
  ["rate_limit_error", "rate-limited"],
  ["not_found_error", "not-found"],
  ["timeout_error", "timeout"],
  ["overloaded_error", "overloaded"],
  ["server_is_overloaded", "overloaded"],
  ["engine_overloaded_error", "overloaded"],
  ["slow_down", "overloaded"],
  // Google's: https://cloud.google.com/apis/design/errors#error_codes. INVALID_ARGUMENT says too little: its words decide.
  ["api_key_invalid", "unauthorized"],
  ["unauthenticated", "unauthorized"],
  ["permission_denied", "forbidden"],
  // Of the place the key is used from, or of an account without billing: nothing that the request could do about it.
  ["failed_precondition", "forbidden"],
  ["billing_disabled", "payment-required"],
  ["not_found", "not-found"],
  ["resource_exhausted", "rate-limited"],
  ["unavailable", "overloaded"],
  ["deadline_exceeded", "timeout"],
  ["internal", "server-error"],
  ["aborted", "conflict"],
]);

/** Statuses that say no more than that the request was not taken. */
const UNCLEAR: ReadonlySet<number> = new Set([400, 403, 413, 422]);

/** Enough for any vendor's sentence; more may be a quoted prompt, and the patterns are not meant for prompts. */
const LONGEST_MESSAGE = 1000;

const KIND_BY_WORDS: readonly (readonly [RegExp, FailureKind])[] = [
  // OpenAI and vLLM "maximum context length is"; SGLang "longer than the model's context length"; llama.cpp "exceeds the
  // available context size"; Anthropic "prompt is too long", "exceed context limit"; Gemini "input token count exceeds".
  [
    /maximum context length|model's context length|available context size|prompt is too long|exceed context limit|(?:input )?token count .{0,40}exceeds|exceeds? the context window/i,
    "context-length-exceeded",
  ],
  // Gemini "API key not valid" and xAI "Incorrect API key provided" come as 400.
  [/api key not valid|(?:incorrect|invalid) api key/i, "unauthorized"],
  // Anthropic "Your credit balance is too low" comes as 400.
  [/credit balance is too low|insufficient balance/i, "payment-required"],
  // OpenRouter "is not a valid model ID" comes as 400; "your input was flagged" as 403.
  [/not a valid model id/i, "not-found"],
  [
    /input was flagged|content (?:management|filtering) policy|rejected .{0,40}safety system/i,
    "content-policy",
  ],
];

function kindOfStatus(status: number): FailureKind {
  const kind = KIND_BY_STATUS[status];
  if (kind !== undefined) return kind;
  if (status >= 500) return "server-error";
  return status >= 400 ? "invalid-request" : "malformed-response";
}

const KIND_BY_STATUS: Readonly<Record<number, FailureKind>> = {
  401: "unauthorized",
  402: "payment-required",
  403: "forbidden",
  404: "not-found",
  405: "not-found",
  408: "timeout",
  409: "conflict",
  410: "not-found",
  413: "context-length-exceeded",
  429: "rate-limited",
  503: "overloaded",
  504: "timeout",
  // Cloudflare's: the origin did not connect, did not answer in time.
  522: "timeout",
  524: "timeout",
  529: "overloaded",
};
