import { describe, expect, it } from "vitest";
import type { ProviderError } from "../../src/errors.ts";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import { Pool } from "../../src/scheduler/pool.ts";
import { defaultPoolSetting } from "../../src/scheduler/pooled-deployment.ts";
import { FakeUpstream, hangs } from "./fake-upstream.ts";
import { failure } from "./given.ts";

/** Deployments in one pool, and their clock. Ids, models and keys of their own unless told otherwise. */
function given(...options: Partial<DeploymentOptions>[]) {
  let now = 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const setting = {
    ...defaultPoolSetting,
    clock,
    health: { ...defaultPoolSetting.health, failureThreshold: 1 },
  };
  const all = options.map((each, index) => ({
    id: `d${index}`,
    model: `m${index}`,
    provider: new FakeUpstream(hangs),
    ...each,
  }));
  const { deployments } = new Pool(all, undefined, setting);
  const failAt = (at: number, error: ProviderError, deployment = deployments[0]!) => {
    now = at;
    const permit = deployment.begin();
    deployment.end();
    return deployment.failed(permit, error).map(({ id }) => id);
  };
  const succeedAt = (at: number, deployment = deployments[0]!): void => {
    now = at;
    deployment.succeeded(deployment.begin());
    deployment.end();
  };
  return { deployments, deployment: deployments[0]!, failAt, succeedAt };
}

const limited = (retryAfterMs: number): ProviderError => failure("rate-limited", { retryAfterMs });

describe("PooledDeployment", () => {
  it("doubles its cooldown with each one that no answer ends, from 1 s to 60 s", () => {
    const { deployment, failAt } = given({});

    const cooldowns = Array.from({ length: 8 }, () => {
      const now = deployment.cooldownUntil;
      failAt(now, failure("server-error"));
      return deployment.cooldownUntil - now;
    });

    expect(cooldowns).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("takes ten attempts that fail together for one failure", () => {
    const { deployment } = given({});
    const permits = Array.from({ length: 10 }, () => deployment.begin());

    for (const permit of permits) deployment.failed(permit, failure("server-error"));

    expect(deployment.cooldownUntil).toBe(1_000);
  });

  it("cools down as long as the upstream asked, at most an hour", () => {
    const [asked, absurd] = [given({}), given({})];

    asked.failAt(1_000, limited(7_000));
    absurd.failAt(1_000, limited(86_400_000));

    expect(asked.deployment).toMatchObject({ cooldownUntil: 8_000, askedUntil: 8_000 });
    expect(absurd.deployment.cooldownUntil).toBe(3_601_000);
  });

  it.each(["unauthorized", "payment-required", "forbidden", "quota-exhausted"] as const)(
    "cools down a minute after %s, which only a human ends",
    (kind) => {
      const { deployment, failAt } = given({});

      failAt(1_000, failure(kind));

      expect(deployment.cooldownUntil).toBe(61_000);
    },
  );

  it("extends a cooldown and never shortens it (defect 29)", () => {
    const { deployment, failAt } = given({});
    failAt(0, limited(30_000));

    failAt(1_000, limited(2_000));
    expect(deployment.cooldownUntil).toBe(30_000);

    failAt(2_000, limited(40_000));
    expect(deployment).toMatchObject({ cooldownUntil: 42_000, askedUntil: 42_000 });
  });

  it("hears a wish to be left alone from an attempt that began before the last change of state (defect 29)", () => {
    const { deployment } = given({});
    const [one, late] = [deployment.begin(), deployment.begin()];
    deployment.failed(one, failure("server-error"));

    deployment.failed(late, limited(9_000));

    expect(deployment.askedUntil).toBe(9_000);
  });

  it("ends a guessed cooldown with a success, and starts the next from the beginning", () => {
    const { deployment, failAt, succeedAt } = given({});
    failAt(1_000, failure("server-error"));
    failAt(2_000, failure("server-error"));

    succeedAt(3_000);
    expect(deployment.cooldownUntil).toBe(0);

    failAt(10_000, failure("server-error"));
    expect(deployment.cooldownUntil).toBe(11_000);
  });

  it("keeps to what the upstream asked for, though an earlier attempt succeeds", () => {
    const { deployment } = given({});
    const [one, late] = [deployment.begin(), deployment.begin()];
    deployment.failed(one, limited(30_000));

    deployment.succeeded(late);

    expect(deployment.cooldownUntil).toBe(30_000);
  });

  it("has a share of its weight that grows while it comes back", () => {
    const { deployment, failAt, succeedAt } = given({});
    expect(deployment.share).toBe(1);

    failAt(0, failure("server-error"));
    succeedAt(1_000);

    expect(deployment.share).toBe(0.1);
  });
});

describe("a refusal is that of every deployment it speaks of (defect 23)", () => {
  const key = new FakeUpstream(hangs);
  const other = new FakeUpstream(hangs);

  it.each(["unauthorized", "forbidden", "payment-required", "quota-exhausted"] as const)(
    "%s: every deployment with the same key, whatever its model",
    (kind) => {
      const { failAt } = given({ provider: key }, { provider: key }, { provider: other });

      expect(failAt(0, failure(kind))).toEqual(["d0", "d1"]);
    },
  );

  it.each(["payment-required", "quota-exhausted"] as const)("%s: every deployment of the account", (kind) => {
    const { failAt } = given({ account: "a" }, { account: "a" }, { account: "b" }, {});

    expect(failAt(0, failure(kind))).toEqual(["d0", "d1"]);
  });

  it.each<[string, Partial<DeploymentOptions>[], string[]]>([
    [
      "the same key and model, unless it is declared otherwise",
      [{ provider: key, model: "m" }, { provider: key, model: "m" }, { provider: key }, { model: "m" }],
      ["d0", "d1"],
    ],
    [
      "the same account",
      [{ account: "a", rateLimitScope: "account" }, { account: "a" }, { account: "b" }, {}],
      ["d0", "d1"],
    ],
    [
      "the same provider",
      [
        { rateLimitScope: "provider" },
        {},
        { provider: Object.assign(new FakeUpstream(hangs), { name: "x" }) },
      ],
      ["d0", "d1"],
    ],
  ])("a rate limit: %s", (_, options, expected) => {
    const { deployments, failAt } = given(...options);

    expect(failAt(0, limited(5_000))).toEqual(expected);
    expect(deployments.filter(({ askedUntil }) => askedUntil === 5_000).map(({ id }) => id)).toEqual(
      expected,
    );
  });

  it.each(["server-error", "network", "timeout", "overloaded"] as const)("%s: its own alone", (kind) => {
    const { failAt } = given({ provider: key, account: "a" }, { provider: key, account: "a" });

    expect(failAt(0, failure(kind))).toEqual(["d0"]);
  });

  it("needs an account where the limit is the account's", () => {
    expect(() => given({ rateLimitScope: "account" })).toThrow(
      'deployments[0].account must be named where rateLimitScope is "account", got undefined',
    );
  });
});
