import { describe, expect, it } from "vitest";
import type { ProviderError } from "../../src/errors.ts";
import { type Candidate, chooseNext, shortestWait } from "../../src/scheduler/eligible.ts";
import { defaultPoolSetting, PooledDeployment } from "../../src/scheduler/pooled-deployment.ts";
import { roundRobin } from "../../src/scheduler/strategies/round-robin.ts";
import { FakeUpstream, hangs } from "./fake-upstream.ts";
import { failure } from "./given.ts";

const NOW = 100_000;

interface Facts {
  /** Cooldown of our own guess, from now. */
  readonly coolingMs?: number;
  /** What the upstream asked for, from now. */
  readonly askedMs?: number;
  readonly attempts?: number;
  readonly backoffMs?: number;
}

function given(...all: Facts[]): Candidate[] {
  return all.map(({ coolingMs, askedMs, attempts = 0, backoffMs }, index) => {
    let now = NOW;
    const deployment = new PooledDeployment(
      { id: `d${index}`, model: "m", provider: new FakeUpstream(hangs) },
      { ...defaultPoolSetting, clock: { now: () => now, sleep: () => Promise.resolve() } },
    );
    const failAt = (at: number, error: ProviderError): void => {
      now = at;
      const permit = deployment.begin();
      deployment.failed(permit, error);
      deployment.end();
    };
    // A first guess is a second.
    if (coolingMs !== undefined) failAt(NOW + coolingMs - 1_000, failure("timeout"));
    if (askedMs !== undefined) failAt(NOW, failure("rate-limited", { retryAfterMs: askedMs }));
    return { deployment, attempts, notBefore: backoffMs === undefined ? 0 : NOW + backoffMs };
  });
}

const chosen = (...all: Facts[]): string => chooseNext(given(...all), NOW, roundRobin()).deployment.id;

describe("chooseNext", () => {
  it.each<[string, Facts[], string]>([
    ["who is not cooling down", [{ coolingMs: 500 }, {}], "d1"],
    ["who was not tried before who was", [{ attempts: 1 }, {}], "d1"],
    ["who was not tried, though it is cooling down", [{ attempts: 1 }, { coolingMs: 500 }], "d1"],
    ["who is back first, if all are cooling down", [{ coolingMs: 900 }, { coolingMs: 300 }], "d1"],
    ["the last one left, though it is cooling down (defect 32)", [{ coolingMs: 900 }], "d0"],
    ["a guess before a wish", [{ askedMs: 300 }, { coolingMs: 900 }], "d1"],
    ["whose backoff is over", [{ attempts: 1, backoffMs: 200 }, { attempts: 2 }], "d1"],
  ])("chooses %s", (_, candidates, expected) => {
    expect(chosen(...candidates)).toBe(expected);
  });
});

describe("shortestWait", () => {
  it.each<[string, Facts[], number]>([
    ["none, as long as one may be asked", [{ askedMs: 5_000 }, { coolingMs: 900 }], 0],
    ["what the first of the upstreams asked for", [{ askedMs: 5_000 }, { askedMs: 3_000 }], 3_000],
    ["the end of the backoff", [{ attempts: 1, backoffMs: 700 }, { askedMs: 3_000 }], 700],
    ["the longer of backoff and wish", [{ attempts: 1, backoffMs: 700, askedMs: 3_000 }], 3_000],
    [
      "for ever, if none may be asked again",
      [{ backoffMs: Number.POSITIVE_INFINITY }],
      Number.POSITIVE_INFINITY,
    ],
  ])("is %s", (_, candidates, expected) => {
    expect(shortestWait(given(...candidates), NOW)).toBe(expected);
  });
});
