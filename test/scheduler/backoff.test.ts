import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/scheduler/backoff.ts";

describe("backoffMs", () => {
  const options = { baseMs: 500, maxMs: 8_000 };

  it.each([
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [5, 8_000],
    [6, 8_000],
    [5_000, 8_000],
  ])("doubles its longest wait with each retry, up to maxMs: retry %i, %i ms", (retry, longest) => {
    expect(backoffMs(retry, options, () => 1)).toBe(longest);
  });

  it("leaves all of the wait to chance (full jitter)", () => {
    expect(backoffMs(3, options, () => 0)).toBe(0);
    expect(backoffMs(3, options, () => 0.25)).toBe(500);
  });

  it("never waits longer than maxMs, nor less than nothing", () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), random, (retry, chance) => {
        const wait = backoffMs(retry, options, () => chance);
        return wait >= 0 && wait <= options.maxMs;
      }),
    );
  });
});
