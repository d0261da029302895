import { describe, expect, it } from "vitest";
import { createPromptCompiler } from "../../src/prompt-compiler.ts";
import { answers, FakeUpstream, hangs } from "./fake-upstream.ts";
import { givenCall, givenScheduler, readAll } from "./given.ts";

describe("admission", () => {
  it("runs as many calls as may run at once, and the next when the last of an answer is through", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler, clock } = givenScheduler([upstream], { admission: { parallel: 1 } });
    const first = await scheduler.run(givenCall({ stream: true }));
    const second = scheduler.run(givenCall());
    await clock.advance(30_000);
    expect(upstream.attempts).toHaveLength(1);

    await readAll(first);

    await expect(second).resolves.toMatchObject({ attempts: 1 });
    expect(clock.sleeping).toBe(0);
  });

  it("has its place back when a call fails", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = givenScheduler([upstream], { admission: { parallel: 1 } });
    await expect(scheduler.run(givenCall({ model: "unknown" }))).rejects.toMatchObject({
      code: "PC_MODEL_NOT_FOUND",
    });

    await expect(scheduler.run(givenCall())).resolves.toMatchObject({ attempts: 1 });
  });

  it("has its place back when nobody ever reads the answer, and its attempt gives up", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler, clock } = givenScheduler([upstream], { admission: { parallel: 1 } });
    await scheduler.run(givenCall({ stream: true }));

    const second = scheduler.run(givenCall());
    await clock.advance(601_000);

    await expect(second).resolves.toMatchObject({ attempts: 1 });
  });

  it("lets a call of higher priority go first", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler, clock } = givenScheduler([upstream], { admission: { parallel: 1 } });
    const first = await scheduler.run(givenCall({ stream: true }));
    const order: string[] = [];
    const low = scheduler.run(givenCall({ priority: 0 })).then(() => order.push("low"));
    const high = scheduler.run(givenCall({ priority: 1 })).then(() => order.push("high"));
    await clock.advance(0);

    await readAll(first);
    await Promise.all([low, high]);

    expect(order).toEqual(["high", "low"]);
  });

  it("counts the wait as part of a call's time", async () => {
    const upstream = new FakeUpstream(answers(), hangs);
    const { scheduler, clock } = givenScheduler([upstream], { admission: { parallel: 1 } });
    const first = await scheduler.run(givenCall({ stream: true }));
    const second = scheduler.run(givenCall({ deadlineMs: 10_000 }));
    const outcome = expect(second).rejects.toBeInstanceOf(Error);
    await clock.advance(9_000);
    await readAll(first);

    await clock.advance(1_000);

    await outcome;
  });

  it("refuses at once what is over the budget of bytes, before it is held in memory (defect 54)", async () => {
    const { scheduler, clock } = givenScheduler([new FakeUpstream(hangs)], {
      admission: { maxBytesInFlight: 1_000 },
    });
    const controller = new AbortController();
    const first = scheduler.run(givenCall({ bytes: 800, signal: controller.signal }));
    const ended = expect(first).rejects.toThrow("left");
    await clock.advance(0);

    await expect(scheduler.run(givenCall({ bytes: 300 }))).rejects.toMatchObject({
      code: "PC_QUEUE_FULL",
      wireCode: "server_is_overloaded",
      retryAfterMs: 1_000,
    });

    controller.abort(new Error("left"));
    await ended;
    const large = scheduler.run(givenCall({ bytes: 5_000, signal: AbortSignal.abort(new Error("got in")) }));
    await expect(large).rejects.toThrow("got in");
  });

  it("is one door for calls of every wire (defect 51)", async () => {
    const upstream = new FakeUpstream(hangs);
    const { scheduler, clock } = givenScheduler([upstream], { admission: { parallel: 1, maxQueue: 1 } });
    void scheduler.run(givenCall()).catch(() => undefined);
    await clock.advance(0);
    void scheduler.run(givenCall({ wire: "embeddings" })).catch(() => undefined);
    await clock.advance(0);

    await expect(scheduler.run(givenCall({ wire: "embeddings" }))).rejects.toMatchObject({
      code: "PC_QUEUE_FULL",
    });
    expect(upstream.attempts).toHaveLength(1);
  });

  it("is an option of the compiler, checked with it, and its priority is the call's", async () => {
    const provider = new FakeUpstream(answers());
    const compiler = createPromptCompiler({
      deployments: [{ id: "a", model: "m", provider, limits: { rpm: 10, tpm: 10_000, parallel: 2 } }],
      admission: { parallel: 4, maxQueue: 10 },
    });
    const request = { model: "m", messages: [{ role: "user" as const, content: "hello" }] };

    await expect(compiler.chat(request, { priority: 3 })).resolves.toHaveProperty("choices");
    await compiler.close();
    expect(() => createPromptCompiler({ admission: { parallel: 0 } })).toThrow(
      "createPromptCompiler: admission.parallel must be a positive integer, got 0",
    );
    expect(() =>
      createPromptCompiler({
        deployments: [{ id: "a", model: "m", provider, limits: { rpm: -1 } }],
      }),
    ).toThrow("createPromptCompiler: deployments[0].limits.rpm must be a positive integer, got -1");
  });
});
