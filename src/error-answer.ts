/**
 * What a failed call is told, as the vendor of its wire would say it: a status and a body (wire 47–50, 58). Over HTTP it is
 * the answer, in a batch the line.
 *
 *     an upstream's refusal         as it came, status and bytes, if it is a JSON object …
 *                                   … in the words of the called wire, where the upstream speaks another …
 *                                   … unless it is about our credentials: then 502, in our words
 *     no answer from upstream       by kind: 502, 503, 504
 *     a mistake of ours             500, without its words: they may hold content
 */
import {
  type AllDeploymentsFailedError,
  type ErrorCode,
  type FailureKind,
  isAllDeploymentsFailedError,
  isPromptCompilerError,
  isProviderError,
  type PromptCompilerError,
  type ProviderError,
  type UpstreamReply,
} from "./errors.ts";
import { type ErrorStatus, failureStatus } from "./failure-status.ts";
import { withoutKeys } from "./key-fragments.ts";
import { relayedHeaders } from "./relayed-headers.ts";
import { codecFor } from "./wires/index.ts";
import { isDeeperThan } from "./wires/nesting.ts";
import { readOpenAIError } from "./wires/openai-error.ts";
import { asRecord, asString, decodeText, isRecord, parseRecord } from "./wires/read.ts";
import type { Wire, WireError } from "./wires/wire.ts";

/** A failure, ready to be sent: as an answer, or in a stream that has begun. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Who is told of a failure. */
export interface Audience {
  readonly wire: Wire;
  readonly requestId?: string | undefined;
}

/** A failure, before it is put into a wire's words; or an upstream's refusal, which is in them already. */
export interface ToldFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly said: WireError | Uint8Array;
}

/** What is told of an error that a call ended with. */
export function errorAnswer(error: unknown, audience: Audience): ErrorAnswer {
  return spell(tell(error, audience), audience);
}

/** Puts a failure into the words of the wire that was called. */
export function spell({ status, headers, said }: ToldFailure, { wire, requestId }: Audience): ErrorAnswer {
  if (said instanceof Uint8Array) return { status, headers, body: said };
  const body = codecFor(wire).errorBody({ ...said, requestId });
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
}

function tell(error: unknown, { wire }: Audience): ToldFailure {
  if (isAllDeploymentsFailedError(error)) return allFailed(error, wire);
  if (isProviderError(error)) return attemptFailed(error, wire, error, "the upstream failed");
  if (isPromptCompilerError(error)) return failed(statusOf(error), error.message, error);
  if (error instanceof Error && error.name === "TimeoutError") return failed(TIMEOUT, "the call timed out");
  return failed(INTERNAL, "internal error");
}

const TIMEOUT: ErrorStatus = { status: 504, type: "server_error", code: "timeout" };
const INTERNAL: ErrorStatus = { status: 500, type: "server_error", code: "internal_error" };
const UNAVAILABLE: ErrorStatus = { status: 503, type: "server_error", code: "server_is_overloaded" };

export const INVALID = "invalid_request_error";

const ownStatus: Readonly<Partial<Record<ErrorCode, ErrorStatus>>> = {
  PC_MODEL_NOT_FOUND: { status: 404, type: INVALID, code: "model_not_found" },
  PC_CONTEXT_TOO_LARGE: { status: 400, type: INVALID, code: "context_length_exceeded" },
  PC_INVALID_REQUEST: { status: 400, type: INVALID, code: null },
  PC_FORBIDDEN: { status: 403, type: INVALID, code: "permission_denied" },
  PC_NOT_CACHED: { status: 504, type: "server_error", code: "not_cached", shouldRetry: false },
  PC_NO_DEPLOYMENT_AVAILABLE: UNAVAILABLE,
  PC_QUEUE_FULL: UNAVAILABLE,
  PC_STORAGE_UNAVAILABLE: UNAVAILABLE,
  PC_CLOSED: UNAVAILABLE,
};

/** Where only rate limits stand in the way, theirs or ours, it is the caller's pace that is wrong: 429, not 503. */
function statusOf({ code, wireCode }: PromptCompilerError): ErrorStatus {
  const limited = NO_ROOM.has(code) && wireCode === failureStatus["rate-limited"].code;
  return limited ? failureStatus["rate-limited"] : (ownStatus[code] ?? INTERNAL);
}

const NO_ROOM: ReadonlySet<ErrorCode> = new Set(["PC_NO_DEPLOYMENT_AVAILABLE", "PC_QUEUE_FULL"]);

function allFailed(error: AllDeploymentsFailedError, wire: Wire): ToldFailure {
  const last = error.attempts.at(-1);
  if (last === undefined) return failed(UNAVAILABLE, "no deployment could be tried", error);
  const told = error.attempts
    .map((attempt) => `${attempt.deployment}: ${toPhrase(attempt.error)}`)
    .join("; ");
  const answer = attemptFailed(last.error, wire, error, `every attempt failed: ${told}`);
  return error.retryable ? answer : { ...answer, headers: { ...answer.headers, "x-should-retry": "false" } };
}

/** Kind, and status or the system's code: what an upstream said may quote the prompt, or parts of a key. */
function toPhrase({ kind, status, cause }: ProviderError): string {
  const fact = status ?? systemCode(cause);
  return fact === undefined ? kind : `${kind} (${fact})`;
}

/** Why there was no answer, e.g. "ECONNREFUSED": names a condition, never a place. */
function systemCode(cause: unknown): string | undefined {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined;
}

/** @param source - who knows when to come back: the attempt, or the call it belonged to */
function attemptFailed(
  error: ProviderError,
  wire: Wire,
  source: PromptCompilerError,
  message: string,
): ToldFailure {
  const status = failureStatus[error.kind];
  const { reply } = error;
  const body = reply && !OUR_FAULT.has(error.kind) ? relayableBody(reply) : undefined;
  if (reply === undefined || body === undefined) return failed(status, message, source);
  const otherwise = { ...status, status: reply.status, message, param: null };
  return {
    status: reply.status,
    headers: {
      "content-type": "application/json",
      ...relayedHeaders(reply.headers),
      // Ours are last: the call knows of deployments that will be back before this one.
      ...hintHeaders({ ...status, status: reply.status }, source.retryAfterMs ?? error.retryAfterMs),
    },
    said:
      reply.wire === undefined || reply.wire === wire
        ? completed(body, wire, otherwise)
        : { ...otherwise, ...saidIn(body, otherwise) },
  };
}

/** The upstream's bytes where nothing is missing in them. */
function completed(body: Uint8Array, wire: Wire, otherwise: WireError): Uint8Array {
  const said = parseRecord(decodeText(body)) ?? {};
  const complete = codecFor(wire).completeError(said, otherwise);
  return complete === said ? body : Buffer.from(JSON.stringify(complete));
}

/** What the upstream says, whatever its wire: its sentence, the field, and its code where the kind has none of its own. */
function saidIn(body: Uint8Array, otherwise: WireError): Pick<WireError, "message" | "code" | "param"> {
  const said = parseRecord(decodeText(body))?.["error"];
  const { code, param } = asRecord(said) ?? {};
  return {
    message: readOpenAIError(said)?.message ?? otherwise.message,
    code: otherwise.code ?? asString(code) ?? null,
    param: asString(param) ?? null,
  };
}

/** What speaks of our own credentials or account; such answers may quote parts of a key. */
const OUR_FAULT: ReadonlySet<FailureKind> = new Set(["unauthorized", "payment-required", "forbidden"]);

/** Of a proxy on the way there, whose credentials are ours too. */
const PROXY_AUTHENTICATION_REQUIRED = 407;

/** Longer or deeper ones have more to hide than to say. */
const LONGEST_REFUSAL = 1024 * 1024;
const MOST_LEVELS = 64;

/** The upstream's bytes where they are JSON's and the caller's business; Gemini's array is unwrapped (wire 48). */
function relayableBody({ status, body }: UpstreamReply): Uint8Array | undefined {
  if (status < 400 || status === PROXY_AUTHENTICATION_REQUIRED || body.length > LONGEST_REFUSAL)
    return undefined;
  try {
    const text = decodeText(body);
    const value: unknown = JSON.parse(text);
    if (isDeeperThan(MOST_LEVELS, value)) return undefined;
    const unwrapped: unknown = Array.isArray(value) ? value[0] : value;
    if (!isRecord(unwrapped)) return undefined;
    const said = unwrapped === value ? text : JSON.stringify(unwrapped);
    const safe = withoutKeys(said);
    return safe === text ? body : Buffer.from(safe);
  } catch {
    return undefined;
  }
}

interface Details {
  readonly param?: string | undefined;
  readonly wireCode?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** A failure in these words. */
export function failed(status: ErrorStatus, message: string, details: Details = {}): ToldFailure {
  return {
    status: status.status,
    headers: { "content-type": "application/json", ...hintHeaders(status, details.retryAfterMs) },
    said: {
      status: status.status,
      message,
      type: status.type,
      param: details.param ?? null,
      code: details.wireCode ?? status.code,
    },
  };
}

/** Told where nobody knows better: clients that hear nothing come back at once (wire 50). */
const DEFAULT_RETRY_AFTER_MS = 1000;

/** Whether and when to come back. */
function hintHeaders({ status, shouldRetry }: ErrorStatus, retryAfterMs: number | undefined) {
  if (shouldRetry === false) return { "x-should-retry": "false" };
  if (retryAfterMs === undefined && status !== 429 && status !== 503) return {};
  const waitMs = Math.max(0, Math.ceil(retryAfterMs ?? DEFAULT_RETRY_AFTER_MS));
  return { "retry-after": String(Math.ceil(waitMs / 1000)), "retry-after-ms": String(waitMs) };
}
