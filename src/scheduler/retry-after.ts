/**
 * How long an upstream asks us to wait. It may say so in several ways; the first that makes sense counts:
 *
 *     retry-after-ms, x-ms-retry-after-ms   milliseconds                      OpenAI, Azure
 *     retry-after                           seconds, with a fraction or not,
 *                                           or an HTTP date                   RFC 9110, section 10.2.3
 *     x-ratelimit-reset-<what>              "1s", "6m0s", "17ms"; only where
 *                                           x-ratelimit-remaining-<what> is 0: otherwise that limit is not the reason
 *     anthropic-ratelimit-<what>-reset      a point in time, as RFC 3339 has it; only where …-<what>-remaining is 0
 *     a RetryInfo among the error's details "34.07s"                          Google: https://cloud.google.com/apis/design/errors
 *
 * A date in the past means now. What is negative, longer than a day or not a time at all is as if it were not there:
 * no limit is that long, and a misread unit must not shut a deployment out for weeks.
 */

const LONGEST_MS = 24 * 60 * 60 * 1000;
const RESET = "x-ratelimit-reset-";
const REMAINING = "x-ratelimit-remaining-";
const ANTHROPIC_RESET = /^anthropic-ratelimit-.+-reset$/;

/**
 * The wait that these headers ask for.
 *
 * @param headers - names in lower case
 * @param now - milliseconds since the epoch
 * @returns milliseconds, ≥ 0; `undefined` if they ask for none
 */
export function parseRetryAfter(
  headers: Readonly<Record<string, string | undefined>>,
  now: number,
): number | undefined {
  return (
    toWait(parseNumber(headers["retry-after-ms"])) ??
    toWait(parseNumber(headers["x-ms-retry-after-ms"])) ??
    toWait(parseSecondsOrDate(headers["retry-after"], now)) ??
    longestReset(headers, now)
  );
}

/**
 * The wait that the details of an error ask for, for a vendor that says it in the body and not in the head.
 *
 * @returns milliseconds, ≥ 0; `undefined` if they ask for none
 */
export function parseRetryInfo(details: readonly Readonly<Record<string, unknown>>[]): number | undefined {
  const delay = details.map(({ retryDelay }) => retryDelay).find((each) => typeof each === "string");
  return typeof delay === "string" ? toWait(parseDuration(delay)) : undefined;
}

function toWait(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= 0 && ms <= LONGEST_MS ? ms : undefined;
}

function parseNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(?:\.\d*)?\s*$/.test(text) ? Number(text) : undefined;
}

function parseSecondsOrDate(text: string | undefined, now: number): number | undefined {
  const seconds = parseNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  // All three forms of an HTTP date begin with the day's name; `Date.parse` alone takes much that is none.
  if (text === undefined || !/^\s*(?:mon|tue|wed|thu|fri|sat|sun)/i.test(text)) return undefined;
  // The oldest form names no zone and means GMT; read as it stands it would mean this machine's.
  const date = Date.parse(/gmt|utc|z\s*$|[+-]\d{4}/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Of all limits that are used up, the wait until the last is renewed. */
function longestReset(
  headers: Readonly<Record<string, string | undefined>>,
  now: number,
): number | undefined {
  let longest: number | undefined;
  for (const [name, value] of Object.entries(headers)) {
    const remaining = remainingName(name);
    if (remaining === undefined || value === undefined || parseNumber(headers[remaining]) !== 0) continue;
    const wait = toWait(remaining.startsWith("x-") ? parseDuration(value) : parseTime(value, now));
    if (wait !== undefined && wait > (longest ?? -1)) longest = wait;
  }
  return longest;
}

/** Which header says what is left of the limit that this one says the renewal of; `undefined`: it says none. */
function remainingName(name: string): string | undefined {
  if (name.startsWith(RESET)) return REMAINING + name.slice(RESET.length);
  return ANTHROPIC_RESET.test(name) ? name.replace(/reset$/, "remaining") : undefined;
}

/** "2026-11-24T12:00:00Z" */
function parseTime(text: string, now: number): number | undefined {
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** "6m0s", "17ms", "1h2.5s"; a bare number is seconds. */
function parseDuration(text: string): number | undefined {
  const seconds = parseNumber(text);
  if (seconds !== undefined) return seconds * 1000;
  if (!/^\s*(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+\s*$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (MS_PER_UNIT[unit ?? ""] ?? Number.NaN);
  }
  return total;
}
