import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { answers, FakeUpstream, fails, hangs, role, said, streams } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll } from "./given.ts";

class Reason extends Error {}

/** A call with one controller, whose every way out can be looked at. */
function given(
  upstreams: readonly FakeUpstream[],
  stream = false,
  options: Parameters<typeof givenScheduler>[1] = {},
) {
  const controller = new AbortController();
  const setting = givenScheduler(upstreams, options);
  const call = givenCall({ stream, signal: controller.signal });
  const reason = new Reason("the caller has left");
  const open = (): number => upstreams.reduce((sum, each) => sum + each.open, 0);
  return { ...setting, call, reason, open, abort: (): void => controller.abort(reason) };
}

type Given = ReturnType<typeof given>;

function expectNothingLeft({ inFlight, open, clock, scheduler, events }: Given): void {
  expect(inFlight()).toBe(0);
  expect(clock.sleeping).toBe(0);
  expect(open()).toBe(0);
  expect(scheduler.describe()[0]!.cooldownUntil).toBe(0);
  for (const event of events) if (event.type === "attempt-end") expect(event.failure).toBeUndefined();
}

describe("an abort rejects at once with its own reason, stops the upstream and is no failure (defect 1)", () => {
  it("before the start: no attempt is made (defect 5)", async () => {
    const upstream = new FakeUpstream(hangs);
    const setting = given([upstream]);

    setting.abort();

    await expect(setting.scheduler.run(setting.call)).rejects.toBe(setting.reason);
    expect(upstream.attempts).toHaveLength(0);
    expectNothingLeft(setting);
  });

  it.each([
    ["whole", false],
    ["streamed", true],
  ])("while the reply of a %s answer is awaited (defect 3)", async (_, stream) => {
    const upstreams = [new FakeUpstream(hangs), new FakeUpstream(hangs)];
    const setting = given(upstreams, stream);

    const call = setting.scheduler.run(setting.call);
    setting.abort();

    await expect(call).rejects.toBe(setting.reason);
    expect(upstreams[0]!.attempts[0]!.signal.reason).toBe(setting.reason);
    expect(upstreams[1]!.attempts).toHaveLength(0);
    expectNothingLeft(setting);
  });

  it("while a provider does not listen to its signal", async () => {
    const deaf = new FakeUpstream(() => new Promise(() => undefined));
    const setting = given([deaf]);

    const call = setting.scheduler.run(setting.call);
    setting.abort();

    await expect(call).rejects.toBe(setting.reason);
    expectNothingLeft(setting);
  });

  it("while it is backing off (defect 4), and starts no attempt after that (defect 6)", async () => {
    const upstream = new FakeUpstream(fails(() => failure("conflict")));
    const setting = given([upstream]);

    const call = setting.scheduler.run(setting.call);
    await setting.clock.advance(10);
    setting.abort();

    await expect(call).rejects.toBe(setting.reason);
    await setting.clock.advance(60_000);
    expect(upstream.attempts).toHaveLength(1);
    expect(setting.clock.sleeping).toBe(0);
    expect(setting.inFlight()).toBe(0);
  });

  it("while it waits for a place among all calls, and the next in line gets it", async () => {
    const upstream = new FakeUpstream(hangs);
    const setting = given([upstream], false, { admission: { parallel: 1 } });
    const first = new AbortController();
    const running = setting.scheduler.run(givenCall({ signal: first.signal })).catch(() => undefined);
    await setting.clock.advance(0);

    const call = setting.scheduler.run(setting.call);
    await setting.clock.advance(10);
    setting.abort();

    await expect(call).rejects.toBe(setting.reason);
    expect(upstream.attempts).toHaveLength(1);
    first.abort();
    await running;
    await setting.clock.advance(0);
    expectNothingLeft(setting);
  });

  it("while it waits for room in a deployment's limits: no attempt is made, and the room stays", async () => {
    const upstream = new FakeUpstream(answers());
    const setting = given([upstream], false, { each: { limits: { rpm: 1 } } });
    await setting.scheduler.run(givenCall());

    const call = setting.scheduler.run(setting.call);
    await setting.clock.advance(10);
    setting.abort();

    await expect(call).rejects.toBe(setting.reason);
    expect(upstream.attempts).toHaveLength(1);
    expectNothingLeft(setting);
    const next = setting.scheduler.run(givenCall());
    await setting.clock.advance(61_000);
    expect((await next).deployment).toBe("a");
  });

  it("before the first chunk (defect 2)", async () => {
    const upstream = new FakeUpstream(streams([role], "stall"));
    const setting = given([upstream], true);

    const call = setting.scheduler.run(setting.call);
    await setting.clock.advance(10);
    expect(setting.open()).toBe(1);
    setting.abort();

    await expect(call).rejects.toBe(setting.reason);
    await setting.clock.advance(0);
    expectNothingLeft(setting);
  });

  it("in the middle of the stream, while the next chunk is awaited", async () => {
    const setting = given([new FakeUpstream(streams([said("Hel")], "stall"))], true);
    const { reply } = await setting.scheduler.run(setting.call);
    const frames = reply.frames![Symbol.asyncIterator]();
    await frames.next();

    const next = frames.next();
    setting.abort();

    await expect(next).rejects.toBe(setting.reason);
    expect(await frames.next()).toEqual({ done: true, value: undefined });
    await setting.clock.advance(0);
    expectNothingLeft(setting);
  });

  it("in the middle of the stream, while the consumer is busy: its next question gets the reason", async () => {
    const setting = given([new FakeUpstream(streams([said("Hel")], [said("lo")]))], true);
    const { reply } = await setting.scheduler.run(setting.call);

    setting.abort();
    await setting.clock.advance(0);
    expectNothingLeft(setting);

    const frames = reply.frames![Symbol.asyncIterator]();
    await expect(frames.next()).rejects.toBe(setting.reason);
    expect(await frames.next()).toEqual({ done: true, value: undefined });
  });

  it("though the upstream fails at the same moment", async () => {
    const setting = given([
      new FakeUpstream(
        ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(failure("network")));
          }),
      ),
    ]);

    const call = setting.scheduler.run(setting.call);
    setting.abort();

    await expect(call).rejects.toBe(setting.reason);
    expectNothingLeft(setting);
  });

  it.each([
    ["whole", false],
    ["streamed", true],
  ])(
    "has nothing left to reach when a %s answer is over: the signal keeps no listener",
    async (_, stream) => {
      const down = new FakeUpstream(fails(() => failure("network")));
      const setting = given([down, new FakeUpstream(answers())], stream);

      await readAll(await setting.scheduler.run(setting.call));

      expect(getEventListeners(setting.call.signal, "abort")).toEqual([]);
    },
  );

  it("lets any number of calls share one signal without a warning", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listen);
    const setting = given([new FakeUpstream(hangs)]);

    const calls = Array.from({ length: 30 }, () => setting.scheduler.run(setting.call));
    await setting.clock.advance(0);
    setting.abort();

    await Promise.allSettled(calls);
    await setting.clock.advance(0);
    process.off("warning", listen);
    expect(warnings).toEqual([]);
  });
});
