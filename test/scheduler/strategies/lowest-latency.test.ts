import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../src/scheduler/deployment.ts";
import { lowestLatency } from "../../../src/scheduler/strategies/lowest-latency.ts";
import { deployments, describeStrategy } from "../../contracts/strategy.ts";
import { FakeClock } from "../../fake-clock.ts";
import { seededRandom } from "../../seeded-random.ts";

describeStrategy("lowestLatency", () => lowestLatency({ clock: new FakeClock(), random: seededRandom(1) }));

/** Deployments that each have answered once, in so many milliseconds; `undefined`: not yet. */
function given(...latencies: (number | undefined)[]) {
  const clock = new FakeClock();
  const strategy = lowestLatency({ clock, random: seededRandom(7), decayMs: 30_000, forgetMs: 300_000 });
  const pool = deployments(...latencies.map(() => 1)).map((each) => ({ ...each, inFlight: 0 }));
  const answered = (index: number, elapsedMs: number): void =>
    strategy.observe?.(pool[index]!, { elapsedMs, failure: undefined });
  const failed = (index: number, elapsedMs: number): void =>
    strategy.observe?.(pool[index]!, { elapsedMs, failure: "timeout" });
  for (const [index, latency] of latencies.entries()) if (latency !== undefined) answered(index, latency);
  const picks = (n: number, eligible: readonly Deployment[] = pool): string[] =>
    Array.from({ length: n }, () => strategy.pick(eligible).id);
  return { clock, strategy, pool, answered, failed, picks };
}

describe("lowestLatency", () => {
  it("picks the faster of two", () => {
    const { picks } = given(900, 300);

    expect(new Set(picks(20))).toEqual(new Set(["d1"]));
  });

  it("never picks the slowest of many, which is the worse of any two", () => {
    const { picks } = given(300, 301, 900, 302);

    expect(picks(200)).not.toContain("d2");
  });

  it("counts what a deployment has to do already: twice as fast with two under way is no faster", () => {
    const { pool, picks } = given(300, 600);

    pool[0]!.inFlight = 2;

    expect(picks(1)).toEqual(["d1"]);
  });

  it("spreads calls that come at once over those that are equally fast, by what is under way", () => {
    const { pool, strategy } = given(300, 300, 300, 300);

    for (let call = 0; call < 200; call += 1) {
      const picked = strategy.pick(pool);
      pool.find(({ id }) => id === picked.id)!.inFlight += 1;
    }

    for (const { inFlight } of pool) expect(Math.abs(inFlight - 50)).toBeLessThanOrEqual(10);
  });

  it("tries those that are not known first, with one attempt at a time", () => {
    const { pool, picks } = given(300, undefined);

    expect(picks(1)).toEqual(["d1"]);
    pool[1]!.inFlight = 1;
    expect(picks(50)).not.toContain("d1");
  });

  it("shares among those that are not known where nobody is known", () => {
    const { pool, picks } = given(undefined, undefined);
    pool[0]!.inFlight = 2;
    pool[1]!.inFlight = 1;

    expect(picks(1)).toEqual(["d1"]);
  });

  it("believes the worse at once", () => {
    const { answered, picks } = given(300, 600);

    answered(0, 5_000);

    expect(picks(1)).toEqual(["d1"]);
  });

  it("believes the better slowly: after decayMs it counts for two thirds", async () => {
    const { clock, answered, picks } = given(5_000, 2_200);

    answered(0, 300);
    expect(picks(1)).toEqual(["d1"]);

    // 5000/e + 300·(1 − 1/e) = 2029
    await clock.advance(30_000);
    answered(0, 300);
    expect(picks(1)).toEqual(["d0"]);
  });

  it("takes a failure for no answer: a fast one makes nobody faster, a slow one makes slower", () => {
    const { failed, picks } = given(600, 300);

    failed(0, 1);
    expect(picks(1)).toEqual(["d1"]);

    failed(1, 30_000);
    expect(picks(1)).toEqual(["d0"]);
  });

  it("does not try again at once who failed before it was known", () => {
    const { failed, answered, picks } = given(600, undefined);

    failed(1, 5);
    expect(new Set(picks(20))).toEqual(new Set(["d0"]));

    answered(1, 100);
    expect(picks(1)).toEqual(["d1"]);
  });

  it("forgets what it has not heard of for five minutes, and tries it again", async () => {
    const { clock, answered, picks } = given(300, 900);

    await clock.advance(299_000);
    answered(0, 301);
    expect(picks(1)).toEqual(["d0"]);

    await clock.advance(1_000);
    expect(picks(1)).toEqual(["d1"]);
  });

  it("gives less at a time to one that is coming back from a failure", () => {
    const { strategy, pool } = given(300, 300);

    const eligible = [
      { ...pool[0]!, inFlight: 1, share: 0.1 },
      { ...pool[1]!, inFlight: 4 },
    ];
    for (const deployment of eligible) strategy.observe?.(deployment, { elapsedMs: 300, failure: undefined });

    expect(strategy.pick(eligible).id).toBe("d1");
  });

  it.each(["decayMs", "forgetMs"])("refuses a %s that is not positive", (name) => {
    expect(() => lowestLatency({ [name]: 0 })).toThrow(
      `lowestLatency: ${name} must be a positive number of milliseconds, got 0`,
    );
  });
});
