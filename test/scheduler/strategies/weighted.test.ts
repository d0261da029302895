import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { weighted } from "../../../src/scheduler/strategies/weighted.ts";
import { deployments, describeStrategy } from "../../contracts/strategy.ts";

describeStrategy("weighted", weighted);

describe("weighted", () => {
  it("spreads the picks of the heaviest, as nginx does: 5, 1, 1 are a a b a c a a", () => {
    const pool = deployments(5, 1, 1);
    const strategy = weighted();

    const picked = Array.from({ length: 7 }, () => strategy.pick(pool).id);

    expect(picked).toEqual(["d0", "d0", "d1", "d0", "d2", "d0", "d0"]);
  });

  it("gives each exactly its weight in as many picks as the weights sum up to, again and again", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, (each) => {
        const pool = deployments(...each);
        const total = each.reduce((sum, weight) => sum + weight);
        const strategy = weighted();

        for (let round = 0; round < 2; round += 1) {
          const picked = Array.from({ length: total }, () => strategy.pick(pool).id);

          expect(pool.map(({ id }) => picked.filter((other) => other === id).length)).toEqual(each);
        }
      }),
    );
  });

  it("lets nobody catch up on the picks of its absence", () => {
    const pool = deployments(1, 1);
    const strategy = weighted();
    for (let pick = 0; pick < 100; pick += 1) strategy.pick([pool[0]!]);

    const picked = Array.from({ length: 4 }, () => strategy.pick(pool).id);

    expect(picked.filter((id) => id === "d1")).toHaveLength(2);
  });
});
