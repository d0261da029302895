import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CircuitBreaker, type Permit } from "../../../src/scheduler/policies/circuit-breaker.ts";
import { defaultHealth } from "../../../src/scheduler/policies/health.ts";
import { failure } from "../given.ts";

const down = failure("server-error");

function given(rules: Partial<typeof defaultHealth> = {}) {
  const breaker = new CircuitBreaker({ ...defaultHealth, ...rules });
  const fail = (now: number, error = down): void => breaker.enter().failed(error, now);
  const succeed = (now: number): void => breaker.enter().succeeded(now);
  return { breaker, fail, succeed };
}

/** A breaker that opened at 0, for a second. */
function givenOpen() {
  const setting = given({ failureThreshold: 1 });
  setting.fail(0);
  return setting;
}

describe("a circuit breaker", () => {
  it("opens at the third failure in a row, for a second", () => {
    const { breaker, fail } = given();

    fail(0);
    fail(0);
    expect(breaker.mayPass(0)).toBe(true);
    fail(0);

    expect(breaker).toMatchObject({ openUntil: 1_000 });
    expect(breaker.mayPass(999)).toBe(false);
    expect(breaker.mayPass(1_000)).toBe(true);
  });

  it("begins to count anew with each success", () => {
    const { breaker, fail, succeed } = given();

    for (let round = 0; round < 4; round += 1) {
      fail(0);
      fail(0);
      succeed(0);
    }

    expect(breaker.openUntil).toBe(0);
  });

  it("opens when half of the window failed, though never three in a row", () => {
    const { breaker, fail, succeed } = given({ minimumVolume: 10 });

    for (let round = 0; round < 5; round += 1) {
      expect(breaker.openUntil).toBe(0);
      succeed(round);
      fail(round);
    }

    expect(breaker.openUntil).toBe(1_004);
  });

  it("says nothing of a share of fewer attempts than minimumVolume, or of what was before the window", () => {
    const { breaker, fail, succeed } = given({ minimumVolume: 10, windowMs: 60_000 });

    for (let round = 0; round < 4; round += 1) {
      succeed(0);
      fail(0);
    }
    for (let round = 0; round < 4; round += 1) {
      succeed(60_000);
      fail(60_000);
    }

    expect(breaker.openUntil).toBe(0);
  });

  it.each(["rate-limited", "overloaded", "timeout", "unauthorized"] as const)(
    "believes %s at once",
    (kind) => {
      const { breaker, fail } = given();

      fail(0, failure(kind));

      expect(breaker.mayPass(0)).toBe(false);
    },
  );

  it("lets one probe through when the cooldown is over", () => {
    const { breaker } = givenOpen();

    expect(breaker.mayPass(1_000)).toBe(true);
    breaker.enter();

    expect(breaker.mayPass(1_000)).toBe(false);
  });

  it("closes when the probe is answered, with its first chunk already", () => {
    const { breaker } = givenOpen();
    const probe = breaker.enter();

    probe.committed(1_000);

    expect(breaker.mayPass(1_000)).toBe(true);
    expect(breaker.openUntil).toBe(0);
  });

  it("opens again when the probe fails, for twice as long", () => {
    const { breaker, fail } = givenOpen();

    fail(1_000);

    expect(breaker.openUntil).toBe(3_000);
  });

  it("makes cooldowns longer until an answer is complete: a first chunk alone ends no row of them", () => {
    const { breaker } = givenOpen();
    const probe = breaker.enter();

    probe.committed(1_000);
    probe.failed(down, 1_500);

    expect(breaker.openUntil).toBe(3_500);
  });

  it("takes a call that passes while it is open, for want of others, for its probe", () => {
    const { breaker, succeed } = givenOpen();

    succeed(100);

    expect(breaker.openUntil).toBe(0);
  });

  it("gets its place back from a cancelled probe, and stays as it is (defect 43)", () => {
    const { breaker } = givenOpen();

    breaker.enter().cancelled();

    expect(breaker.mayPass(1_000)).toBe(true);
    breaker.enter();
    expect(breaker.mayPass(1_000)).toBe(false);
  });

  it("ignores who began before its last change of state, however that ends", () => {
    const { breaker, fail } = given({ failureThreshold: 1 });
    const [late, later] = [breaker.enter(), breaker.enter()];
    fail(0);

    late.succeeded(10);
    later.failed(down, 20);

    expect(breaker.openUntil).toBe(1_000);
  });

  it("forgets what failed before the cooldown when it closes", () => {
    const { breaker, fail, succeed } = given({ failureThreshold: 1 });
    for (let failed = 0; failed < 30; failed += 1) fail(failed * 100);
    const now = breaker.openUntil;

    succeed(now);
    succeed(now);

    expect(breaker.mayPass(now)).toBe(true);
  });

  it("gives its load back gradually: a tenth at first, all of it after slowStartMs", () => {
    const { breaker, succeed } = givenOpen();
    succeed(1_000);

    expect([1_000, 2_000, 6_000, 11_000, 60_000].map((now) => breaker.share(now))).toEqual([
      0.1, 0.1, 0.5, 1, 1,
    ]);
  });

  it("never has two probes at once, and never stays shut for good, whatever happens in whatever order", () => {
    const steps = fc.array(
      fc.record({
        act: fc.constantFrom("enter", "committed", "succeeded", "failed", "cancelled"),
        who: fc.nat(5),
        after: fc.nat(3_000),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const { breaker } = given();
        const running: Permit[] = [];
        let now = 0;
        for (const { act, who, after } of all) {
          now += after;
          const index = who % Math.max(1, running.length);
          const permit = running[index];
          if (act === "enter") {
            if (breaker.mayPass(now)) running.push(breaker.enter());
          } else if (permit && act === "committed") permit.committed(now);
          else if (permit) {
            running.splice(index, 1);
            if (act === "succeeded") permit.succeeded(now);
            else if (act === "failed") permit.failed(down, now);
            else permit.cancelled();
          }
        }
        for (const permit of running) permit.cancelled();

        expect(breaker.mayPass(Math.max(now, breaker.openUntil))).toBe(true);
      }),
    );
  });
});
