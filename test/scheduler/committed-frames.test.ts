import { describe, expect, it } from "vitest";
import type { Frame } from "../../src/wires/wire.ts";
import { FakeUpstream, finished, role, said, streams, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll } from "./given.ts";

const hello: Turn = streams([role], [said("Hel"), said("lo")], [said("!")], [finished], [{ data: "[DONE]" }]);

async function givenStream(turn: Turn = hello) {
  const upstream = new FakeUpstream(turn);
  const setting = givenScheduler([upstream]);
  const answer = await setting.scheduler.run(givenCall({ stream: true }));
  const frames = answer.reply.frames![Symbol.asyncIterator]() as AsyncIterableIterator<readonly Frame[]>;
  return { ...setting, upstream, answer, frames };
}

describe("the frames of an answer", () => {
  it("come in the arrays in which they came, from the first to the last", async () => {
    const { frames } = await givenStream();

    const arrays: (readonly Frame[])[] = [];
    for await (const array of frames) arrays.push(array);

    expect(arrays.map(({ length }) => length)).toEqual([1, 2, 1, 1, 1]);
    expect(arrays[1]).toEqual([said("Hel"), said("lo")]);
  });

  it("say by the first what served them, before anything is read", async () => {
    const { answer } = await givenStream();

    expect(answer.servedModel).toBe(JSON.parse(role.data).model);
  });

  it("keep the deployment's counter up until they end", async () => {
    const { answer, inFlight, events, upstream } = await givenStream();
    expect(inFlight()).toBe(1);

    await readAll(answer);

    expect(inFlight()).toBe(0);
    expect(upstream.open).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: "attempt-end", failure: undefined });
  });

  it("close the upstream when the consumer stops early, which is no failure", async () => {
    const { frames, inFlight, clock, scheduler, events, upstream } = await givenStream();

    for await (const _ of frames) break;

    expect(upstream.open).toBe(0);
    expect(inFlight()).toBe(0);
    expect(clock.sleeping).toBe(0);
    expect(scheduler.describe()[0]!.cooldownUntil).toBe(0);
    expect(events.at(-1)).toMatchObject({ type: "attempt-end", failure: undefined });
  });

  it("count a failure that the consumer found in them against the deployment, and close the upstream (defect 11)", async () => {
    const { frames, inFlight, clock, scheduler, events, upstream } = await givenStream();
    const found = failure("overloaded");
    await frames.next();

    await expect(frames.throw!(found)).rejects.toBe(found);

    expect(upstream.open).toBe(0);
    expect(inFlight()).toBe(0);
    expect(clock.sleeping).toBe(0);
    expect(scheduler.describe()[0]!.cooldownUntil).toBeGreaterThan(clock.now());
    expect(events.find(({ type }) => type === "attempt-end")).toMatchObject({ failure: "overloaded" });
    expect(await frames.next()).toEqual({ done: true, value: undefined });
  });

  it("close the upstream when they are given back before the first was asked for (defect 18)", async () => {
    const { frames, inFlight, clock, upstream } = await givenStream();

    await frames.return!();

    expect(upstream.open).toBe(0);
    expect(inFlight()).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it("close the upstream ten minutes after a consumer was last heard of (defect 18)", async () => {
    const { frames, inFlight, clock, scheduler, upstream } = await givenStream();
    await frames.next();

    await clock.advance(599_999);
    expect(inFlight()).toBe(1);
    await clock.advance(1);

    expect(inFlight()).toBe(0);
    expect(upstream.open).toBe(0);
    expect(clock.sleeping).toBe(0);
    expect(scheduler.describe()[0]!.cooldownUntil).toBe(0);
    await expect(frames.next()).rejects.toMatchObject({
      kind: "timeout",
      message: 'deployment "a" waited 600000 ms for its answer to be read',
    });
  });

  it("settle a question that is open when the consumer leaves", async () => {
    const { frames, clock, upstream } = await givenStream(streams([said("Hel")], "stall"));
    await frames.next();

    const next = frames.next();
    await frames.return!();

    expect(await next).toEqual({ done: true, value: undefined });
    expect(upstream.open).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it("end once: more questions and returns change nothing", async () => {
    const { answer, frames, inFlight, events } = await givenStream();
    await readAll(answer);

    expect(await frames.next()).toEqual({ done: true, value: undefined });
    expect(await frames.return!()).toEqual({ done: true, value: undefined });

    expect(inFlight()).toBe(0);
    expect(events.filter(({ type }) => type === "attempt-end")).toHaveLength(1);
  });
});
