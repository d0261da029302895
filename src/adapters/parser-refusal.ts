import { RequestRefusedError } from "../gateway/refusal.ts";
import { isRecord } from "../wires/read.ts";

/**
 * What a body parser of the host's refused, in OpenAI's words; `undefined` for every other error. raw-body and those that
 * stand on it say what it was in `type` and `status` ("entity.too.large", 413); co-body's JSON parser has a status alone.
 */
export function parserRefusal(error: unknown): RequestRefusedError | undefined {
  if (!isRecord(error) || typeof error["status"] !== "number") return undefined;
  const { type, status } = error;
  const [message, wireCode] =
    typeof type === "string" ? (refusals[type] ?? []) : isJsonError(error) ? NOT_JSON : [];
  if (message === undefined) return undefined;
  return new RequestRefusedError(status, message, { wireCode });
}

/** It carries the body it could not read. */
function isJsonError({ status, body, name }: Readonly<Record<string, unknown>>): boolean {
  return status === 400 && name === "SyntaxError" && typeof body === "string";
}

const NOT_JSON = ["could not parse the request body: it is not JSON", "invalid_json"] as const;

/** In our words: the parser's own quote the body. */
const refusals: Readonly<Record<string, readonly [message: string, wireCode: string]>> = {
  "entity.parse.failed": NOT_JSON,
  "entity.too.large": ["the request body is larger than the host's body parser allows", "request_too_large"],
  "encoding.unsupported": ["the content encoding is not supported", "unsupported_content_encoding"],
  "charset.unsupported": ["the charset must be utf-8", "unsupported_charset"],
  "request.aborted": ["the request body is cut off", "invalid_json"],
  "request.size.invalid": ["the request body is cut off", "invalid_json"],
};
