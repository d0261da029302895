import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallQueue, type QueuedCall } from "../../src/scheduler/queue.ts";
import { KeyLimits } from "../../src/scheduler/state/key-limits.ts";
import type { Lease } from "../../src/scheduler/state/shared-state.ts";
import { WaitingLine } from "../../src/scheduler/waiting-line.ts";
import { FakeClock } from "../fake-clock.ts";

function givenQueue({ parallel = 1, maxQueue = 100, agingMs = 10_000 } = {}) {
  const clock = new FakeClock();
  const queue = new CallQueue(clock, { maxQueue, agingMs });
  let asked = 0;
  const givenLine = (): WaitingLine => {
    const places = new KeyLimits();
    return new WaitingLine(clock, async () => {
      asked += 1;
      return places.reserve({ key: "a", limits: { parallel }, tokens: 0 }, () => clock.now());
    });
  };
  const line = givenLine();
  const order: string[] = [];
  /** Waits in the line, and notes its name when it is called up. */
  const wait = async (name: string, call: Partial<QueuedCall> = {}, lines = [line]): Promise<Lease> => {
    const { lease } = await queue.wait(givenQueued(call), lines);
    order.push(name);
    return lease;
  };
  return { clock, queue, line, givenLine, wait, order, asked: () => asked };
}

function givenQueued(call: Partial<QueuedCall>): QueuedCall {
  return {
    priority: 0,
    tokens: 0,
    deadlineAt: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    wireCode: "server_is_overloaded",
    ...call,
  };
}

describe("CallQueue", () => {
  it("calls up by priority, and those of one priority in the order they came", async () => {
    const { clock, line, wait, order } = givenQueue();
    const held = await line.tryReserve(0);
    const leases = [
      wait("low-1"),
      wait("high", { priority: 1 }),
      wait("low-2"),
      wait("higher", { priority: 2 }),
    ];

    await clock.advance(0);
    held?.settle(undefined);
    for (let index = 0; index < 4; index += 1) {
      (await Promise.race(leases))?.settle(undefined);
      await clock.advance(0);
      for (const lease of leases) void lease.then((each) => each.settle(undefined));
    }

    expect(order).toEqual(["higher", "high", "low-1", "low-2"]);
  });

  it("lets a call be overtaken by nobody who comes later than its head start: none starves (defect 50)", async () => {
    const { clock, line, wait, order } = givenQueue({ agingMs: 1_000 });
    const held = await line.tryReserve(0);

    const patient = wait("patient");
    await clock.advance(2_001);
    void wait("urgent", { priority: 2 });
    await clock.advance(0);
    held?.settle(undefined);
    await patient;

    expect(order).toEqual(["patient"]);
  });

  it("asks once for all who wait, and only when something may have changed (defect 50)", async () => {
    const { clock, line, wait, asked } = givenQueue();
    const held = await line.tryReserve(0);
    for (let index = 0; index < 50; index += 1) void wait(`call-${index}`);
    await clock.advance(0);
    const before = asked();

    await clock.advance(60_000);
    expect(asked()).toBe(before);
    expect(clock.sleeping).toBe(0);

    held?.settle(undefined);
    await clock.advance(0);
    // The first was called up, and its successor asked in vain.
    expect(asked()).toBe(before + 2);
  });

  it("lets an aborted call go at once, out of its place in line too (defect 50)", async () => {
    const { clock, queue, line, wait, order } = givenQueue();
    const held = await line.tryReserve(0);
    const controller = new AbortController();
    const reason = new Error("left");
    const leaving = wait("leaving", { signal: controller.signal, priority: 5 });
    const staying = wait("staying");
    await clock.advance(0);

    controller.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    expect(queue.waiting).toBe(1);

    held?.settle(undefined);
    await staying;
    expect([order, queue.waiting]).toEqual([["staying"], 0]);
  });

  it("gives back what was reserved for a call that left meanwhile", async () => {
    const { clock, queue, line, wait } = givenQueue();
    const controller = new AbortController();
    const leaving = wait("leaving", { signal: controller.signal });
    controller.abort(new Error("left"));

    await expect(leaving).rejects.toThrow("left");
    await clock.advance(0);

    expect(queue.waiting).toBe(0);
    expect(await line.tryReserve(0)).toBeDefined();
  });

  it("refuses with PC_QUEUE_FULL and a time to come back where as many wait as may (defect 50)", async () => {
    const { line, wait } = givenQueue({ maxQueue: 1 });
    await line.tryReserve(0);
    void wait("first");

    await expect(wait("second")).rejects.toMatchObject({
      code: "PC_QUEUE_FULL",
      wireCode: "server_is_overloaded",
      retryAfterMs: 1_000,
    });
  });

  it("refuses at once a call that would wait past its deadline, by the pace of the line", async () => {
    const { clock, line, wait } = givenQueue();
    const held = await line.tryReserve(0);
    const [one, two] = [wait("one"), wait("two")];
    await clock.advance(4_000);
    held?.settle(undefined);
    const lease = await one;
    await clock.advance(4_000);
    lease.settle(undefined);
    await two;
    void wait("three");

    await expect(wait("hurried", { deadlineAt: clock.now() + 5_000 })).rejects.toMatchObject({
      code: "PC_QUEUE_FULL",
      retryAfterMs: 8_000,
    });
    expect(clock.sleeping).toBe(0);
  });

  it("ends the wait of a call at its deadline", async () => {
    const { clock, queue, line, wait } = givenQueue();
    await line.tryReserve(0);
    const waiting = wait("late", { deadlineAt: clock.now() + 500 });
    const outcome = expect(waiting).rejects.toMatchObject({ code: "PC_QUEUE_FULL" });

    await clock.advance(500);

    await outcome;
    expect([queue.waiting, clock.sleeping]).toEqual([0, 0]);
  });

  it("takes the first room of several lines and leaves the others", async () => {
    const { clock, queue, line, givenLine, wait } = givenQueue();
    const other = givenLine();
    await line.tryReserve(0);
    const held = await other.tryReserve(0);
    const waiting = wait("either", {}, [line, other]);
    await clock.advance(0);

    held?.settle(undefined);
    (await waiting).settle(undefined);

    expect(queue.waiting).toBe(0);
    expect([line.isOpen(0), other.isOpen(0)]).toEqual([false, true]);
  });

  it("never runs more than the limit, and leaves nothing behind, under any interleaving", async () => {
    const step = fc.record({
      priority: fc.integer({ min: -3, max: 3 }),
      startMs: fc.nat(50),
      runMs: fc.nat(50),
      abortMs: fc.option(fc.nat(60), { nil: undefined }),
      deadlineMs: fc.option(fc.nat(60), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, parallel) => {
          const { clock, queue, line, wait } = givenQueue({ parallel });
          let running = 0;
          const calls = steps.map(async ({ priority, startMs, runMs, abortMs, deadlineMs }) => {
            await clock.sleep(startMs);
            const controller = new AbortController();
            if (abortMs !== undefined)
              void clock.sleep(abortMs).then(() => controller.abort(new Error("left")));
            const deadlineAt = clock.now() + (deadlineMs ?? Number.POSITIVE_INFINITY);
            const lease = await wait("", { priority, signal: controller.signal, deadlineAt });
            running += 1;
            expect(running).toBeLessThanOrEqual(parallel);
            await clock.sleep(runMs);
            running -= 1;
            lease.settle(undefined);
          });
          const settled = Promise.allSettled(calls);
          for (let time = 0; time < 60; time += 1) await clock.advance(50);
          const failures = (await settled).flatMap((each) =>
            each.status === "rejected" ? [each.reason] : [],
          );

          for (const { message } of failures) expect(message).toMatch(/left|deadline/);
          expect([running, queue.waiting, clock.sleeping]).toEqual([0, 0, 0]);
          for (let place = 0; place < parallel; place += 1) expect(await line.tryReserve(0)).toBeDefined();
        },
      ),
      { numRuns: 50 },
    );
  });
});
