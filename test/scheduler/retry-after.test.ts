import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter, parseRetryInfo } from "../../src/scheduler/retry-after.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

describe("parseRetryAfter (defect 22)", () => {
  it.each<[sentence: string, headers: Record<string, string>, expected: number | undefined]>([
    ["knows no wait where no header asks for one", {}, undefined],
    ["reads retry-after-ms", { "retry-after-ms": "1500" }, 1500],
    ["reads x-ms-retry-after-ms", { "x-ms-retry-after-ms": "250" }, 250],
    ["reads retry-after in seconds", { "retry-after": "2" }, 2000],
    ["reads retry-after with a fraction", { "retry-after": "0.25" }, 250],
    ["reads retry-after 0 as now", { "retry-after": "0" }, 0],
    ["prefers milliseconds to seconds", { "retry-after": "2", "retry-after-ms": "1999" }, 1999],
    ["goes on where the first makes no sense", { "retry-after-ms": "soon", "retry-after": "2" }, 2000],
    ["reads an IMF date", { "retry-after": "Thu, 01 Jan 2026 00:00:03 GMT" }, 3000],
    ["reads an RFC 850 date", { "retry-after": "Thursday, 01-Jan-26 00:00:04 GMT" }, 4000],
    ["reads an asctime date as GMT", { "retry-after": "Thu Jan  1 00:00:05 2026" }, 5000],
    ["takes a past date as now", { "retry-after": "Wed, 31 Dec 2025 23:59:59 GMT" }, 0],
    ["ignores a date without sense", { "retry-after": "Thu, 99 Foo 2026" }, undefined],
    ["ignores what only Date.parse takes for a date", { "retry-after": "2026-01-02" }, undefined],
    ["ignores negative seconds", { "retry-after": "-5" }, undefined],
    ["ignores exponents, signs and units", { "retry-after": "1e3" }, undefined],
    ["ignores more than a day", { "retry-after": "86401" }, undefined],
    ["ignores a date more than a day away", { "retry-after": "Sat, 03 Jan 2026 00:00:00 GMT" }, undefined],
    ["takes exactly a day", { "retry-after": "86400" }, 86_400_000],
    [
      "reads the reset of a limit that is used up",
      { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "17ms" },
      17,
    ],
    [
      "reads minutes and seconds",
      { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" },
      360_000,
    ],
    [
      "reads hours and fractions",
      { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s" },
      3_723_500,
    ],
    [
      "reads a bare reset as seconds",
      { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66" },
      7660,
    ],
    [
      "ignores the reset of a limit that is not used up",
      { "x-ratelimit-remaining-requests": "12", "x-ratelimit-reset-requests": "1s" },
      undefined,
    ],
    ["ignores a reset that does not say what remains", { "x-ratelimit-reset-requests": "1s" }, undefined],
    [
      "waits for the last of several limits",
      {
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "3s",
      },
      3000,
    ],
    [
      "ignores a reset that is a moment, not a duration",
      { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1767225600" },
      undefined,
    ],
  ])("%s", (_sentence, headers, expected) => {
    expect(parseRetryAfter(headers, NOW)).toBe(expected);
  });

  it("is never negative, never longer than a day, never NaN", () => {
    const names = fc.constantFrom(
      "retry-after",
      "retry-after-ms",
      "x-ms-retry-after-ms",
      "x-ratelimit-reset-tokens",
    );
    const value = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.date().map(String),
    );

    fc.assert(
      fc.property(fc.dictionary(names, value), (headers) => {
        const wait = parseRetryAfter({ ...headers, "x-ratelimit-remaining-tokens": "0" }, NOW);

        if (wait !== undefined) expect(wait >= 0 && wait <= 86_400_000).toBe(true);
      }),
    );
  });
});

describe("parseRetryInfo", () => {
  it.each([
    ["a fraction of seconds", [{ retryDelay: "34.5s" }], 34_500],
    ["hours", [{ retryDelay: "36000s" }], 36_000_000],
    ["one among other details", [{ quotaId: "x" }, { retryDelay: "1s" }], 1000],
    ["longer than a day", [{ retryDelay: "90000s" }], undefined],
    ["no time", [{ retryDelay: "soon" }], undefined],
    ["a number", [{ retryDelay: 3 }], undefined],
    ["nothing", [], undefined],
  ])("reads %s", (_what, details, expected) => {
    expect(parseRetryInfo(details)).toEqual(expected);
  });
});
