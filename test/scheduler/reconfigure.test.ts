import { describe, expect, it } from "vitest";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import type { Provider } from "../../src/scheduler/providers/provider.ts";
import { createScheduler, type SchedulerOptions } from "../../src/scheduler/scheduler.ts";
import { localState } from "../../src/scheduler/state/local.ts";
import { leastConnections } from "../../src/scheduler/strategies/least-connections.ts";
import { lowestLatency } from "../../src/scheduler/strategies/lowest-latency.ts";
import { roundRobin } from "../../src/scheduler/strategies/round-robin.ts";
import type { PromptCompilerEvent } from "../../src/telemetry.ts";
import { FakeClock } from "../fake-clock.ts";
import { answers, FakeUpstream, fails, finished, hangs, said, streams, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, readAll, settle } from "./given.ts";

/** A provider that knows whether it was closed. */
class Closable extends FakeUpstream {
  closed = 0;

  async close(): Promise<void> {
    this.closed += 1;
  }
}

const never = new AbortController().signal;

function deployment(
  id: string,
  provider: Provider,
  more: Partial<DeploymentOptions> = {},
): DeploymentOptions {
  return { id, model: "m", provider, ...more };
}

function given(deployments: readonly DeploymentOptions[], options: Partial<SchedulerOptions> = {}) {
  const clock = new FakeClock();
  const events: PromptCompilerEvent[] = [];
  const scheduler = createScheduler({
    deployments,
    strategy: roundRobin(),
    clock,
    random: () => 1,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  const ask = async (): Promise<string> => (await scheduler.run(givenCall())).deployment;
  return { scheduler, clock, events, ask };
}

/** A turn that answers when it is told to. */
function gated(): { readonly turn: Turn; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    turn: async (attempt) => {
      await opened;
      return answers()(attempt);
    },
    open,
  };
}

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const unsettled = Symbol();
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(unsettled)])) !== unsettled;
}

describe("a reconfiguration", () => {
  it("sends new calls to the new deployments from the moment it is asked for", async () => {
    const { scheduler, ask } = given([deployment("a", new Closable(answers()))]);

    const changed = scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });

    expect(await ask()).toBe("b");
    await changed;
    expect(scheduler.describe().map(({ id }) => id)).toEqual(["b"]);
  });

  it("lets a stream go on to its last frame, and closes its provider only then (defects 53, 75)", async () => {
    const old = new Closable(streams([said("yes")], [finished, { data: "[DONE]" }]));
    const { scheduler } = given([deployment("a", old)]);
    const answer = await scheduler.run(givenCall({ stream: true }));

    const changed = scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });

    expect(await isSettled(changed)).toBe(false);
    expect(old.closed).toBe(0);
    expect(await readAll(answer)).toHaveLength(3);
    await changed;
    expect(old.closed).toBe(1);
  });

  it("lets a call that is between two attempts make its next by the configuration it began with (defect 53)", async () => {
    const old = new Closable(
      fails(() => failure("server-error")),
      answers(),
    );
    const { scheduler, clock } = given([deployment("a", old, { sentModel: "old-name" })]);
    const running = scheduler.run(givenCall());
    await clock.advance(0);

    const changed = scheduler.reconfigure({
      deployments: [deployment("a", old, { sentModel: "new-name" }), deployment("b", new Closable(hangs))],
      retry: { maxAttempts: 1 },
    });

    expect(await settle(clock, running)).toMatchObject({
      deployment: "a",
      sentModel: "old-name",
      attempts: 2,
    });
    await changed;
  });

  it("takes a call from the admission queue to the new configuration", async () => {
    const slow = gated();
    const { scheduler, ask } = given([deployment("a", new Closable(slow.turn))], {
      admission: { parallel: 1 },
    });
    const first = ask();
    const queued = ask();
    await isSettled(queued);

    const changed = scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });
    slow.open();

    expect([await first, await queued]).toEqual(["a", "b"]);
    await changed;
  });

  it("loses no call that waits for room at a deployment that is removed (defect 53)", async () => {
    const slow = gated();
    const limits = { parallel: 1 };
    const { scheduler, ask } = given([deployment("a", new Closable(slow.turn), { limits })]);
    const first = ask();
    const waiting = ask();
    await isSettled(waiting);

    const changed = scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });
    slow.open();

    expect([await first, await waiting]).toEqual(["a", "a"]);
    await changed;
  });

  it("changes nothing where an option is wrong: the old configuration goes on (defect 53)", async () => {
    const old = new Closable(answers());
    const added = deployment("b", new Closable(answers()));
    const { scheduler, ask, events } = given([deployment("a", old)]);

    for (const wrong of [
      { deployments: [] },
      { deployments: [added, added] },
      { deployments: [{ ...added, limits: { rpm: -1 } }] },
      { deployments: [added], retry: { maxMs: -1 } },
      { deployments: [added], hedge: { quantile: 1 } },
    ]) {
      await expect(scheduler.reconfigure(wrong)).rejects.toThrow(RangeError);
    }

    expect(await ask()).toBe("a");
    expect(old.closed).toBe(0);
    expect(events.filter(({ type }) => type === "reconfigured")).toEqual([]);
  });

  it("leaves what is left out, or undefined, as it is", async () => {
    const a = new Closable(answers());
    const { scheduler, ask } = given([deployment("a", a), deployment("b", new Closable(answers()))]);
    expect(await ask()).toBe("a");

    await scheduler.reconfigure({ retry: { maxAttempts: 1 }, deployments: undefined, strategy: undefined });

    expect([await ask(), await ask()]).toEqual(["b", "a"]);
    expect(a.closed).toBe(0);
  });

  it("follows another that was asked for before it, and each resolves when its own old calls have ended", async () => {
    const slow = [gated(), gated()];
    const [a, b] = slow.map(({ turn }) => new Closable(turn)) as [Closable, Closable];
    const { scheduler, ask } = given([deployment("a", a)]);

    const atA = ask();
    const toB = scheduler.reconfigure({ deployments: [deployment("b", b)] });
    const atB = ask();
    const toC = scheduler.reconfigure({ deployments: [deployment("c", new Closable(answers()))] });
    expect(await ask()).toBe("c");
    slow[1]!.open();
    await Promise.all([atB, toC]);

    expect([await isSettled(toB), a.closed, b.closed]).toEqual([false, 0, 1]);
    slow[0]!.open();
    await Promise.all([atA, toB]);
    expect(a.closed).toBe(1);
  });

  it.each([
    [
      "storage",
      "storage cannot change while calls go on, since what is remembered lives in it; make a new compiler",
    ],
    ["state", "state cannot change"],
    ["clock", "clock cannot change"],
    ["cache", "cache cannot change"],
    ["context", "context cannot change"],
    ["embedder", "embedder cannot change"],
    ["strategi", 'unknown option "strategi", did you mean "strategy"?'],
  ])("refuses %s, and says why", async (name, message) => {
    const { scheduler } = given([deployment("a", new Closable(answers()))]);

    const refused = scheduler.reconfigure({ [name]: {} });

    await expect(refused).rejects.toThrow(TypeError);
    await expect(refused).rejects.toThrow(`reconfigure: ${message}`);
  });

  it("tells which deployments came, went and stayed", async () => {
    const stays = new Closable(answers());
    const { scheduler, events } = given([
      deployment("a", stays),
      deployment("b", stays),
      deployment("c", stays),
    ]);

    await scheduler.reconfigure({
      deployments: [
        deployment("a", stays, { weight: 2 }),
        deployment("b", new Closable(answers())),
        deployment("d", stays),
      ],
    });

    expect(events).toEqual([{ type: "reconfigured", added: ["b", "d"], removed: ["b", "c"], kept: ["a"] }]);
  });

  it("is refused once the scheduler is closed", async () => {
    const { scheduler } = given([deployment("a", new Closable(answers()))]);

    await scheduler.close();

    await expect(scheduler.reconfigure({})).rejects.toMatchObject({ code: "PC_CLOSED" });
  });
});

describe("a provider", () => {
  it("is closed once, when the last generation that has it is over (defect 75)", async () => {
    const slow = gated();
    const shared = new Closable(slow.turn);
    const { scheduler, ask } = given([deployment("a", shared), deployment("b", shared)]);
    const running = ask();

    const stays = scheduler.reconfigure({ deployments: [deployment("c", shared)] });
    const changed = scheduler.reconfigure({ deployments: [deployment("d", new Closable(answers()))] });
    expect(await ask()).toBe("d");
    expect(shared.closed).toBe(0);
    slow.open();
    await Promise.all([running, stays, changed]);

    expect(shared.closed).toBe(1);
  });

  it("that comes back while calls of before still use it is not closed at their end (defect 75)", async () => {
    const slow = gated();
    const shared = new Closable(slow.turn, answers());
    const { scheduler, ask } = given([deployment("a", shared)]);
    const running = ask();

    const away = scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });
    const back = scheduler.reconfigure({ deployments: [deployment("c", shared)] });
    slow.open();
    await Promise.all([running, away, back]);

    expect(shared.closed).toBe(0);
    expect(await ask()).toBe("c");
  });

  it("that was closed does not come back: a mistake of the configuration, not of its calls", async () => {
    const gone = new Closable(answers());
    const { scheduler, ask } = given([deployment("a", gone)]);
    await scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });

    await expect(scheduler.reconfigure({ deployments: [deployment("a", gone)] })).rejects.toThrow(
      'reconfigure: the provider of deployment "a" was closed when it left the configuration; make a new one',
    );

    expect(await ask()).toBe("b");
  });

  it("is closed with the scheduler after the calls of every generation have ended", async () => {
    const slow = [gated(), gated()];
    const [a, b] = slow.map(({ turn }) => new Closable(turn)) as [Closable, Closable];
    const { scheduler, ask } = given([deployment("a", a)]);
    const calls = [ask()];
    const changed = scheduler.reconfigure({ deployments: [deployment("b", b)] });
    calls.push(ask());

    const closed = scheduler.close();
    slow[1]!.open();
    expect([await isSettled(closed), a.closed]).toEqual([false, 0]);
    slow[0]!.open();

    expect(await Promise.all(calls)).toEqual(["a", "b"]);
    await Promise.all([closed, changed, scheduler.close()]);
    expect([a.closed, b.closed]).toEqual([1, 1]);
  });
});

describe("a deployment with the same id and provider", () => {
  it("stays in its cooldown, and comes back at the same time", async () => {
    const a = new Closable(
      fails(() => failure("rate-limited", { retryAfterMs: 5_000 })),
      answers(),
    );
    const b = new Closable(answers());
    const { scheduler, clock, ask } = given([deployment("a", a), deployment("b", b)]);
    expect(await ask()).toBe("b");
    const { cooldownUntil } = scheduler.describe()[0]!;

    await scheduler.reconfigure({ deployments: [deployment("a", a, { weight: 5 }), deployment("b", b)] });

    expect(scheduler.describe()[0]!.cooldownUntil).toBe(cooldownUntil);
    expect([await ask(), await ask()]).toEqual(["b", "b"]);
    await clock.advance(5_000);
    expect([await ask(), await ask()].toSorted()).toEqual(["a", "b"]);
  });

  it("keeps the failures that were counted, and goes by the new rules of health", async () => {
    const a = new Closable(fails(() => failure("server-error")));
    const b = new Closable(answers());
    const pool = [deployment("a", a), deployment("b", b)];
    const { scheduler, ask } = given(pool, { health: { failureThreshold: 100 } });
    await ask();

    await scheduler.reconfigure({ deployments: pool, health: { failureThreshold: 2 } });
    expect(scheduler.describe()[0]!.cooldownUntil).toBe(0);
    await ask();
    await ask();

    expect(scheduler.describe()[0]!.cooldownUntil).toBeGreaterThan(0);
    expect(a.attempts).toHaveLength(2);
  });

  it("keeps its retry budget", async () => {
    const a = new Closable(fails(() => failure("server-error")));
    const retry = { budgetReserve: 1, baseMs: 1, maxAttempts: 5 };
    const { scheduler, clock, ask } = given([deployment("a", a)], {
      retry,
      health: { failureThreshold: 100 },
    });
    await Promise.allSettled([ask(), clock.advance(10)]);
    const spent = a.attempts.length;

    await scheduler.reconfigure({ deployments: [deployment("a", a)] });
    await Promise.allSettled([ask(), clock.advance(10)]);

    expect([spent, a.attempts.length]).toEqual([2, 3]);
  });

  it("counts the attempts that began before", async () => {
    const slow = gated();
    const a = new Closable(slow.turn);
    const { scheduler, ask } = given([deployment("a", a)], { strategy: leastConnections() });
    const running = ask();

    const changed = scheduler.reconfigure({
      deployments: [deployment("a", a), deployment("b", new Closable(answers()))],
    });

    expect(scheduler.describe()[0]!.inFlight).toBe(1);
    expect(await ask()).toBe("b");
    slow.open();
    await Promise.all([running, changed]);
    expect(scheduler.describe()[0]!.inFlight).toBe(0);
  });

  it("keeps what is used of its limits, and lets those in who wait when there is more room", async () => {
    const a = new Closable(hangs, answers());
    const { scheduler, ask } = given([deployment("a", a, { limits: { parallel: 1 } })]);
    void ask().catch(() => undefined);
    const waiting = ask();
    expect(await isSettled(waiting)).toBe(false);

    void scheduler.reconfigure({ deployments: [deployment("a", a, { limits: { parallel: 2 } })] });

    expect(await waiting).toBe("a");
  });

  it("gives the room of an attempt of before to a call of after", async () => {
    const slow = gated();
    const a = new Closable(slow.turn, answers());
    const limited = deployment("a", a, { limits: { parallel: 1 } });
    const { scheduler, ask } = given([limited]);
    const before = ask();

    const away = scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });
    const back = scheduler.reconfigure({ deployments: [limited] });
    const after = ask();
    expect(await isSettled(after)).toBe(false);
    slow.open();

    expect(await Promise.all([before, after])).toEqual(["a", "a"]);
    await Promise.all([away, back]);
  });

  it("keeps the latency that the strategy has measured", async () => {
    const clock = new FakeClock();
    const slowly: Turn = async (attempt) => {
      await clock.sleep(1_000);
      return answers()(attempt);
    };
    const [a, b] = [new Closable(slowly), new Closable(answers())];
    const pool = [deployment("a", a), deployment("b", b)];
    const { scheduler, ask } = given(pool, { clock, strategy: lowestLatency({ clock, random: () => 0 }) });
    await Promise.all([settle(clock, ask()), settle(clock, ask())]);

    await scheduler.reconfigure({ deployments: pool.map((each) => ({ ...each, weight: 1 })) });

    expect([await ask(), await ask()]).toEqual(["b", "b"]);
  });

  it("is another one with another provider: nothing of what was known holds of it", async () => {
    const a = new Closable(fails(() => failure("unauthorized")));
    const { scheduler, ask } = given([deployment("a", a), deployment("b", new Closable(answers()))]);
    await ask();

    await scheduler.reconfigure({ deployments: [deployment("a", new Closable(answers()))] });

    expect(scheduler.describe()[0]!.cooldownUntil).toBe(0);
    expect(await ask()).toBe("a");
  });
});

describe("what goes with the pool", () => {
  it("shared cooldowns reach deployments that came later", async () => {
    const clock = new FakeClock();
    const state = localState({ clock });
    const a = new Closable(answers());
    const { scheduler, ask } = given([deployment("a", a)], { clock, state });
    state.cool("b", { untilMs: clock.now() + 60_000, asked: true, failure: "rate-limited" });
    await ask();

    await scheduler.reconfigure({
      deployments: [deployment("b", new Closable(answers())), deployment("a", a)],
    });
    await ask();
    await clock.advance(0);

    expect(scheduler.describe()[0]).toMatchObject({ id: "b", cooldownUntil: clock.now() + 60_000 });
  });

  it("probes ask the new deployments, and end with `false`", async () => {
    const asked: string[] = [];
    const listing = (name: string): Provider =>
      Object.assign(new Closable(fails(() => failure("server-error"))), {
        listModels: async () => {
          asked.push(name);
          throw failure("network");
        },
      });
    const options = { probe: { everyMs: 500 }, health: { failureThreshold: 1 } };
    const { scheduler, clock, ask } = given([deployment("a", listing("old"))], options);

    await scheduler.reconfigure({
      deployments: [deployment("a", listing("new"))],
      retry: { maxAttempts: 1 },
    });
    await ask().catch(() => undefined);
    await clock.advance(500);
    await scheduler.reconfigure({ probe: false });

    expect(asked).toEqual(["new"]);
    expect(clock.sleeping).toBe(0);
  });

  it("embedding calls are batched by what is said now, and no more with `false`", async () => {
    const upstream = new Closable(async () => {
      throw failure("invalid-request");
    });
    const { scheduler, clock } = given([deployment("a", upstream)]);
    const embed = () =>
      scheduler
        .run(
          givenCall({
            wire: "embeddings",
            requestFor: () => ({ wire: "embeddings", body: { model: "m", input: "x" } }),
          }),
        )
        .catch(() => undefined);

    await scheduler.reconfigure({ batching: {} });
    const together = [embed(), embed()];
    await clock.advance(0);
    await Promise.all(together);
    expect(upstream.attempts[0]!.body["input"]).toEqual(["x", "x"]);

    await scheduler.reconfigure({ batching: false });
    await Promise.all([embed(), embed()]);
    expect(upstream.attempts.slice(-2).map(({ body }) => body["input"])).toEqual(["x", "x"]);
  });

  it("the list of models is that of the new pool", async () => {
    const { scheduler } = given([deployment("a", new Closable(answers()))]);

    await scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()), { model: "n" })] });

    expect((await scheduler.models(never)).map(({ id }) => id)).toEqual(["n"]);
  });

  it("the price of a deployment outlives it: its last answer is still to be accounted for", async () => {
    const price = { inputPer1M: 1, outputPer1M: 2 };
    const { scheduler } = given([deployment("a", new Closable(answers()), { price })]);

    await scheduler.reconfigure({ deployments: [deployment("b", new Closable(answers()))] });

    expect(scheduler.priceOf("a")).toEqual(price);
  });
});
