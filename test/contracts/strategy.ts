import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../src/scheduler/deployment.ts";
import type { Strategy } from "../../src/scheduler/strategies/strategy.ts";

/**
 * What every strategy must do.
 *
 *     S1  MUST  pick one of the eligible
 *     S2  MUST  share equal weights fairly: over n picks from one list, each within 1 of its share
 *     S3  MUST  stay safe when the list differs from pick to pick, and leave nobody out for good
 *     S4  MUST  leave the list and its deployments as they are
 *     S5  MUST  keep its state to itself: two of a kind do not know of each other
 *     S6  MUST  stay safe whatever it is told, of whom and when: of those it never picked, too
 */
export function describeStrategy(name: string, create: () => Strategy): void {
  describe(`${name} keeps the contract of a strategy`, () => {
    it("S1 MUST pick one of the eligible, S3 MUST stay safe when the list differs from pick to pick", () => {
      const pool = deployments(1, 2, 3, 4, 5);
      const lists = fc.array(fc.subarray(pool, { minLength: 1 }), { minLength: 1, maxLength: 40 });
      fc.assert(
        fc.property(lists, (picks) => {
          const strategy = create();

          for (const eligible of picks) expect(eligible).toContain(strategy.pick(eligible));
        }),
      );
    });

    it("S2 MUST share equal weights fairly over any number of picks", () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 60 }), (size, n) => {
          const pool = deployments(...Array<number>(size).fill(1));
          const strategy = create();

          const picked = Array.from({ length: n }, () => strategy.pick(pool).id);

          for (const { id } of pool) {
            const count = picked.filter((other) => other === id).length;
            expect(Math.abs(count - n / size)).toBeLessThanOrEqual(1);
          }
        }),
      );
    });

    it("S3 MUST leave nobody out for good after the list has changed", () => {
      const [first, second, third] = deployments(1, 1, 1);
      const strategy = create();
      for (let pick = 0; pick < 50; pick += 1) strategy.pick([first!, second!]);

      const picked = Array.from({ length: 12 }, () => strategy.pick([first!, second!, third!]).id);

      expect(new Set(picked)).toEqual(new Set(["d0", "d1", "d2"]));
    });

    it("S4 MUST leave the list and its deployments as they are", () => {
      const pool = deployments(1, 2).map((deployment) => Object.freeze(deployment));

      expect(() => create().pick(Object.freeze(pool))).not.toThrow();
    });

    it("S5 MUST keep its state to itself", () => {
      const pool = deployments(1, 1);
      const [one, other] = [create(), create()];
      one.pick(pool);

      expect(other.pick(pool)).toBe(create().pick(pool));
    });

    it("S6 MUST stay safe whatever it is told, of whom and when", () => {
      const pool = deployments(1, 2, 3, 4);
      const outcome = fc.record({
        deployment: fc.constantFrom(...pool),
        elapsedMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })),
        failure: fc.constantFrom(undefined, "timeout", "server-error"),
      });
      const step = fc.record({ told: fc.array(outcome), eligible: fc.subarray(pool, { minLength: 1 }) });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
          const strategy = create();

          for (const { told, eligible } of steps) {
            for (const { deployment, ...outcome } of told) strategy.observe?.(deployment, outcome);
            expect(eligible).toContain(strategy.pick(eligible));
          }
        }),
      );
    });
  });
}

/** A deployment for each weight, with ids "d0", "d1" … */
export function deployments(...weights: number[]): Deployment[] {
  const provider = {
    name: "none",
    wires: ["chat"] as const,
    send: () => Promise.reject(new Error("unused")),
  };
  return weights.map((weight, index) => ({
    id: `d${index}`,
    model: "m",
    provider,
    sentModel: undefined,
    weight,
    share: 1,
    contextWindow: undefined,
    capabilities: undefined,
    price: undefined,
    identity: {},
    inFlight: 0,
    cooldownUntil: 0,
  }));
}
