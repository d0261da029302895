import { describe, expect, it } from "vitest";
import { localState } from "../../src/scheduler/state/local.ts";
import type { SharedState } from "../../src/scheduler/state/shared-state.ts";
import { FakeClock } from "../fake-clock.ts";
import { answers, FakeUpstream, fails, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "./given.ts";

const limited = fails(() => failure("rate-limited", { status: 429, retryAfterMs: 30_000 }));
const down = fails(() => failure("server-error", { status: 500 }));

/** Schedulers on one state, each with a deployment "a" that takes these turns, and a "b" that answers. */
function givenSharing(...turnsOfA: readonly (readonly Turn[])[]) {
  const clock = new FakeClock();
  const state = localState({ clock });
  const sharing = turnsOfA.map((turns) => {
    const a = new FakeUpstream(...turns);
    const { scheduler } = givenScheduler([a, new FakeUpstream(answers())], { clock, state });
    const untilOfA = (): number => scheduler.describe()[0]!.cooldownUntil;
    return { scheduler, a, untilOfA };
  });
  return { clock, state, sharing };
}

describe("schedulers that share a state", () => {
  it("leave a deployment alone that limits one of them (defect 49)", async () => {
    const { clock, sharing } = givenSharing([limited], [answers()]);
    const [one, other] = sharing as [(typeof sharing)[0], (typeof sharing)[0]];

    await one.scheduler.run(givenCall());
    await other.scheduler.run(givenCall());
    const asked = other.a.attempts.length;
    for (let call = 0; call < 4; call += 1) await other.scheduler.run(givenCall());

    expect(other.untilOfA()).toBe(clock.now() + 30_000);
    expect(other.a.attempts.length).toBe(asked);
    await clock.advance(30_000);
    await other.scheduler.run(givenCall());
    await other.scheduler.run(givenCall());
    expect(other.a.attempts.length).toBeGreaterThan(asked);
  });

  it("hear of an outage that one of them has found out", async () => {
    const { clock, sharing } = givenSharing([down], [answers()]);

    await sharing[0]!.scheduler.run(givenCall());
    await sharing[1]!.scheduler.run(givenCall());

    expect(sharing[1]!.untilOfA()).toBeGreaterThan(clock.now());
  });

  it("tell their callers of a limit by what it is, though another was told", async () => {
    const clock = new FakeClock();
    const state = localState({ clock });
    const one = givenScheduler([new FakeUpstream(limited)], { clock, state });
    const other = givenScheduler([new FakeUpstream(answers())], { clock, state });
    await expect(one.scheduler.run(givenCall())).rejects.toThrow();
    await other.scheduler.run(givenCall()).catch(() => undefined);

    const refused = other.scheduler.run(givenCall());

    await expect(refused).rejects.toMatchObject({
      code: "PC_NO_DEPLOYMENT_AVAILABLE",
      wireCode: "rate_limit_exceeded",
      retryAfterMs: 30_000,
    });
  });

  it("stand by the later end, whoever was told it", async () => {
    const longer = fails(() => failure("rate-limited", { status: 429, retryAfterMs: 60_000 }));
    const { clock, sharing } = givenSharing([limited], [longer]);
    const [one, other] = sharing as [(typeof sharing)[0], (typeof sharing)[0]];

    await Promise.all([one.scheduler.run(givenCall()), other.scheduler.run(givenCall())]);
    await one.scheduler.run(givenCall());
    await other.scheduler.run(givenCall());

    expect([one.untilOfA(), other.untilOfA()]).toEqual([clock.now() + 60_000, clock.now() + 60_000]);
  });

  it("hear of each cooldown once: an answer ends it, though the state still knows of it", async () => {
    const { clock, state, sharing } = givenSharing([answers()]);
    const [{ scheduler, a, untilOfA }] = sharing as [(typeof sharing)[0]];
    const until = clock.now() + 30_000;
    state.cool("a", { untilMs: until, asked: false, failure: "network" });
    state.cool("b", { untilMs: clock.now() + 5_000, asked: true, failure: "rate-limited" });
    await scheduler.run(givenCall());
    expect(untilOfA()).toBe(until);

    // "b" asked for it, "a" is a guess: "a" is asked, and answers.
    await scheduler.run(givenCall());
    await clock.advance(5_000);
    state.cool("elsewhere", { untilMs: until, asked: false, failure: "network" });
    const before = a.attempts.length;
    for (let call = 0; call < 4; call += 1) await scheduler.run(givenCall());

    expect(untilOfA()).toBe(0);
    expect(a.attempts.length).toBe(before + 2);
  });

  it("say in an event, once, that a cooldown was heard, and do not tell it onwards", async () => {
    const clock = new FakeClock();
    const local = localState({ clock });
    const told: string[] = [];
    const state: SharedState = Object.assign(Object.create(local), {
      reserve: local.reserve.bind(local),
      cooldowns: local.cooldowns.bind(local),
      close: local.close.bind(local),
      cool: (key: string) => void told.push(key),
    });
    const untilMs = clock.now() + 30_000;
    local.cool("a", { untilMs, asked: true, failure: "rate-limited" });
    const upstreams = [new FakeUpstream(answers()), new FakeUpstream(down), new FakeUpstream(answers())];
    const { scheduler, events } = givenScheduler(upstreams, { clock, state });

    for (let call = 0; call < 6; call += 1) await scheduler.run(givenCall());

    const cooling = events.filter((event) => event.type === "cooldown");
    expect(cooling.filter(({ heard }) => heard)).toEqual([
      { type: "cooldown", deployment: "a", failure: "rate-limited", untilMs, heard: true },
    ]);
    expect(cooling.filter(({ heard }) => !heard).map(({ deployment }) => deployment)).toEqual(["b"]);
    expect(told).toEqual(["b"]);
  });

  it("keep a refused key to themselves: another may hold a new one", async () => {
    const refused = fails(() => failure("unauthorized", { status: 401 }));
    const { state, sharing } = givenSharing([refused], [answers()]);

    await sharing[0]!.scheduler.run(givenCall());

    expect(sharing[0]!.untilOfA()).toBeGreaterThan(0);
    expect(state.cooldowns()).toBeUndefined();
  });

  it("take no notice of a cooldown that is over, nor of deployments they do not have", async () => {
    const { clock, state, sharing } = givenSharing([answers()]);
    state.cool("a", { untilMs: clock.now() - 1, asked: true, failure: "rate-limited" });
    state.cool("elsewhere", { untilMs: clock.now() + 30_000, asked: true, failure: "rate-limited" });

    await sharing[0]!.scheduler.run(givenCall());
    await sharing[0]!.scheduler.run(givenCall());

    expect(sharing[0]!.untilOfA()).toBe(0);
  });

  it("wait for no state: a call goes by what is known", async () => {
    const clock = new FakeClock();
    const local = localState({ clock });
    const silent: SharedState = {
      name: "silent",
      reserve: (claim) => local.reserve(claim),
      cool: () => {},
      cooldowns: () => new Promise(() => {}),
      close: () => local.close(),
    };
    const upstreams = [new FakeUpstream(down), new FakeUpstream(answers())];
    const { scheduler } = givenScheduler(upstreams, { clock, state: silent });

    await expect(scheduler.run(givenCall())).resolves.toMatchObject({ deployment: "b" });
  });
});
