import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../../../src/index.ts";
import { scripted } from "../../../src/scheduler/index.ts";

const call = { agentId: "scout", sessionId: "s1", group: "trip", share: true } as const;
const secret = `sk-${"proj"}-a8Kd02LmQ9xZr4Tn7Vb1Wc5Ye3Hs6Gj0Pf`;

/** A compiler that has answered one call of an agent with tools. */
async function afterCall(says: string, messages: readonly object[]) {
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider: scripted([says]) }],
    onEvent: (event) => events.push(event),
  });
  await compiler.chat({ model: "m", messages: messages as never }, call);
  return { compiler, events };
}

const toolCall = {
  role: "assistant",
  content: null,
  tool_calls: [
    { id: "call_1", type: "function", function: { name: "find_hotels", arguments: '{"city":"Oban"}' } },
  ],
};

describe("what is captured of a call", () => {
  it("has, besides what was said, the calls of tools and their results, each with the tool's name", async () => {
    const { compiler } = await afterCall("We take the harbour hotel.", [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Find a hotel in Oban." },
      toolCall,
      { role: "tool", tool_call_id: "call_1", content: '{"hotel":"Harbour","reservation":"H9ZU1C"}' },
    ]);

    const { items } = await compiler.contexts.list(call);

    expect(items.toReversed().map(({ role, tool, content }) => [role, tool, content])).toEqual([
      ["user", undefined, "Find a hotel in Oban."],
      ["assistant", "find_hotels", 'called find_hotels {"city":"Oban"}'],
      ["tool", "find_hotels", '{"hotel":"Harbour","reservation":"H9ZU1C"}'],
      ["assistant", undefined, "We take the harbour hotel."],
    ]);
  });

  it("has no secret in it, and the event and the sums count those that were taken out", async () => {
    const { compiler, events } = await afterCall("Noted.", [
      { role: "user", content: `The keys are ${secret} and ${secret.replace("a8K", "b9L")}.` },
    ]);

    const { lines } = await compiler.stats.sums();

    expect(events.find(({ type }) => type === "context-captured")).toMatchObject({
      entries: 2,
      secretsRemoved: 2,
    });
    expect(lines[0]).toMatchObject({ capturedItems: 2, secretsRemoved: 2 });
  });
});

describe("contexts.learned", () => {
  it("tells decisions, facts, identifiers and results of tools word for word, each with its source", async () => {
    const { compiler } = await afterCall(
      "We will take the harbour hotel. The deposit is 400 euros. It is lovely there.",
      [
        { role: "user", content: "Find a hotel in Oban." },
        toolCall,
        { role: "tool", tool_call_id: "call_1", content: '{"hotel":"Harbour","reservation":"H9ZU1C"}' },
      ],
    );

    const { learned, nextAfter } = await compiler.contexts.learned(call);

    expect(learned.map(({ kind, text, name, role, tool }) => [kind, text, name, role, tool])).toEqual([
      ["decision", "We will take the harbour hotel.", undefined, "assistant", undefined],
      ["fact", "The deposit is 400 euros.", undefined, "assistant", undefined],
      ["tool-result", '{"hotel":"Harbour","reservation":"H9ZU1C"}', undefined, "tool", "find_hotels"],
      ["identifier", "H9ZU1C", "reservation", "tool", "find_hotels"],
      ["decision", 'called find_hotels {"city":"Oban"}', undefined, "assistant", "find_hotels"],
    ]);
    const { items } = await compiler.contexts.list(call);
    for (const { itemId, text } of learned) {
      expect(items.find(({ id }) => id === itemId)?.content).toContain(text);
    }
    expect(nextAfter).toBeUndefined();
  });

  it.each([
    ["en", "Let's go with the ferry at nine."],
    ["de", "Wir nehmen die Fähre um neun."],
    ["fr", "Nous avons décidé de prendre le train."],
    ["es", "Hemos decidido tomar el tren."],
    ["ru", "Мы решили ехать поездом."],
    ["zh", "我们决定坐火车。"],
  ])("knows a decision in %s by its words", async (_language, content) => {
    const compiler = createPromptCompiler();
    await compiler.contexts.add({ content }, call);

    const { learned } = await compiler.contexts.learned(call);

    expect(learned).toMatchObject([{ kind: "decision", text: content }]);
  });

  it("gives another agent of the group what it may read, and nobody else anything", async () => {
    const { compiler } = await afterCall("The deposit is 400 euros.", [
      { role: "user", content: "Deposit?" },
    ]);

    const member = await compiler.contexts.learned({ agentId: "planner", group: "trip" });
    const stranger = await compiler.contexts.learned({ agentId: "planner", group: "other" });

    expect(member.learned).toMatchObject([{ kind: "fact", agentId: "scout" }]);
    expect(stranger.learned).toEqual([]);
  });
});
