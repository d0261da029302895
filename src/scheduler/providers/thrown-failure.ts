/**
 * What a provider threw, as a failure: providers of the host's own pass on what their vendor's SDK threw. It is told by
 * what it has and not by its class, which differs from SDK to SDK, from copy to copy and from realm to realm:
 *
 *     a status of 400 and above                 openai, @anthropic-ai/sdk (status), AI SDK (statusCode), axios (response)
 *     a code that says what happened            `{ error: { type: "overloaded_error" } }`, with or without a status
 *     a code of the system, here or in a cause  ECONNRESET, "fetch failed"
 *
 * Anything else is a mistake in the provider, which no other deployment makes good.
 */

import { isProviderError, ProviderError } from "../../errors.ts";
import { asRecord, asString, isRecord } from "../../wires/read.ts";
import { parseRetryAfter } from "../retry-after.ts";
import { failureKind, kindOfCodes } from "./failure-kind.ts";

/**
 * The failure in what was thrown; `undefined` where it is none of an upstream's. It repeats nothing of what was said,
 * which may quote the prompt, and has what was thrown as its cause.
 *
 * @param now - milliseconds since the epoch, for a `Retry-After` that is a date
 */
export function failureIn(thrown: unknown, deployment: string, now: number): ProviderError | undefined {
  if (isProviderError(thrown)) return thrown;
  if (!isRecord(thrown)) return undefined;
  const response = asRecord(thrown["response"]);
  const status =
    toStatus(thrown["status"]) ?? toStatus(thrown["statusCode"]) ?? toStatus(response?.["status"]);
  const codes = codesOf(thrown);
  const facts = { status, cause: thrown };
  if (status === undefined) {
    const kind = kindOfCodes(codes) ?? (isOfTheSystem(thrown) ? "network" : undefined);
    return kind && new ProviderError(kind, `deployment "${deployment}" failed with ${kind}`, facts);
  }
  const kind = failureKind({ status, codes, message: asString(thrown["message"]) });
  const headers = headersOf(thrown["headers"] ?? thrown["responseHeaders"] ?? response?.["headers"]);
  return new ProviderError(kind, `deployment "${deployment}" failed with ${status} ${kind}`, {
    ...facts,
    retryAfterMs: parseRetryAfter(headers, now),
    upstreamCode: codes[0],
  });
}

function toStatus(value: unknown): number | undefined {
  return typeof value === "number" && value >= 400 && value < 600 ? value : undefined;
}

/** What a code looks like; a sentence in its place may hold the caller's words. */
const CODE = /^[A-Za-z][A-Za-z_.]{0,63}$/;

/** Of the thrown thing, of the error it wraps, and of the one that wraps. */
function codesOf(thrown: Readonly<Record<string, unknown>>): readonly string[] {
  const inner = asRecord(thrown["error"]);
  return [thrown, inner, asRecord(inner?.["error"])]
    .flatMap((each) => [each?.["code"], each?.["type"]])
    .filter((code): code is string => typeof code === "string" && CODE.test(code));
}

/** A condition of the network, as Node and undici name it. */
const SYSTEM = /^(?:ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|UND_ERR_)/;

function isOfTheSystem(error: unknown, depth = 0): boolean {
  if (!isRecord(error) || depth > 4) return false;
  return SYSTEM.test(asString(error["code"]) ?? "") || isOfTheSystem(error["cause"], depth + 1);
}

/** A `Headers`, or an object of headers. */
function headersOf(headers: unknown): Readonly<Record<string, string | undefined>> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(asRecord(headers) ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), asString(value)]));
}
