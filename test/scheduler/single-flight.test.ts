import { describe, expect, it, onTestFinished } from "vitest";
import type { ScheduledAnswer, ScheduledCall } from "../../src/scheduler/call.ts";
import { answers, FakeUpstream, fails, finished, hangs, role, said, streams } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll } from "./given.ts";

/** A repeatable call. */
function same(call: Partial<ScheduledCall> = {}): ScheduledCall {
  const { stream = false } = call;
  return givenCall({
    requestFor: ({ model }) => ({ wire: "chat", body: { model, messages: [], stream, temperature: 0 } }),
    ...call,
  });
}

const given = (upstream: FakeUpstream) => givenScheduler([upstream], { singleFlight: true });

const text = ({ reply }: ScheduledAnswer): string => Buffer.from(reply.body ?? []).toString();

describe("single-flight", () => {
  it("runs equal calls that are under way at once as one, and tells who joined (defect 63)", async () => {
    const upstream = new FakeUpstream(answers("one"));
    const { scheduler } = given(upstream);

    const [first, second, third] = await Promise.all([1, 2, 3].map(() => scheduler.run(same())));

    expect(upstream.attempts).toHaveLength(1);
    expect([first, second, third].map((each) => each?.cache)).toEqual([undefined, "joined", "joined"]);
    expect([first, second, third].map((each) => each?.attempts)).toEqual([1, 0, 0]);
    expect(text(second!)).toBe(text(first!));
  });

  it("keeps nothing: the next call runs afresh", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = given(upstream);

    await scheduler.run(same());
    await scheduler.run(same());

    expect(upstream.attempts).toHaveLength(2);
  });

  it.each<[string, Partial<ScheduledCall>]>([
    ["another tenant's", { tenant: "globex" }],
    ["one with a deadline of its own", { deadlineMs: 1_000 }],
    ["one that wants a fresh answer", { cache: { mode: "no-cache", maxAgeSeconds: undefined } }],
    ["a sampled one", { requestFor: () => ({ wire: "chat", body: { messages: [], temperature: 1 } }) }],
  ])("does not join %s to others", async (_what, call) => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = given(upstream);

    await Promise.all([scheduler.run(same()), scheduler.run(same(call)), scheduler.run(same(call))]);

    expect(upstream.attempts.length).toBeGreaterThanOrEqual(call.tenant === undefined ? 3 : 2);
  });

  it("fails all who joined with the one failure: nobody tries again on its own (defect 63)", async () => {
    const upstream = new FakeUpstream(fails(() => failure("invalid-request")));
    const { scheduler } = given(upstream);

    const calls = await Promise.allSettled([1, 2, 3].map(() => scheduler.run(same())));

    expect(upstream.attempts).toHaveLength(1);
    expect(calls.map((call) => call.status === "rejected" && call.reason.kind)).toEqual(
      Array(3).fill("invalid-request"),
    );
  });

  it("lets a caller leave, the first too, without ending the run of the others", async () => {
    const upstream = new FakeUpstream(hangs);
    const { scheduler, inFlight } = given(upstream);
    const [first, second] = [new AbortController(), new AbortController()];

    const leaving = scheduler.run(same({ signal: first.signal }));
    const staying = scheduler.run(same({ signal: second.signal }));
    first.abort(new Error("gone"));

    await expect(leaving).rejects.toThrow("gone");
    expect(inFlight()).toBe(1);
    expect(upstream.attempts[0]?.signal.aborted).toBe(false);

    second.abort(new Error("gone too"));
    await expect(staying).rejects.toThrow("gone too");
    expect(upstream.attempts[0]?.signal.aborted).toBe(true);
    expect(inFlight()).toBe(0);
  });

  it("takes any number of calls with one signal, and Node warns of nothing", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = given(upstream);
    const { signal } = new AbortController();
    const warnings: string[] = [];
    const listen = ({ name }: Error): void => void warnings.push(name);
    process.on("warning", listen);
    onTestFinished(() => void process.off("warning", listen));

    await Promise.all(Array.from({ length: 20 }, () => scheduler.run(same({ signal }))));
    await new Promise(setImmediate);

    expect(warnings).toEqual([]);
  });

  it("starts anew once everybody has left", async () => {
    const upstream = new FakeUpstream(hangs, answers());
    const { scheduler } = given(upstream);
    const controller = new AbortController();

    const leaving = scheduler.run(same({ signal: controller.signal }));
    controller.abort(new Error("gone"));
    await expect(leaving).rejects.toThrow("gone");
    const next = await scheduler.run(same());

    expect([next.attempts, next.cache]).toEqual([1, undefined]);
  });

  it("gives who joins a stream late all of it, from the start", async () => {
    const upstream = new FakeUpstream(streams([role, said("one ")], [said("two")], [finished]));
    const { scheduler } = given(upstream);

    const first = await scheduler.run(same({ stream: true }));
    const reading = first.reply.frames![Symbol.asyncIterator]();
    await reading.next();
    await reading.next();
    const late = await scheduler.run(same({ stream: true }));

    expect(await readAll(late)).toEqual([role, said("one "), said("two"), finished].map(({ data }) => data));
    expect(late.cache).toBe("joined");
    expect(upstream.attempts).toHaveLength(1);
  });

  it("closes the upstream when the last reader of a stream leaves, not before", async () => {
    const upstream = new FakeUpstream(streams([role, said("one ")], "stall"));
    const { scheduler, inFlight } = given(upstream);
    const [first, second] = await Promise.all([
      scheduler.run(same({ stream: true })),
      scheduler.run(same({ stream: true })),
    ]);
    const readers = [first, second].map(({ reply }) => reply.frames![Symbol.asyncIterator]());
    for (const reader of readers) await reader.next();

    await readers[0]!.return!();
    expect([upstream.open, inFlight()]).toEqual([1, 1]);

    await readers[1]!.return!();
    expect(inFlight()).toBe(0);
  });

  it("ends a stream for a reader that aborts, at once, and for nobody else", async () => {
    const upstream = new FakeUpstream(streams([role, said("one ")], "stall"));
    const { scheduler, inFlight } = given(upstream);
    const controller = new AbortController();
    const [first, second] = await Promise.all([
      scheduler.run(same({ stream: true, signal: controller.signal })),
      scheduler.run(same({ stream: true })),
    ]);
    const [leaving, staying] = [first, second].map(({ reply }) => reply.frames![Symbol.asyncIterator]());
    for (const reader of [leaving, staying]) await reader!.next();

    const waiting = leaving!.next();
    controller.abort(new Error("gone"));

    await expect(waiting).rejects.toThrow("gone");
    expect(inFlight()).toBe(1);
    await staying!.return!();
  });

  it("is off unless it is asked for, or there is a cache", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = givenScheduler([upstream]);

    await Promise.all([scheduler.run(same()), scheduler.run(same())]);

    expect(upstream.attempts).toHaveLength(2);
  });
});
