import { ProviderError, type UpstreamReply } from "../../errors.ts";
import { asArray, asRecord, asString, decodeText, isRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";
import { parseRetryAfter, parseRetryInfo } from "../retry-after.ts";
import { failureKind, type Refusal, type StatusKinds } from "./failure-kind.ts";

/**
 * The failure that a refusing upstream reported. Reads error bodies of every shape in use (OpenAI's object, the same in
 * an array, a string, FastAPI's `detail`, a bare message, HTML, nothing), tolerating whatever is missing.
 *
 * The message names provider, status and kind, and nothing the upstream wrote: its words may quote the prompt or a part
 * of the key. They are in `reply`, byte for byte.
 *
 * @param provider - its name
 * @param now - milliseconds since the epoch, for a `Retry-After` that is a date
 * @param options.relayed - whether the caller may be told the reply. @defaultValue true
 * @param options.statuses - what statuses mean at this vendor, where that is not what they mean elsewhere
 */
export function readFailure(
  provider: string,
  reply: UpstreamReply,
  now: number,
  { relayed = true, statuses }: { readonly relayed?: boolean; readonly statuses?: StatusKinds } = {},
): ProviderError {
  const { details, ...refusal } = readRefusal(reply);
  const retryAfterMs = parseRetryAfter(reply.headers, now) ?? parseRetryInfo(details);
  const told = failureKind(refusal, statuses);
  const final = reply.headers["x-should-retry"] === "false";
  // A rate limit that is not to be waited for is an empty account, whatever it is called.
  const kind = told === "rate-limited" && final ? "quota-exhausted" : told;
  const wait = retryAfterMs === undefined ? "" : `, retry after ${Math.round(retryAfterMs)} ms`;
  return new ProviderError(kind, `${provider} answered ${reply.status} ${kind}${wait}`, {
    status: reply.status,
    retryAfterMs,
    upstreamCode: refusal.codes[0],
    final,
    // What is no refusal is not to be relayed as one.
    reply: relayed && reply.status >= 400 ? reply : undefined,
  });
}

function readRefusal({ status, body }: UpstreamReply): Refusal & { readonly details: readonly WireBody[] } {
  const text = decodeText(body);
  const answer = asRecord(firstOf(tryParse(text)));
  if (answer === undefined) return { status, codes: [], message: text, details: [] };
  const error = firstOf(answer["error"] ?? answer["detail"] ?? answer);
  if (typeof error === "string") {
    return { status, codes: codesOf(answer), message: error, details: [] };
  }
  const told = asRecord(error) ?? {};
  const details = asArray(told["details"]).filter(isRecord);
  return {
    status,
    // Google's reasons are more exact than its status.
    codes: [...details.flatMap(codesOf), ...codesOf(told), ...codesOf(asRecord(told["innererror"]) ?? {})],
    // Some put the whole error, as an object, where the sentence belongs.
    message: asString(told["message"] ?? told["msg"]) ?? text,
    details,
  };
}

/** What a code looks like; anything else in its place may be a sentence with the caller's words in it, or a key. */
const CODE = /^[A-Za-z][A-Za-z_.]{0,63}$/;

function codesOf(error: Readonly<Record<string, unknown>>): string[] {
  return [error["reason"], error["code"], error["type"], error["status"]].filter(
    (value): value is string => typeof value === "string" && CODE.test(value),
  );
}

/** Some wrap their error in an array. */
function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
