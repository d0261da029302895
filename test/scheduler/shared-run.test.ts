import { describe, expect, it } from "vitest";
import type { ScheduledAnswer } from "../../src/scheduler/call.ts";
import { localState } from "../../src/scheduler/state/local.ts";
import type { RunPart, SharedState } from "../../src/scheduler/state/shared-state.ts";
import type { Wire } from "../../src/wires/wire.ts";
import { completion } from "../chat-shapes.ts";
import { FakeClock } from "../fake-clock.ts";
import { answers, bodyOf, FakeUpstream, fails, hangs, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "./given.ts";

/** A state that several "processes" share, without a wire in between; `away` is what Redis is when it is gone. */
function sharedState(clock: FakeClock) {
  const runs = new Map<string, { answer: Uint8Array | undefined; over: boolean }>();
  const told = { away: false, looks: 0, bytes: 0 };
  const takePart = async (name: string): Promise<RunPart | undefined> => {
    if (told.away) return undefined;
    const known = runs.get(name);
    if (known !== undefined) {
      const look = async () => {
        told.looks += 1;
        if (told.away) return undefined;
        return known.over ? known.answer : ("running" as const);
      };
      return { leads: false, look };
    }
    const run = { answer: undefined as Uint8Array | undefined, over: false };
    runs.set(name, run);
    const end = (answer: Uint8Array | undefined): void => {
      Object.assign(run, { answer, over: true });
      told.bytes += answer?.length ?? 0;
      runs.delete(name);
    };
    return { leads: true, end };
  };
  const state: SharedState = Object.assign(localState({ clock }), { takePart });
  return { state, told, runs };
}

/** A turn that is held back until `release`. */
function held(then: Turn = async () => bodyOf(completion("held"))) {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const turn: Turn = async (attempt) => {
    await released;
    return then(attempt);
  };
  return { turn, release: () => release() };
}

/** "Processes", each with an upstream that takes its turn. */
function given(...turns: readonly Turn[]) {
  const clock = new FakeClock();
  const shared = sharedState(clock);
  const processes = turns.map((turn) => {
    const upstream = new FakeUpstream(turn);
    const { scheduler } = givenScheduler([upstream], { clock, singleFlight: true, state: shared.state });
    return { upstream, scheduler };
  });
  const ask = (index: number, call: object = {}, body: object = {}) => {
    const wire: Wire = "chat";
    const request = { messages: [], temperature: 0, ...body };
    return processes[index]!.scheduler.run(
      givenCall({ requestFor: ({ model }) => ({ wire, body: { model, ...request } }), ...call }),
    );
  };
  const attempts = () => processes.map(({ upstream }) => upstream.attempts.length);
  return { clock, ask, attempts, ...shared };
}

const textOf = ({ reply }: ScheduledAnswer): string => Buffer.from(reply.body ?? []).toString();

describe("a run that processes share", () => {
  it("is made once: who follows gets the answer and made no attempt (defect 63)", async () => {
    const { turn, release } = held();
    const { clock, ask, attempts } = given(turn, answers("not asked"));
    const leading = ask(0);
    await clock.advance(0);

    const following = [ask(1), ask(1)];
    await clock.advance(50);
    release();
    await clock.advance(1_000);

    const [led, first, second] = await Promise.all([leading, ...following]);
    expect(attempts()).toEqual([1, 0]);
    expect([led, first, second].map((each) => each?.cache)).toEqual([undefined, "joined", "joined"]);
    expect([led, first, second].map((each) => each?.attempts)).toEqual([1, 0, 0]);
    expect(first?.upstreamMs).toBeGreaterThan(0);
    expect([first, second].map((each) => textOf(each!))).toEqual(Array(2).fill(textOf(led!)));
    expect(first).toMatchObject({ deployment: "a", sentModel: "m", servedModel: led!.servedModel });
    expect(clock.sleeping).toBe(0);
  });

  it("fails for its leader alone: who followed runs for itself, once (defect 63)", async () => {
    const { turn: failing, release } = held(fails(() => failure("invalid-request")));
    const { clock, ask, attempts } = given(failing, answers("mine"));
    const leading = ask(0);
    await clock.advance(0);

    const following = [ask(1), ask(1)];
    await clock.advance(50);
    release();
    await expect(leading).rejects.toMatchObject({ kind: "invalid-request" });
    await clock.advance(1_000);

    expect((await Promise.all(following)).map(textOf)).toEqual(
      Array(2).fill(expect.stringContaining("mine")),
    );
    expect(attempts()).toEqual([1, 1]);
  });

  it("is given up by a leader whose callers have all left, and by nobody else", async () => {
    const { clock, ask, attempts } = given(hangs, answers("mine"), answers("not asked"));
    const [first, third] = [new AbortController(), new AbortController()];
    const leading = ask(0, { signal: first.signal });
    await clock.advance(0);
    const staying = ask(1);
    const leaving = ask(2, { signal: third.signal });
    await clock.advance(50);

    third.abort(new Error("gone"));
    await expect(leaving).rejects.toThrow("gone");
    first.abort(new Error("gone too"));
    await expect(leading).rejects.toThrow("gone too");
    await clock.advance(1_000);

    expect(textOf(await staying)).toContain("mine");
    expect(attempts()).toEqual([1, 1, 0]);
    expect(clock.sleeping).toBe(0);
  });

  it("is not waited for where the state is away, from the beginning or from the middle (defect 64)", async () => {
    const { turn, release } = held();
    const { clock, ask, attempts, told } = given(turn, answers("mine"), answers("mine too"));
    const leading = ask(0);
    await clock.advance(0);
    const following = ask(1);
    await clock.advance(10);

    told.away = true;
    await clock.advance(50);
    const [second, third] = await Promise.all([following, ask(2)]);
    release();
    await leading;

    expect([textOf(second), textOf(third)]).toEqual([
      expect.stringContaining("mine"),
      expect.stringContaining("mine too"),
    ]);
    expect(attempts()).toEqual([1, 1, 1]);
  });

  it("is waited for with looks that grow apart, and not without end", async () => {
    const { clock, ask, attempts, told } = given(hangs, answers("mine"));
    const controller = new AbortController();
    const leading = ask(0, { signal: controller.signal });
    await clock.advance(0);

    const following = ask(1);
    await clock.advance(5_000);
    const early = told.looks;
    for (let minute = 0; minute < 6; minute += 1) await clock.advance(60_000);

    expect(early).toBeLessThan(12);
    expect(textOf(await following)).toContain("mine");
    expect([told.looks, attempts()]).toEqual([300, [1, 1]]);
    controller.abort(new Error("gone"));
    await expect(leading).rejects.toThrow("gone");
  });

  it("is of whole answers only: each process has a stream of its own", async () => {
    const { ask, attempts, runs } = given(answers(), answers());

    await Promise.all([
      ask(0, { stream: true }, { stream: true }),
      ask(1, { stream: true }, { stream: true }),
    ]);

    expect([attempts(), runs.size]).toEqual([[1, 1], 0]);
  });

  it("never crosses a tenant (defect 56)", async () => {
    const { turn, release } = held();
    const { clock, ask, attempts } = given(turn, answers("mine"));
    const leading = ask(0, { tenant: "acme" });
    await clock.advance(0);

    const other = await ask(1, { tenant: "globex" });
    release();
    await leading;

    expect(textOf(other)).toContain("mine");
    expect(attempts()).toEqual([1, 1]);
  });

  it("tells nothing of an answer that is too long to share", async () => {
    const { clock, ask, told } = given(answers("x".repeat(600_000)));

    await ask(0);
    await clock.advance(0);

    expect(told.bytes).toBe(0);
  });
});
