import { describe, expect, it } from "vitest";
import { createScheduler } from "../../src/scheduler/scheduler.ts";
import { answers, FakeUpstream, hangs } from "./fake-upstream.ts";
import { givenCall, givenScheduler } from "./given.ts";

const never = new AbortController().signal;

describe("createScheduler", () => {
  const deployments = [{ id: "a", model: "m", provider: new FakeUpstream(hangs) }];

  it.each<[string, object]>([
    ["retry.baseMs must be a positive number, got -1", { retry: { baseMs: -1 } }],
    ["retry.maxAttempts must be a positive number, got 0", { retry: { maxAttempts: 0 } }],
    ["timeouts.headersMs must be a positive number, got 1s", { timeouts: { headersMs: "1s" } }],
    [
      "timeouts.headerMs is not an option; timeouts takes headersMs, firstChunkMs, betweenChunksMs, totalMs",
      { timeouts: { headerMs: 1 } },
    ],
  ])("refuses options with a message that names them: %s", (message, options) => {
    expect(() => createScheduler({ deployments, ...options })).toThrow(`createScheduler: ${message}`);
  });

  it("takes undefined for an option that was left out", () => {
    const options = {
      retry: { maxMs: undefined },
      timeouts: undefined,
      strategy: undefined,
      clock: undefined,
    };

    expect(() => createScheduler({ deployments, ...options })).not.toThrow();
  });
});

describe("a scheduler", () => {
  it("shares the calls by weight, unless another strategy is given", async () => {
    const upstreams = [new FakeUpstream(answers()), new FakeUpstream(answers())];
    const scheduler = createScheduler({
      deployments: upstreams.map((provider, index) => ({
        id: `d${index}`,
        model: "m",
        provider,
        weight: index === 0 ? 3 : 1,
      })),
    });

    for (let call = 0; call < 8; call += 1) await scheduler.run(givenCall());

    expect(upstreams.map(({ attempts }) => attempts.length)).toEqual([6, 2]);
  });

  it("sends the requested name under a pattern, and the configured one where there is one", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = givenScheduler([upstream], { each: { model: "claude-*" } });
    const renamed = givenScheduler([upstream], { each: { model: "claude-*", sentModel: "claude-x-2026" } });

    const answer = await scheduler.run(givenCall({ model: "claude-x" }));
    const other = await renamed.scheduler.run(givenCall({ model: "claude-x" }));

    expect([answer.sentModel, other.sentModel]).toEqual(["claude-x", "claude-x-2026"]);
    expect(upstream.attempts.map(({ body }) => body["model"])).toEqual(["claude-x", "claude-x-2026"]);
  });

  it("describes its deployments as they are now", async () => {
    const { scheduler } = givenScheduler([new FakeUpstream(hangs), new FakeUpstream(answers())]);

    void scheduler.run(givenCall());

    expect(scheduler.describe()).toEqual([
      { id: "a", model: "m", provider: "fake", inFlight: 1, cooldownUntil: 0 },
      { id: "b", model: "m", provider: "fake", inFlight: 0, cooldownUntil: 0 },
    ]);
  });

  it("closes each provider once, and takes no more calls", async () => {
    let closed = 0;
    const upstream = Object.assign(new FakeUpstream(answers()), {
      close: async () => {
        closed += 1;
      },
    });
    const { scheduler } = givenScheduler([upstream, upstream]);

    await scheduler.close();

    expect(closed).toBe(1);
    await expect(scheduler.run(givenCall())).rejects.toMatchObject({ code: "PC_CLOSED" });
    await expect(scheduler.models(never)).rejects.toMatchObject({ code: "PC_CLOSED" });
  });
});

describe("the list of models", () => {
  function given(listModels: ((signal: AbortSignal) => Promise<readonly string[]>) | undefined) {
    let asked = 0;
    const listing = Object.assign(new FakeUpstream(answers()), {
      listModels: (signal: AbortSignal) => {
        asked += 1;
        return listModels?.(signal) ?? Promise.reject(new Error("cannot say"));
      },
    });
    const plain = new FakeUpstream(answers());
    const setting = givenScheduler([plain], {});
    const scheduler = createScheduler({
      deployments: [
        { id: "any", model: "*", provider: listing },
        { id: "claude", model: "claude-*", provider: plain },
        { id: "alias", model: "alias-*", sentModel: "one", provider: listing },
        { id: "m-1", model: "m", provider: plain },
        { id: "m-2", model: "m", provider: plain },
        { id: "n", model: "n", provider: plain },
      ],
      clock: setting.clock,
    });
    const ids = async (): Promise<string[]> => (await scheduler.models(never)).map(({ id }) => id);
    return { scheduler, clock: setting.clock, ids, asked: () => asked };
  }

  it("has concrete names first, then what upstreams list behind the patterns that serve it", async () => {
    const { ids } = given(async () => ["gpt-5", "claude-x", "n", "gpt-5-mini"]);

    expect(await ids()).toEqual(["m", "n", "gpt-5", "gpt-5-mini"]);
  });

  it("is in OpenAI's shape", async () => {
    const { scheduler } = given(async () => []);

    const [first] = await scheduler.models(never);

    expect(first).toEqual({ id: "m", object: "model", created: 1_767_225_600, owned_by: "fake" });
  });

  it("does without an upstream that fails to list", async () => {
    const { ids } = given(undefined);

    expect(await ids()).toEqual(["m", "n"]);
  });

  it("does without an upstream that takes longer than five seconds", async () => {
    const { ids, clock } = given(() => new Promise(() => undefined));

    const listed = ids();
    await clock.advance(5_000);

    expect(await listed).toEqual(["m", "n"]);
    expect(clock.sleeping).toBe(0);
  });

  it("asks an upstream once a minute at most, for all who ask", async () => {
    const { ids, clock, asked } = given(async () => ["gpt-5"]);

    await Promise.all([ids(), ids()]);
    await clock.advance(59_999);
    await ids();
    expect(asked()).toBe(1);

    await clock.advance(1);
    await ids();
    expect(asked()).toBe(2);
  });

  it("lets a caller leave while an upstream is asked", async () => {
    const { scheduler } = given(() => new Promise(() => undefined));
    const controller = new AbortController();
    const reason = new Error("left");

    const listed = scheduler.models(controller.signal);
    controller.abort(reason);

    await expect(listed).rejects.toBe(reason);
    await scheduler.close();
  });
});
