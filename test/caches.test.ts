import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent, type PromptCompilerOptions } from "../src/index.ts";
import { responseCache, type ScriptedStep, scripted, semanticCache } from "../src/scheduler/index.ts";
import { usage } from "./chat-shapes.ts";

const user = (content: string) => ({ role: "user", content });
const question = "How much deposit does the harbour hotel want?";
const ask = { messages: [user(question)], temperature: 0 };

function given(options: PromptCompilerOptions = { cache: responseCache() }) {
  const events: PromptCompilerEvent[] = [];
  const provider = scripted(
    ["400 euros", "500 euros", "600 euros"].map((says) => ({ says, usage })) as [ScriptedStep],
  );
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider }],
    onEvent: (event) => void events.push(event),
    ...options,
  });
  const ended = () => events.filter((event) => event.type === "call-end");
  return { compiler, provider, ended };
}

const textOf = ({ choices }: { choices: readonly { message: { content?: unknown } }[] }) =>
  choices[0]?.message.content;

describe("a compiler's caches", () => {
  it("are off: the same call is made as often as it is asked for", async () => {
    const { compiler, ended } = given({});

    expect([textOf(await compiler.chat(ask)), textOf(await compiler.chat(ask))]).toEqual([
      "400 euros",
      "500 euros",
    ]);
    expect(ended().map(({ cache }) => cache)).toEqual(["bypass", "bypass"]);
  });

  it("count a hit as nothing used, and say what it saved (defect 62)", async () => {
    const { compiler, ended } = given();

    await compiler.chat(ask);
    await compiler.chat(ask);

    const [miss, hit] = ended();
    expect(miss).toMatchObject({ cache: "miss", attempts: 1, savedUsage: undefined });
    expect(hit).toMatchObject({ cache: "hit", attempts: 0, usage: { inputTokens: 0, outputTokens: 0 } });
    expect(hit?.savedUsage).toEqual(miss?.usage);
    expect(miss?.usage).toBeDefined();
  });

  it("replay to stream() what stream() said", async () => {
    const { compiler, ended } = given();
    const chunks = async () => {
      const read = [];
      for await (const chunk of compiler.stream(ask)) read.push(chunk);
      return read;
    };

    expect(await chunks()).toEqual(await chunks());
    expect(ended().map(({ cache }) => cache)).toEqual(["miss", "hit"]);
  });

  it("keep embeddings, which always repeat", async () => {
    const { compiler, ended } = given();

    for (let time = 0; time < 2; time += 1) {
      await compiler.embed({ model: "pc-lexical-embedding", input: "a mill" });
    }

    expect(ended().map(({ cache }) => cache)).toEqual(["miss", "hit"]);
  });

  it("answer the same question in other words, with the built-in embedder", async () => {
    const { compiler, ended } = given({ semanticCache: semanticCache() });

    await compiler.chat(ask);
    await compiler.chat({ ...ask, messages: [user("how much deposit do harbour hotels want")] });

    expect(ended().map(({ cache }) => cache)).toEqual(["miss", "semantic"]);
  });

  it("share one run of equal calls at once, where that is asked for", async () => {
    const { compiler, ended } = given({ singleFlight: true });

    await Promise.all([compiler.chat(ask), compiler.chat(ask)]);

    expect(
      ended()
        .map(({ cache }) => cache)
        .sort(),
    ).toEqual(["bypass", "joined"]);
  });

  it("are cleared by model, tenant or id", async () => {
    const { compiler } = given();
    const { id } = await compiler.chat(ask);

    expect(await compiler.cache.clear({ model: "other" })).toBe(0);
    expect(await compiler.cache.clear({ id })).toBe(1);

    expect(textOf(await compiler.chat(ask))).toBe("500 euros");
  });

  it("refuse a control that nobody knows, naming it", async () => {
    const { compiler } = given();

    await expect(compiler.chat(ask, { cache: "perhaps" })).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      param: "cache",
    });
  });

  it("are checked as options, with the nearest name", () => {
    expect(() => given({ cache: {} as never })).toThrow(
      "cache must be a response cache, e.g. responseCache()",
    );
    expect(() => given({ singleFligt: true } as never)).toThrow("did you mean singleFlight?");
    expect(() => responseCache({ maxBytes: -1 })).toThrow("cache.maxBytes must be a positive number, got -1");
  });
});

describe("forgetting context", () => {
  const planner = { agentId: "planner", group: "trip", share: "read" as const };
  const scout = { agentId: "scout", group: "trip" };

  it("throws out every cached answer that had the item in its question, and no other", async () => {
    const { compiler, ended } = given();
    const { id } = await compiler.contexts.add({ content: "The harbour hotel wants 400 euros." }, scout);
    await compiler.chat(ask, planner);
    await compiler.chat(ask);

    await compiler.contexts.forget({ id }, scout);
    await compiler.chat(ask);

    expect(ended().map(({ cache }) => cache)).toEqual(["miss", "miss", "hit"]);
    expect(await compiler.cache.clear()).toBe(1);
  });

  it("throws out what an agent was answered whose words were captured", async () => {
    const { compiler } = given();
    await compiler.chat(ask, { ...scout, share: "write" });
    await compiler.chat(ask, { ...planner, share: "write" });

    await compiler.contexts.forget({ agentId: "scout" }, { agentId: "scout" });

    expect(await compiler.cache.clear()).toBe(1);
  });

  it("throws out everything with a tenant, of that tenant alone", async () => {
    const { compiler } = given();
    await compiler.chat(ask, { tenant: "acme" });
    await compiler.chat(ask, { tenant: "globex" });

    await compiler.contexts.forget({ tenant: true }, { tenant: "acme" });

    expect(await compiler.cache.clear({ tenant: "acme" })).toBe(0);
    expect(await compiler.cache.clear({ tenant: "globex" })).toBe(1);
  });
});
