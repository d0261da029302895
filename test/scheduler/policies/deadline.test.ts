import { describe, expect, it } from "vitest";
import type { TimeoutOptions } from "../../../src/scheduler/policies/deadline.ts";
import type { Frame } from "../../../src/wires/wire.ts";
import { FakeClock } from "../../fake-clock.ts";
import { answers, FakeUpstream, hangs, role, said, streams, type Turn } from "../fake-upstream.ts";
import { givenCall, givenScheduler } from "../given.ts";

const timeouts = { headersMs: 5_000, firstChunkMs: 3_000, betweenChunksMs: 2_000 };

interface Given {
  readonly turn: Turn;
  readonly stream?: boolean;
  readonly timeouts?: TimeoutOptions;
  readonly deadlineMs?: number;
}

/** A call to an upstream that goes wrong, with another, well, behind it. */
function given({ turn, stream = true, deadlineMs, ...options }: Given) {
  const upstreams = [new FakeUpstream(turn), new FakeUpstream(answers())];
  const setting = givenScheduler(upstreams, { timeouts, ...options });
  return { ...setting, upstreams, run: () => setting.scheduler.run(givenCall({ stream, deadlineMs })) };
}

async function expectFailoverAfter(
  ms: number,
  message: string,
  setting: ReturnType<typeof given>,
): Promise<void> {
  const call = setting.run();
  await setting.clock.advance(ms - 1);
  expect(setting.upstreams[1]!.attempts).toHaveLength(0);
  await setting.clock.advance(1);

  expect(await call).toMatchObject({ deployment: "b", attempts: 2, upstreamMs: ms });
  const { reason } = setting.upstreams[0]!.attempts[0]!.signal;
  expect(reason).toMatchObject({ kind: "timeout", message });
  expect(setting.scheduler.describe()[0]!.cooldownUntil).toBeGreaterThan(setting.clock.now());
}

/** A stream whose frames the test sends. */
function givenSource() {
  let send: (frames: readonly Frame[]) => void = () => undefined;
  const turn: Turn = async ({ signal }) => ({
    status: 200,
    headers: {},
    frames: {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise((resolve, reject) => {
            send = (value) => resolve({ done: false, value });
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          }),
      }),
    },
  });
  return { turn, send: (frames: readonly Frame[]) => send(frames) };
}

describe("the deadlines of an attempt (defect 12)", () => {
  it("give a whole answer headersMs to be here, then fail over", async () => {
    await expectFailoverAfter(
      5_000,
      'deployment "a" did not reply within 5000 ms (headersMs)',
      given({ turn: hangs, stream: false }),
    );
  });

  it("give a streamed answer headersMs to begin, where that is the shorter", async () => {
    await expectFailoverAfter(
      1_000,
      'deployment "a" did not reply within 1000 ms (headersMs)',
      given({ turn: hangs, timeouts: { ...timeouts, headersMs: 1_000 } }),
    );
  });

  it("give a streamed answer firstChunkMs, from its start, to say something", async () => {
    await expectFailoverAfter(
      3_000,
      'deployment "a" said nothing within 3000 ms (firstChunkMs)',
      given({ turn: streams("stall") }),
    );
  });

  it("do not take a role for something said (defect 13)", async () => {
    await expectFailoverAfter(
      3_000,
      'deployment "a" said nothing within 3000 ms (firstChunkMs)',
      given({ turn: streams([role], [role], "stall") }),
    );
  });

  it("end an attempt after totalMs, if that is set", async () => {
    await expectFailoverAfter(
      500,
      'deployment "a" did not finish within 500 ms (totalMs)',
      given({ turn: hangs, timeouts: { ...timeouts, totalMs: 500 } }),
    );
  });

  it("break a stream off when the next chunk takes longer than betweenChunksMs", async () => {
    const { turn, send } = givenSource();
    const { run, clock, scheduler, inFlight } = given({ turn });
    const call = run();
    await clock.advance(1_000);
    send([said("Hel")]);
    const frames = (await call).reply.frames![Symbol.asyncIterator]();
    await frames.next();

    for (let chunk = 0; chunk < 5; chunk += 1) {
      const next = frames.next();
      await clock.advance(1_900);
      send([said("lo")]);
      await next;
    }
    const silent = frames.next();
    silent.catch(() => undefined);
    await clock.advance(1_999);
    expect(inFlight()).toBe(1);
    await clock.advance(1);

    await expect(silent).rejects.toMatchObject({
      kind: "timeout",
      message: 'deployment "a" sent no further chunk within 2000 ms (betweenChunksMs)',
    });
    expect(inFlight()).toBe(0);
    expect(clock.sleeping).toBe(0);
    expect(scheduler.describe()[0]!.cooldownUntil).toBeGreaterThan(clock.now());
  });

  it("do not count the time a slow consumer takes", async () => {
    const { turn, send } = givenSource();
    const { run, clock } = given({ turn });
    const call = run();
    await clock.advance(0);
    send([said("Hel")]);
    const frames = (await call).reply.frames![Symbol.asyncIterator]();
    await frames.next();

    await clock.advance(60_000);
    const next = frames.next();
    await clock.advance(1_999);
    send([said("lo")]);

    expect((await next).value).toEqual([said("lo")]);
  });

  it("keep one timer running, whatever the number of chunks", async () => {
    class CountingClock extends FakeClock {
      sleeps = 0;
      override sleep(ms: number, signal?: AbortSignal): Promise<void> {
        this.sleeps += 1;
        return super.sleep(ms, signal);
      }
    }
    const clock = new CountingClock();
    const chunks = Array.from({ length: 1_000 }, () => [said("x")]);
    const { scheduler } = givenScheduler([new FakeUpstream(streams(...chunks))], { clock });

    const { reply } = await scheduler.run(givenCall({ stream: true }));
    for await (const _ of reply.frames!) expect(clock.sleeping).toBe(1);

    expect(clock.sleeps).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  it.each([
    ["whole", false],
    ["streamed", true],
  ])("leave no timer behind a %s answer", async (_, stream) => {
    const { run, clock } = given({ turn: answers(), stream });

    const { reply } = await run();
    for await (const _ of reply.frames ?? []);

    expect(clock.sleeping).toBe(0);
  });
});

describe("the deadline of a call", () => {
  it("ends the call, with what was attempted until then", async () => {
    const { run, clock, upstreams } = given({ turn: hangs, stream: false, deadlineMs: 800 });

    const call = run();
    call.catch(() => undefined);
    await clock.advance(800);

    await expect(call).rejects.toMatchObject({
      code: "PC_ALL_DEPLOYMENTS_FAILED",
      retryable: true,
      attempts: [
        {
          deployment: "a",
          error: { kind: "timeout", message: 'deployment "a" was not done by the call\'s deadline' },
        },
      ],
    });
    expect(upstreams[1]!.attempts).toHaveLength(0);
  });

  it("does not speak against the deployment: the caller was in a hurry (defect 43)", async () => {
    const { run, clock, scheduler } = given({ turn: hangs, deadlineMs: 800 });

    const call = run();
    call.catch(() => undefined);
    await clock.advance(800);

    await expect(call).rejects.toThrow();
    expect(scheduler.describe()[0]).toMatchObject({ cooldownUntil: 0, inFlight: 0 });
  });

  it("holds in the middle of a stream", async () => {
    const { run, clock } = given({ turn: streams([said("Hel")], "stall"), deadlineMs: 800 });
    const frames = (await run()).reply.frames![Symbol.asyncIterator]();
    await frames.next();

    const next = frames.next();
    next.catch(() => undefined);
    await clock.advance(800);

    await expect(next).rejects.toMatchObject({ kind: "timeout" });
    expect(clock.sleeping).toBe(0);
  });

  it("starts no attempt when it has passed already", async () => {
    const { run, upstreams } = given({ turn: answers(), deadlineMs: 0 });

    await expect(run()).rejects.toMatchObject({
      code: "PC_NO_DEPLOYMENT_AVAILABLE",
      retryAfterMs: undefined,
    });
    expect(upstreams[0]!.attempts).toHaveLength(0);
  });
});
