import { describe, expect, it } from "vitest";
import { RetryBudget } from "../../../src/scheduler/policies/retry-budget.ts";

const given = (budgetShare = 0.25, budgetReserve = 3): RetryBudget =>
  new RetryBudget({ budgetShare, budgetReserve }, 0);

const draw = (budget: RetryBudget, now: number, times: number): number =>
  Array.from({ length: times }, () => budget.tryDraw(now)).filter(Boolean).length;

describe("a retry budget", () => {
  it("holds its reserve at first, and then one more a second, up to it", () => {
    const budget = given();

    expect(draw(budget, 0, 10)).toBe(3);
    expect(draw(budget, 999, 10)).toBe(0);
    expect(draw(budget, 1_000, 10)).toBe(1);
    expect(draw(budget, 60_000, 10)).toBe(3);
  });

  it("earns a share of what is answered", () => {
    const budget = given();
    draw(budget, 0, 3);

    for (let answer = 0; answer < 40; answer += 1) budget.earn();

    expect(draw(budget, 0, 100)).toBe(10);
  });

  it("keeps no more than ten reserves", () => {
    const budget = given();

    for (let answer = 0; answer < 10_000; answer += 1) budget.earn();

    expect(draw(budget, 0, 100)).toBe(30);
  });
});
