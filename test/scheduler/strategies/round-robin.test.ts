import { describe, expect, it } from "vitest";
import { roundRobin } from "../../../src/scheduler/strategies/round-robin.ts";
import { deployments, describeStrategy } from "../../contracts/strategy.ts";

describeStrategy("roundRobin", roundRobin);

describe("roundRobin", () => {
  it("takes turns in the pool's order, whatever the weights", () => {
    const pool = deployments(5, 1, 1);
    const strategy = roundRobin();

    const picked = Array.from({ length: 6 }, () => strategy.pick(pool).id);

    expect(picked).toEqual(["d0", "d1", "d2", "d0", "d1", "d2"]);
  });

  it("gives the next turn to whoever waited longest when somebody comes back", () => {
    const pool = deployments(1, 1, 1);
    const strategy = roundRobin();
    strategy.pick(pool);
    const without = [pool[0]!, pool[2]!];
    strategy.pick(without);
    strategy.pick(without);

    expect(strategy.pick(pool).id).toBe("d1");
  });
});
