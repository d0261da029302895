import { describe, expect, it } from "vitest";
import type { HedgeOptions } from "../../../src/scheduler/policies/hedge.ts";
import { LatencyQuantile } from "../../../src/scheduler/policies/latency-quantile.ts";
import { answers, FakeUpstream, fails, hangs, said, streams, type Turn } from "../fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll } from "../given.ts";

const FIRST_ANSWER_MS = 200;
/** As many as it takes to know what is slow. */
const LEARNED = 16;

/** Answers after a while. */
const after =
  (ms: number, turn: Turn): Turn =>
  async (attempt) => {
    await new Promise<void>((resolve, reject) => {
      attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason), { once: true });
      pending.push({ at: now() + ms, resolve });
    });
    return turn(attempt);
  };

let pending: { at: number; resolve: () => void }[] = [];
let now: () => number = () => 0;

/**
 * Two deployments. The first has answered sixteen calls, in 200 ms each, and from then on does what `slow` says; the second
 * does what `other` says, and is asked by nobody before that.
 */
async function given(
  slow: Turn,
  other: Turn = answers("from b"),
  hedge: HedgeOptions = { budget: 0.25 },
  stream = false,
) {
  pending = [];
  const learned = Array.from({ length: LEARNED }, () => after(FIRST_ANSWER_MS, answers()));
  const upstreams = [new FakeUpstream(...learned, slow), new FakeUpstream(other)] as const;
  const strategy = { name: "first", pick: <D>(eligible: readonly D[]) => eligible[0]! };
  const setting = givenScheduler(upstreams, { hedge, strategy });
  const { clock, scheduler } = setting;
  now = () => clock.now();
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 10) {
      await clock.advance(10);
      for (const { at, resolve } of pending) if (at <= clock.now()) resolve();
      pending = pending.filter(({ at }) => at > clock.now());
    }
    await clock.advance(0);
  };
  for (let call = 0; call < LEARNED; call += 1) {
    const answered = scheduler.run(givenCall({ stream }));
    await advance(FIRST_ANSWER_MS + 10);
    const { reply } = await answered;
    if (reply.frames !== undefined) await readAll(await answered);
  }
  setting.events.length = 0;
  return { ...setting, upstreams, advance };
}

describe("hedging", () => {
  it("asks another deployment when the first is slower than its p95, and cancels the loser", async () => {
    const { scheduler, upstreams, advance, clock, inFlight, events } = await given(hangs);

    const call = scheduler.run(givenCall());
    await advance(190);
    expect(upstreams[1].attempts).toHaveLength(0);
    await advance(30);

    expect(await call).toMatchObject({ deployment: "b", attempts: 2 });
    expect(upstreams[0].attempts.at(-1)!.signal.aborted).toBe(true);
    expect(scheduler.describe()[0]).toMatchObject({ cooldownUntil: 0, inFlight: 0 });
    expect(inFlight()).toBe(0);
    expect(clock.sleeping).toBe(0);
    expect(events.map(({ type }) => type)).toEqual([
      "attempt-start",
      "hedge",
      "attempt-start",
      "attempt-end",
      "attempt-end",
    ]);
  });

  it("hands the first answer over where that comes first after all, and cancels the hedge", async () => {
    const { scheduler, upstreams, advance, inFlight } = await given(after(300, answers("from a")), hangs);

    const call = scheduler.run(givenCall());
    await advance(320);

    expect(await call).toMatchObject({ deployment: "a", attempts: 2 });
    expect(upstreams[1].attempts[0]!.signal.aborted).toBe(true);
    expect(inFlight()).toBe(0);
  });

  it("goes on with the one when the other fails", async () => {
    const down = fails(() => failure("server-error"));
    const { scheduler, advance } = await given(after(400, answers("from a")), down);

    const call = scheduler.run(givenCall());
    await advance(420);

    expect(await call).toMatchObject({ deployment: "a", attempts: 2 });
  });

  it("makes no more hedges than their budget: here one for each four calls", async () => {
    const { scheduler, upstreams, advance } = await given(after(400, answers()), after(400, answers()));

    for (let call = 0; call < 24; call += 1) {
      const answered = scheduler.run(givenCall());
      await advance(430);
      await answered;
    }

    expect(upstreams[1].attempts.length).toBeLessThanOrEqual((LEARNED + 24) / 4);
    expect(upstreams[1].attempts.length).toBeGreaterThan(0);
  });

  it("counts a hedge against maxAttempts (defect 21)", async () => {
    const { scheduler, upstreams, advance } = await given(hangs, hangs);

    const controller = new AbortController();
    const call = scheduler.run(givenCall({ signal: controller.signal }));
    call.catch(() => undefined);
    await advance(1_000);

    expect(upstreams.map(({ attempts }) => attempts.length)).toEqual([LEARNED + 1, 1]);
    controller.abort(new Error("left"));
    await expect(call).rejects.toThrow("left");
  });

  it("cancels both when the caller leaves (defect 1)", async () => {
    const { scheduler, upstreams, advance, clock, inFlight } = await given(hangs, hangs);
    const controller = new AbortController();

    const call = scheduler.run(givenCall({ signal: controller.signal }));
    call.catch(() => undefined);
    await advance(250);
    controller.abort(new Error("left"));

    await expect(call).rejects.toThrow("left");
    for (const { attempts } of upstreams) expect(attempts.at(-1)!.signal.aborted).toBe(true);
    await advance(10);
    expect(inFlight()).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it("does not hedge before it knows what is slow, nor without being asked to", async () => {
    for (const hedge of [{}, undefined]) {
      const upstreams = [new FakeUpstream(hangs), new FakeUpstream(answers())];
      const { scheduler, clock } = givenScheduler(upstreams, { hedge });
      const controller = new AbortController();

      const call = scheduler.run(givenCall({ signal: controller.signal }));
      call.catch(() => undefined);
      await clock.advance(60_000);

      expect(upstreams[1]!.attempts).toHaveLength(0);
      controller.abort();
      await call.catch(() => undefined);
    }
  });

  it("learns streamed and whole answers apart", async () => {
    const { scheduler, upstreams, advance } = await given(streams("stall"));
    const controller = new AbortController();

    const call = scheduler.run(givenCall({ stream: true, signal: controller.signal }));
    call.catch(() => undefined);
    await advance(1_000);

    expect(upstreams[1].attempts).toHaveLength(0);
    controller.abort();
    await call.catch(() => undefined);
  });

  it("reads a winner's stream to its end", async () => {
    const winner = streams([said("Hel")], [said("lo")]);
    const { scheduler, advance, inFlight } = await given(hangs, winner, { budget: 0.25 }, true);

    const call = scheduler.run(givenCall({ stream: true }));
    await advance(250);
    const answer = await call;

    expect(await readAll(answer)).toEqual([said("Hel").data, said("lo").data]);
    expect(inFlight()).toBe(0);
  });

  it("wants a quantile below 1", () => {
    expect(() => givenScheduler([new FakeUpstream(hangs)], { hedge: { quantile: 1 } })).toThrow(
      "hedge.quantile must be below 1, got 1",
    );
  });
});

describe("a quantile of latencies", () => {
  it("is that of the last 128, and unknown before the sixteenth", () => {
    const latency = new LatencyQuantile(0.95);
    for (let ms = 1; ms <= 15; ms += 1) latency.observe(ms);
    expect(latency.value).toBeUndefined();

    for (let ms = 16; ms <= 100; ms += 1) latency.observe(ms);
    expect(latency.value).toBe(92);

    for (let again = 0; again < 128; again += 1) latency.observe(7);
    expect(latency.value).toBe(7);
  });
});
