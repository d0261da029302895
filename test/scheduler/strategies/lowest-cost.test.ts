import { describe, expect, it } from "vitest";
import type { Price } from "../../../src/scheduler/price.ts";
import { lowestCost } from "../../../src/scheduler/strategies/lowest-cost.ts";
import { deployments, describeStrategy } from "../../contracts/strategy.ts";

describeStrategy("lowestCost", lowestCost);

describe("lowestCost", () => {
  const priced = (...prices: (Price | undefined)[]) =>
    deployments(...prices.map(() => 1)).map((each, index) => ({ ...each, price: prices[index] }));

  it("picks the cheapest for the expected mix of input and output", () => {
    const pool = priced({ inputPer1M: 1, outputPer1M: 10 }, { inputPer1M: 2, outputPer1M: 4 });

    expect(lowestCost().pick(pool).id).toBe("d1");
    expect(lowestCost({ outputShare: 0.05 }).pick(pool).id).toBe("d0");
  });

  it("takes a price that is not known for unknown, not for 0: it comes last (defect 73)", () => {
    const pool = priced(undefined, { inputPer1M: 100, outputPer1M: 500 });
    const strategy = lowestCost();

    expect(strategy.pick(pool).id).toBe("d1");
    expect(strategy.pick([pool[0]!]).id).toBe("d0");
  });

  it("shares by weight among those of one price", () => {
    const price = { inputPer1M: 1, outputPer1M: 1 };
    const pool = deployments(3, 1).map((each) => ({ ...each, price }));
    const strategy = lowestCost();

    const picked = Array.from({ length: 8 }, () => strategy.pick(pool).id);

    expect(picked.filter((id) => id === "d0")).toHaveLength(6);
  });

  it.each([-0.1, 1.1, Number.NaN])("refuses an outputShare of %s", (outputShare) => {
    expect(() => lowestCost({ outputShare })).toThrow(
      `lowestCost: outputShare must be from 0 to 1, got ${outputShare}`,
    );
  });
});
