import { describe, expect, it } from "vitest";
import { type Clock, startTimer, systemClock } from "../src/clock.ts";
import { FakeClock } from "./fake-clock.ts";

/** A clock without timers of its own: they are made of `sleep`. */
const fake = new FakeClock();

describe.each<[string, Clock, (ms: number) => Promise<void>]>([
  ["a clock that only sleeps", fake, (ms) => fake.advance(ms)],
  ["the system's clock", systemClock, (ms) => systemClock.sleep(ms)],
])("startTimer with %s", (_name, clock, pass) => {
  it("rings once", async () => {
    const rung: string[] = [];

    startTimer(clock, 1, () => rung.push("rung"));
    await pass(5);
    await pass(5);

    expect(rung).toEqual(["rung"]);
  });

  it("rings in the next turn where there is nothing to wait for, not at once", async () => {
    const rung: string[] = [];

    startTimer(clock, 0, () => rung.push("rung"));

    expect(rung).toEqual([]);
    await pass(1);
    expect(rung).toEqual(["rung"]);
  });

  it("does not ring once it was stopped, however often that is said", async () => {
    const rung: string[] = [];
    const stops = [0, 1].map((ms) => startTimer(clock, ms, () => rung.push("rung")));

    for (const stop of [...stops, ...stops]) stop();
    await pass(5);

    expect(rung).toEqual([]);
  });

  it("minds no stop after it has rung", async () => {
    const rung: string[] = [];
    const stop = startTimer(clock, 1, () => rung.push("rung"));

    await pass(5);
    stop();

    expect(rung).toEqual(["rung"]);
  });
});

describe("systemClock", () => {
  it("takes a time longer than Node's timers can wait for a long time, not for none", async () => {
    const rung: string[] = [];

    const stop = startTimer(systemClock, Number.POSITIVE_INFINITY, () => rung.push("rung"));
    await systemClock.sleep(5);
    stop();

    expect(rung).toEqual([]);
  });

  it("rejects a sleep with the reason of its signal, at once and untouched", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();

    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);

    await expect(sleeping).rejects.toBe(reason);
  });
});
