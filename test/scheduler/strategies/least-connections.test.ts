import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../src/scheduler/deployment.ts";
import { leastConnections } from "../../../src/scheduler/strategies/least-connections.ts";
import { deployments, describeStrategy } from "../../contracts/strategy.ts";

describeStrategy("leastConnections", leastConnections);

describe("leastConnections", () => {
  const pick = (...facts: Partial<Deployment>[]): string =>
    leastConnections().pick(
      deployments(...facts.map(() => 1)).map((each, index) => ({ ...each, ...facts[index] })),
    ).id;

  it.each<[string, Partial<Deployment>[], string]>([
    ["who has the fewest attempts under way", [{ inFlight: 3 }, { inFlight: 1 }, { inFlight: 2 }], "d1"],
    [
      "who has the fewest for its weight",
      [
        { inFlight: 3, weight: 4 },
        { inFlight: 1, weight: 1 },
      ],
      "d0",
    ],
    ["who is not coming back from a failure", [{ inFlight: 1, share: 0.25 }, { inFlight: 3 }], "d1"],
  ])("picks %s", (_, facts, expected) => {
    expect(pick(...facts)).toBe(expected);
  });

  it("shares by weight while all are idle", () => {
    const pool = deployments(3, 1);
    const strategy = leastConnections();

    const picked = Array.from({ length: 8 }, () => strategy.pick(pool).id);

    expect(picked.filter((id) => id === "d0")).toHaveLength(6);
  });
});
