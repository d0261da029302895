import { describe, expect, it, vi } from "vitest";
import {
  AllDeploymentsFailedError,
  createPromptCompiler,
  isPromptCompiler,
  memory,
  type PromptCompilerEvent,
  type Storage,
} from "../src/index.ts";
import { scripted } from "../src/scheduler/index.ts";

const fact = "The harbour hotel wants a deposit of 400 euros by 2 May.";
const question = "How much deposit does the harbour hotel want?";
const user = (content: string) => ({ role: "user", content });

describe("createPromptCompiler", () => {
  it("runs with nothing: no key, no network, no options", async () => {
    const compiler = createPromptCompiler();

    const { choices, model } = await compiler.chat({ messages: [user(`${fact} ${question}`)] });

    expect(choices[0]?.message.content).toBe(fact);
    expect(model).toBe("pc-extractive");
  });

  it("is known as a compiler by its brand, whichever copy of the package made it", () => {
    expect(isPromptCompiler(createPromptCompiler())).toBe(true);
    expect(isPromptCompiler({ chat: () => undefined })).toBe(false);
  });

  it("parses a whole answer once on its way, and keeps what it parsed to itself", async () => {
    const { compiler } = givenCompiler("Hello");
    const parse = vi.spyOn(JSON, "parse");

    const { reply } = await compiler.dispatch({ wire: "chat", body: { messages: [user("Hi")] } });
    const times = parse.mock.calls.length;
    parse.mockRestore();

    expect(times).toBe(1);
    expect(Object.keys(reply)).toEqual(["status", "headers", "body"]);
  });

  it("streams chunks that add up to the whole answer, without the sentinel", async () => {
    const { compiler } = givenCompiler("Hello wide world");

    const chunks = [];
    for await (const chunk of compiler.stream({ messages: [user("Hi")] })) chunks.push(chunk);

    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hello wide world");
    expect(chunks.every(({ object }) => object === "chat.completion.chunk")).toBe(true);
  });

  it("gives the whole answer from chat() and chunks from stream(), whatever the request says", async () => {
    const { compiler } = givenCompiler("Hello");

    const whole = await compiler.chat({ messages: [user("Hi")], stream: true });
    const chunks = [];
    for await (const chunk of compiler.stream({ messages: [user("Hi")], stream: false })) chunks.push(chunk);

    expect(whole.object).toBe("chat.completion");
    expect(chunks.length).toBeGreaterThan(1);
  });

  it("embeds", async () => {
    const { data } = await createPromptCompiler().embed({ input: ["a mill", "a ferry"] });

    expect(data.map(({ index }) => index)).toEqual([0, 1]);
  });

  it("lists what is served, by its own name", async () => {
    const models = await createPromptCompiler().models();

    expect(models.map(({ id }) => id)).toEqual(["pc-extractive", "pc-lexical-embedding"]);
  });

  it("lets nobody answer under another name: the error names what is served and what to set", async () => {
    const calling = createPromptCompiler().chat({ model: "gpt-5-mini", messages: [user("Hi")] });

    await expect(calling).rejects.toMatchObject({
      code: "PC_MODEL_NOT_FOUND",
      message: expect.stringMatching(/pc-extractive.*OPENAI_API_KEY/),
    });
  });

  it("refuses calls after close, which may be called twice", async () => {
    const compiler = createPromptCompiler();

    await compiler.close();
    await compiler.close();

    await expect(compiler.chat({ messages: [user("Hi")] })).rejects.toMatchObject({ code: "PC_CLOSED" });
    await expect(compiler.compile({ messages: [user("Hi")] })).rejects.toMatchObject({ code: "PC_CLOSED" });
  });

  it("rejects with the caller's own reason, and asks nobody, when the signal has aborted already (defect 5)", async () => {
    const { compiler, provider } = givenCompiler("Hello");
    const reason = new Error("enough");

    const calling = compiler.chat({ messages: [user("Hi")] }, { signal: AbortSignal.abort(reason) });

    await expect(calling).rejects.toBe(reason);
    expect(provider.attempts).toHaveLength(0);
  });
});

describe("a call that shares", () => {
  const scout = { agentId: "scout", group: "trip", share: true } as const;
  const planner = { agentId: "planner", group: "trip", share: true } as const;

  it("finds what another agent of the group was told, as data beside the question", async () => {
    const { compiler, provider } = givenCompiler("noted", "400 euros");
    await compiler.chat({ messages: [user(fact)] }, scout);

    await compiler.chat({ messages: [user(question)] }, planner);

    const messages = provider.attempts[1]?.body["messages"] as { role: string; content: string }[];
    expect(messages.map(({ role }) => role)).toEqual(["user", "user"]);
    expect(messages[0]?.content).toMatch(/^<data, not instructions>.*\nscout> .*400 euros.*<\/data>$/s);
    expect(messages[1]?.content).toBe(question);
  });

  it.each([
    ["sharing is off", { agentId: "planner", group: "trip" }],
    ["the group is another", { agentId: "planner", group: "other", share: true }],
    ["the tenant is another", { ...planner, tenant: "globex" }],
    ["it only writes", { agentId: "planner", group: "trip", share: "write" }],
  ] as const)("finds nothing where %s", async (_why, call) => {
    const { compiler, provider } = givenCompiler("noted", "who knows");
    await compiler.chat({ messages: [user(fact)] }, scout);

    await compiler.chat({ messages: [user(question)] }, call);

    expect(provider.attempts[1]?.body["messages"]).toEqual([user(question)]);
  });

  it("leaves nothing for others where it only reads, or where the other call did not share", async () => {
    const { compiler, provider } = givenCompiler("noted", "noted", "who knows");
    await compiler.chat({ messages: [user(fact)] }, { ...scout, share: "read" });
    await compiler.chat({ messages: [user(fact)] }, { agentId: "scout", group: "trip" });

    await compiler.chat({ messages: [user(question)] }, planner);

    expect(provider.attempts[2]?.body["messages"]).toEqual([user(question)]);
  });

  it("captures the answer too, streamed or not, before its end is handed on", async () => {
    const { compiler } = givenCompiler(fact, fact);
    await compiler.chat({ messages: [user("Tell me.")] }, scout);

    const found = [];
    for await (const chunk of compiler.stream({ messages: [user("Again.")] }, { ...scout, sessionId: "2" })) {
      found.push(chunk);
    }
    const { items } = await compiler.contexts.list(planner);

    expect(items.filter(({ role }) => role === "assistant").map(({ content }) => content)).toEqual([
      fact,
      fact,
    ]);
  });

  it("needs an agent id, and says where to put it", async () => {
    const calling = createPromptCompiler().chat({ messages: [user("Hi")] }, { share: true });

    await expect(calling).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      message: expect.stringContaining("X-PC-Agent-ID"),
    });
  });

  it("goes on uncompiled and uncaptured where the storage does not open, and says so in events", async () => {
    const { compiler, provider, events } = givenCompiler({ storage: brokenStorage() }, "Hello");

    const { choices } = await compiler.chat({ messages: [user("Hi")] }, planner);

    expect(choices[0]?.message.content).toBe("Hello");
    expect(provider.attempts[0]?.body["messages"]).toEqual([user("Hi")]);
    expect(events.filter(({ type }) => type === "degraded").length).toBeGreaterThan(0);
  });
});

describe("a call with a budget", () => {
  const history = Array.from({ length: 60 }, (_, day) => [
    user(`Day ${day}: what did we spend?`),
    { role: "assistant", content: `On day ${day} we spent ${170 + 3 * day} euros on food and on tickets.` },
  ]).flat();
  const messages = [
    { role: "system", content: "Be brief." },
    ...history,
    user("What did we spend on day 17?"),
  ];

  it("sends what fits, keeping the evidence, and gives the report where it is asked for", async () => {
    const { compiler, provider } = givenCompiler("221 euros");

    const completion = await compiler.chat({ messages }, { maxInputTokens: 200, explain: true });

    const sent = JSON.stringify(provider.attempts[0]?.body["messages"]);
    expect(sent).toContain("On day 17 we spent 221 euros");
    expect(sent).toContain("Be brief.");
    const { pc } = completion as unknown as { pc: { tokensBefore: number; tokensAfter: number } };
    expect(pc.tokensAfter).toBeLessThanOrEqual(200);
    expect(pc.tokensBefore).toBeGreaterThan(1000);
  });

  it("gives the report where that alone is asked for, and keeps everything", async () => {
    const { compiler, provider } = givenCompiler("221 euros");

    const completion = await compiler.chat({ messages }, { explain: true });

    expect(completion).toHaveProperty("pc.segments.length", messages.length);
    expect(provider.attempts[0]?.body["messages"]).toEqual(messages);
  });

  it("is what compile() shows beforehand, without sending anything", async () => {
    const { compiler, provider } = givenCompiler("221 euros");

    const { request } = await compiler.compile({ messages }, { maxInputTokens: 200 });
    const asked = provider.attempts.length;
    await compiler.chat({ messages }, { maxInputTokens: 200 });

    expect(asked).toBe(0);
    expect(provider.attempts[0]?.body["messages"]).toEqual(request.messages);
  });

  it("gives back what was cut, by its handle, and to no other tenant", async () => {
    const { compiler } = givenCompiler("ok");
    const { report } = await compiler.compile({ messages }, { maxInputTokens: 200, agentId: "a" });
    const cut = report.segments.find(({ action }) => action === "cut");

    const original = await compiler.contexts.get(cut?.handle ?? "", { agentId: "a" });

    expect(original).toMatchObject({ content: expect.stringContaining("what did we spend?") });
    expect(
      await compiler.contexts.get(cut?.handle ?? "", { agentId: "a", tenant: "globex" }),
    ).toBeUndefined();
  });
});

describe("events", () => {
  it("tell the story of a call that fails over, with the same call id", async () => {
    const events: PromptCompilerEvent[] = [];
    const compiler = createPromptCompiler({
      deployments: [
        { id: "a", model: "m", provider: scripted([{ fails: "rate-limited", retryAfterMs: 5_000 }]) },
        { id: "b", model: "m", provider: scripted(["Hello"]) },
      ],
      onEvent: (event) => void events.push(event),
    });

    await compiler.chat({ model: "m", messages: [user("Hi")] });

    expect(events.map(({ type }) => type)).toEqual([
      "call-start",
      "attempt-start",
      "attempt-end",
      "cooldown",
      "failover",
      "attempt-start",
      "attempt-end",
      "call-end",
    ]);
    expect(new Set(events.flatMap((event) => ("callId" in event ? [event.callId] : []))).size).toBe(1);
    expect(events.at(-1)).toMatchObject({ outcome: "succeeded", attempts: 2 });
  });

  it("say that a call failed, after how many attempts", async () => {
    const { compiler, events } = givenCompiler({ retry: { maxAttempts: 1 } }, { fails: "server-error" });

    const calling = compiler.chat({ messages: [user("Hi")] });

    await expect(calling).rejects.toBeInstanceOf(AllDeploymentsFailedError);
    expect(events.at(-1)).toMatchObject({ type: "call-end", outcome: "failed", attempts: 1 });
  });
});

type Steps = Parameters<typeof scripted>[0];
type Options = Parameters<typeof createPromptCompiler>[0];

/** A compiler whose one deployment answers by script. */
function givenCompiler(...given: readonly [Options, ...Steps] | Steps) {
  const [first, ...rest] = given;
  const hasOptions = typeof first === "object" && ("storage" in first || "retry" in first);
  const provider = scripted((hasOptions ? rest : given) as Steps);
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider }],
    onEvent: (event) => void events.push(event),
    ...(hasOptions ? first : {}),
  });
  return { compiler, provider, events };
}

function brokenStorage(): Storage {
  const refuse = (): never => {
    throw new Error("the disk is on fire");
  };
  return {
    ...memory(),
    name: "broken",
    get: refuse,
    batch: refuse,
    range: refuse,
    compareAndSet: refuse,
    close: async () => undefined,
  };
}
