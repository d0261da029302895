/** What decides where a call goes, from the public entry. */
import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerOptions } from "../src/index.ts";
import {
  type DeploymentOptions,
  leastConnections,
  lowestCost,
  lowestLatency,
} from "../src/scheduler/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { answers, FakeUpstream } from "./scheduler/fake-upstream.ts";

/** A compiler over deployments "d0", "d1" … of model "m", and who was asked so far. */
function given(each: readonly Partial<DeploymentOptions>[], options: PromptCompilerOptions = {}) {
  const upstreams = each.map(() => new FakeUpstream(answers()));
  const compiler = createPromptCompiler({
    deployments: each.map((facts, index) => ({
      id: `d${index}`,
      model: "m",
      provider: upstreams[index]!,
      ...facts,
    })),
    clock: new FakeClock(),
    ...options,
  });
  return { compiler, asked: () => upstreams.map(({ attempts }) => attempts.length) };
}

const deployment = { id: "a", model: "m", provider: new FakeUpstream(answers()) };
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

describe("a compiler", () => {
  it("keeps conversations where they began, told by their first words (defect 37)", async () => {
    const { compiler, asked } = given([{}, {}, {}, {}]);
    const histories = Array.from({ length: 8 }, (_, index) => [user(`Question ${index}`)]);

    for (let turn = 0; turn < 4; turn += 1) {
      for (const [index, messages] of histories.entries()) {
        await compiler.chat({ model: "m", messages });
        histories[index] = [...messages, assistant("yes"), user(`More ${turn}`)];
      }
    }

    expect(asked()).toEqual([8, 8, 8, 8]);
    const bare = given([{}, {}, {}, {}], { affinity: false });
    await bare.compiler.chat({ model: "m", messages: histories[0]! });
    await bare.compiler.chat({ model: "m", messages: histories[0]! });
    expect(bare.asked()).toEqual([1, 1, 0, 0]);
  });

  it("tells conversations with the same first words apart by their session, and never mixes tenants", async () => {
    const { compiler, asked } = given([{}, {}, {}, {}]);
    const later = [user("Hi"), assistant("yes"), user("More")];
    const callers = [
      { sessionId: "s1" },
      { sessionId: "s2" },
      { tenant: "other", sessionId: "s1" },
      { agentId: "planner", sessionId: "s1" },
    ];

    for (const caller of callers) await compiler.chat({ model: "m", messages: [user("Hi")] }, caller);
    for (const caller of callers) await compiler.chat({ model: "m", messages: later }, caller);

    expect(asked()).toEqual([2, 2, 2, 2]);
  });

  it("asks nobody for tools who has none (defect 41)", async () => {
    const { compiler, asked } = given([{ capabilities: ["streaming"] }, {}]);
    const tools = [{ type: "function", function: { name: "f" } }];

    for (let call = 0; call < 3; call += 1)
      await compiler.chat({ messages: [user("Hi")], model: "m", tools });

    expect(asked()).toEqual([0, 3]);
  });

  it("asks nobody for more than its context window holds (defect 38)", async () => {
    const { compiler, asked } = given([{ contextWindow: 1_000 }, { contextWindow: 100_000 }]);

    for (let call = 0; call < 3; call += 1) {
      await compiler.chat({ model: "m", messages: [user("word ".repeat(2_000))] });
    }

    expect(asked()).toEqual([0, 3]);
  });

  // Both answer at once: the second of two that are equally fast is picked where it is drawn first.
  it.each([
    ["leastConnections", leastConnections(), [2, 2]],
    ["lowestCost", lowestCost(), [0, 4]],
    ["lowestLatency", lowestLatency({ clock: new FakeClock(), random: () => 0.9 }), [1, 3]],
  ])("takes %s for its strategy", async (_, strategy, expected) => {
    const cheap = { price: { inputPer1M: 1, outputPer1M: 2 } };
    const { compiler, asked } = given([{}, cheap], { strategy });

    for (let call = 0; call < 4; call += 1) await compiler.chat({ model: "m", messages: [user("Hi")] });

    expect(asked()).toEqual(expected);
  });

  it.each<[string, object]>([
    ["affinity.ttlMs must be a positive number of milliseconds, got -1", { affinity: { ttlMs: -1 } }],
    ["unknown option affinity.ttlMS, did you mean affinity.ttlMs?", { affinity: { ttlMS: 1 } }],
    ["affinity must be an object, or false, got true", { affinity: true }],
    [
      "deployments[0].price.inputPer1M must be a number that is not negative, got -1",
      { deployments: [{ ...deployment, price: { inputPer1M: -1, outputPer1M: 1 } }] },
    ],
    [
      'deployments[0].capabilities[0] must be "streaming" or "tools" or "json-schema" or "vision" or "audio" or ' +
        '"files" or "logprobs", got "tool"',
      { deployments: [{ ...deployment, capabilities: ["tool"] }] },
    ],
  ])("refuses at construction: %s", (message, options) => {
    expect(() => createPromptCompiler(options)).toThrow(`createPromptCompiler: ${message}`);
  });
});
