import { describe, expect, it } from "vitest";
import { PooledDeployment } from "../../src/scheduler/pooled-deployment.ts";
import { FakeUpstream, hangs } from "./fake-upstream.ts";
import { failure } from "./given.ts";

const given = (): PooledDeployment =>
  new PooledDeployment({ id: "a", model: "m", provider: new FakeUpstream(hangs) });

describe("PooledDeployment", () => {
  it("doubles its cooldown with each failure after the last cooldown, from 1 s to 60 s", () => {
    const deployment = given();

    const cooldowns = Array.from({ length: 8 }, () => {
      const now = deployment.cooldownUntil;
      deployment.failed(failure("server-error"), now);
      return deployment.cooldownUntil - now;
    });

    expect(cooldowns).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("takes failures during a cooldown for the same outage", () => {
    const deployment = given();

    for (let call = 0; call < 10; call += 1) deployment.failed(failure("server-error"), 5_000);

    expect(deployment.cooldownUntil).toBe(6_000);
  });

  it("cools down as long as the upstream asked, at most an hour", () => {
    const [asked, absurd] = [given(), given()];

    asked.failed(failure("rate-limited", { retryAfterMs: 7_000 }), 1_000);
    absurd.failed(failure("rate-limited", { retryAfterMs: 86_400_000 }), 1_000);

    expect(asked.cooldownUntil).toBe(8_000);
    expect(asked.askedUntil).toBe(8_000);
    expect(absurd.cooldownUntil).toBe(3_601_000);
  });

  it.each(["unauthorized", "payment-required", "forbidden", "quota-exhausted"] as const)(
    "cools down a minute after %s, which only a human ends",
    (kind) => {
      const deployment = given();

      deployment.failed(failure(kind), 1_000);

      expect(deployment.cooldownUntil).toBe(61_000);
    },
  );

  it("extends a cooldown and never shortens it (defect 29)", () => {
    const deployment = given();
    deployment.failed(failure("rate-limited", { retryAfterMs: 30_000 }), 0);

    deployment.failed(failure("rate-limited", { retryAfterMs: 2_000 }), 1_000);
    expect(deployment.cooldownUntil).toBe(30_000);

    deployment.failed(failure("rate-limited", { retryAfterMs: 40_000 }), 2_000);
    expect(deployment.cooldownUntil).toBe(42_000);
    expect(deployment.askedUntil).toBe(42_000);
  });

  it("ends a guessed cooldown with a success, and starts the next from the beginning", () => {
    const deployment = given();
    deployment.failed(failure("server-error"), 1_000);
    deployment.failed(failure("server-error"), 2_000);

    deployment.succeeded();
    expect(deployment.cooldownUntil).toBe(0);

    deployment.failed(failure("server-error"), 10_000);
    expect(deployment.cooldownUntil).toBe(11_000);
  });

  it("keeps to what the upstream asked for, though an earlier attempt succeeds", () => {
    const deployment = given();
    deployment.failed(failure("rate-limited", { retryAfterMs: 30_000 }), 0);

    deployment.succeeded();

    expect(deployment.cooldownUntil).toBe(30_000);
  });
});
