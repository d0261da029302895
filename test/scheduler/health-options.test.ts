import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../../src/index.ts";
import { roundRobin, type ScriptedStep, scripted } from "../../src/scheduler/index.ts";
import { FakeClock } from "../fake-clock.ts";

type Steps = readonly [ScriptedStep, ...ScriptedStep[]];

/** A compiler, as a host makes it, with a deployment of model "m" for each script. */
function given(scripts: readonly Steps[], options: Parameters<typeof createPromptCompiler>[0] = {}) {
  const clock = new FakeClock();
  const events: PromptCompilerEvent[] = [];
  const providers = scripts.map((steps) => scripted(steps, { clock }));
  const compiler = createPromptCompiler({
    deployments: providers.map((provider, index) => ({ id: `d${index}`, model: "m", provider })),
    strategy: roundRobin(),
    clock,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  const ask = () => compiler.chat({ model: "m", messages: [{ role: "user", content: "Hi" }] });
  const counts = (): number[] => providers.map(({ attempts }) => attempts.length);
  return { clock, events, ask, counts };
}

describe("a host that says how health is judged", () => {
  it("has a deployment left alone after as many failures as it says", async () => {
    const { ask, counts, events } = given([[{ fails: "server-error" }], ["yes"]], {
      health: { failureThreshold: 2 },
    });

    for (let call = 0; call < 8; call += 1) await ask();

    expect(counts()).toEqual([2, 8]);
    expect(events.filter(({ type }) => type === "cooldown")).toHaveLength(1);
  });

  it("has slow calls hedged where it asks for that", async () => {
    const answered: ScriptedStep[] = Array.from({ length: 16 }, () => "from the first");
    const { ask, clock, events } = given(
      [[answered[0]!, ...answered.slice(1), { hangs: true }], ["second"]],
      {
        strategy: { name: "first", pick: (eligible) => eligible[0]! },
        hedge: { budget: 0.5, minDelayMs: 300 },
      },
    );
    for (let call = 0; call < 16; call += 1) await ask();

    const slow = ask();
    await clock.advance(300);

    expect((await slow).choices[0]!.message.content).toBe("second");
    expect(events.filter(({ type }) => type === "hedge")).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });

  it.each<[Parameters<typeof createPromptCompiler>[0], string]>([
    [{ health: { failureThreshold: 0 } }, "health.failureThreshold must be a positive integer, got 0"],
    [{ hedge: { quantile: 1 } }, "hedge.quantile must be below 1, got 1"],
    [{ retry: { budgetShare: -1 } }, "retry.budgetShare must be a positive number, got -1"],
  ])("is told of %o", (options, message) => {
    expect(() => given([["yes"]], options)).toThrow(message);
  });

  it("is told of a mistake in the options of a deployment", () => {
    const deployment = { id: "a", model: "m", provider: scripted(["yes"]) };

    expect(() =>
      createPromptCompiler({ deployments: [{ ...deployment, rateLimitScope: "account" }] }),
    ).toThrow('deployments[0].account must be named where rateLimitScope is "account", got undefined');
    expect(() =>
      createPromptCompiler({ deployments: [{ ...deployment, timeouts: { totalMs: 0 } }] }),
    ).toThrow(
      "deployments[0].timeouts.totalMs must be a positive number of milliseconds, or Infinity, got 0",
    );
  });
});
