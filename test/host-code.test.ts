/** What becomes of a call where the host's own code, called on the call's way, goes wrong. */
import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../src/index.ts";
import { roundRobin, type Strategy } from "../src/scheduler/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { answers, FakeUpstream, fails, hangs, said, streams } from "./scheduler/fake-upstream.ts";
import { failure } from "./scheduler/given.ts";

const oops = (): never => {
  throw new Error("oops");
};
const request = { model: "m", messages: [{ role: "user", content: "Hi" }] };

function given(upstreams: readonly FakeUpstream[], options: { strategy?: Strategy; listens?: boolean } = {}) {
  const clock = new FakeClock();
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({
    deployments: upstreams.map((provider, index) => ({ id: `d${index}`, model: "m", provider })),
    strategy: options.strategy ?? roundRobin(),
    clock,
    onEvent: (event) => {
      events.push(event);
      if (options.listens === false) oops();
    },
  });
  const ended = () => events.filter(({ type }) => type === "attempt-end" || type === "call-end");
  const degraded = () => events.flatMap((event) => (event.type === "degraded" ? [event.what] : []));
  return { compiler, clock, events, ended, degraded };
}

const yes = { choices: [{ message: { content: "yes" } }] };

describe("the host's own code is part of the attempt it is called in (defect 44)", () => {
  it.each<[string, Strategy]>([
    ["throws at its pick", { name: "mine", pick: oops }],
    ["picks what does not exist", { name: "mine", pick: () => undefined as never }],
    ["throws at what it is told", { ...roundRobin(), observe: oops }],
  ])("a strategy that %s costs neither the call nor its failover", async (_, strategy) => {
    const down = new FakeUpstream(fails(() => failure("server-error")));
    const { compiler, ended, degraded } = given([down, new FakeUpstream(answers())], { strategy });

    const completion = await compiler.chat(request);

    expect(completion).toMatchObject(yes);
    expect(ended()).toMatchObject([
      { failure: "server-error" },
      { failure: undefined },
      { outcome: "succeeded" },
    ]);
    expect(new Set(degraded())).toEqual(new Set(["strategy"]));
  });

  it("a strategy that throws beside a slow attempt leaves that attempt alone", async () => {
    let calls = 0;
    const picksOnce: Strategy = { name: "mine", pick: ([first]) => (calls++ < 20 ? first! : oops()) };
    const clock = new FakeClock();
    const quick = new FakeUpstream(...Array<typeof hangs>(20).fill(answers()), async (attempt) => {
      await clock.sleep(5_000, attempt.signal);
      return answers()(attempt);
    });
    const compiler = createPromptCompiler({
      deployments: [
        { id: "slow", model: "m", provider: quick },
        { id: "other", model: "m", provider: new FakeUpstream(hangs) },
      ],
      strategy: picksOnce,
      hedge: { budget: 1 },
      affinity: false,
      clock,
    });
    for (let call = 0; call < 20; call += 1) await compiler.chat(request);

    const late = compiler.chat(request);
    await clock.advance(10_000);

    expect(await late).toMatchObject(yes);
    expect(clock.sleeping).toBe(0);
  });

  it("a listener that throws changes nothing", async () => {
    const { compiler, events } = given([new FakeUpstream(answers())], { listens: false });

    expect(await compiler.chat(request)).toMatchObject(yes);
    expect(events.map(({ type }) => type)).toEqual([
      "call-start",
      "attempt-start",
      "attempt-end",
      "call-end",
    ]);
  });

  it("a provider's mistake, which is no failure of its upstream, is thrown as it is, and nothing is left open", async () => {
    const { compiler, ended, clock } = given([new FakeUpstream(oops), new FakeUpstream(answers())]);

    await expect(compiler.chat(request)).rejects.toThrow("oops");

    expect(ended()).toMatchObject([{ failure: undefined }, { outcome: "failed" }]);
    expect(clock.sleeping).toBe(0);
  });

  it("a mistake in the middle of a stream is thrown there, and ends attempt and call", async () => {
    const mine = new TypeError("a mistake of mine");
    const { compiler, ended, clock } = given([new FakeUpstream(streams([said("Hel")], mine))]);

    const reading = async (): Promise<void> => {
      for await (const _ of compiler.stream(request));
    };

    await expect(reading()).rejects.toBe(mine);
    expect(ended()).toMatchObject([{ type: "attempt-end" }, { outcome: "failed" }]);
    expect(clock.sleeping).toBe(0);
  });
});
