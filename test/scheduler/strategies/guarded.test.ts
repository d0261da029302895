import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guarded } from "../../../src/scheduler/strategies/guarded.ts";
import { roundRobin } from "../../../src/scheduler/strategies/round-robin.ts";
import type { Strategy } from "../../../src/scheduler/strategies/strategy.ts";
import type { PromptCompilerEvent } from "../../../src/telemetry.ts";
import { deployments, describeStrategy } from "../../contracts/strategy.ts";

describeStrategy("a guarded strategy", () => guarded(roundRobin(), () => undefined));

const outcome = { elapsedMs: 1, failure: undefined };

describe("a guarded strategy", () => {
  it("never gives what is not eligible, whatever the strategy picks, and tells of each time it had to choose", () => {
    const pool = deployments(1, 1, 1, 1);
    const picks = fc.constantFrom("throws", "undefined", ...pool.keys());
    const cases = fc.tuple(picks, fc.subarray(pool, { minLength: 1 }));
    fc.assert(
      fc.property(cases, ([pick, eligible]) => {
        const events: PromptCompilerEvent[] = [];
        const strategy = {
          name: "wrong",
          pick: () => {
            if (pick === "throws") throw new Error("oops");
            return pool[pick as number];
          },
        } as Strategy;

        const picked = guarded(strategy, (event) => void events.push(event)).pick(eligible);

        const wanted = pool[pick as number];
        const isEligible = wanted !== undefined && eligible.includes(wanted);
        expect(picked).toBe(isEligible ? wanted : eligible[0]);
        expect(events.length).toBe(isEligible ? 0 : 1);
      }),
    );
  });

  it("passes on what it is told, and what goes wrong there fails nothing", () => {
    const told: string[] = [];
    const events: PromptCompilerEvent[] = [];
    const strategy: Strategy = {
      ...roundRobin(),
      observe: ({ id }) => {
        told.push(id);
        throw new Error("oops");
      },
    };

    guarded(strategy, (event) => void events.push(event)).observe?.(deployments(1)[0]!, outcome);

    expect(told).toEqual(["d0"]);
    expect(events).toMatchObject([{ type: "degraded", what: "strategy", error: new Error("oops") }]);
  });

  it("does without a strategy that does not want to be told", () => {
    expect(() => guarded(roundRobin(), () => undefined).observe?.(deployments(1)[0]!, outcome)).not.toThrow();
  });
});
