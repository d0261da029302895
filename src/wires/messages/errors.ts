/** Failures as Anthropic's clients expect them (wire 58): https://platform.claude.com/docs/en/api/errors */
import { asRecord } from "../read.ts";
import type { WireBody, WireCodec, WireError } from "../wire.ts";
import { toFrame } from "./frames.ts";

export const messagesErrors: Pick<
  WireCodec,
  "requestIdHeader" | "errorBody" | "completeError" | "errorFrames"
> = {
  requestIdHeader: "request-id",
  errorBody,
  completeError: (body) => body,
  errorFrames: (body) => [toFrame({ ...body, type: "error", error: asRecord(body["error"]) ?? body })],
};

function errorBody({ status, message, code, requestId }: WireError): WireBody {
  return {
    type: "error",
    error: { type: typeOf(status), message: code === TOO_LONG ? `prompt is too long: ${message}` : message },
    request_id: requestId ?? null,
  };
}

/** By these words, not by a code, do clients learn that they have to shorten the conversation. */
const TOO_LONG = "context_length_exceeded";

function typeOf(status: number): string {
  return TYPES[status] ?? (status >= 500 ? "api_error" : "invalid_request_error");
}

const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
  529: "overloaded_error",
};
