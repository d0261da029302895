import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OpenAICompatibleOptions, openaiCompatible } from "../../src/scheduler/index.ts";
import { completion, usage } from "../chat-shapes.ts";
import { type RunningApp, startApp } from "../host-app.ts";
import { json, startUpstream, stream, type Upstream } from "../upstream.ts";

const user = { role: "user", content: "Hi" } as const;

describe("a known vendor behind the gateway", () => {
  let upstream: Upstream;
  let app: RunningApp | undefined;

  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
  });
  afterAll(() => upstream.close());

  const given = async (options: Partial<OpenAICompatibleOptions>, model = "m"): Promise<OpenAI> => {
    const provider = openaiCompatible({
      baseURL: `${upstream.url}/v1`,
      apiKey: "sk-zebra-0123456789",
      ...options,
    });
    app = await startApp({ deployments: [{ id: "up", model, provider }] });
    return new OpenAI({ baseURL: app.baseURL, apiKey: "none", maxRetries: 0 });
  };
  const sent = () => upstream.requests.at(-1)!;

  it("gets the request in its own words, and the caller hears which (wire 36, 39)", async () => {
    const client = await given({ vendor: "deepseek" });
    upstream.reply(json(completion("Hello")));

    const { response } = await client.chat.completions
      .create({
        model: "m",
        messages: [{ role: "developer", content: "Be brief." }, user],
        max_completion_tokens: 9,
      })
      .withResponse();

    expect(sent().json).toEqual({
      model: "m",
      messages: [{ role: "system", content: "Be brief." }, user],
      max_tokens: 9,
    });
    expect(response.headers.get("x-pc-changed")).toBe("max_completion_tokens, messages[].role");
    expect(response.headers.get("x-pc-dropped")).toBeNull();
  });

  it("hears of nothing where nothing is changed, and keeps the answer's bytes", async () => {
    const client = await given({ vendor: "deepseek" });
    const answer = JSON.stringify(completion("Hello"), null, 2);
    upstream.reply({ headers: { "content-type": "application/json" }, body: answer });

    const response = await client.chat.completions.create({ model: "m", messages: [user] }).asResponse();

    expect(response.headers.get("x-pc-changed")).toBeNull();
    expect(await response.text()).toBe(answer);
  });

  it("is given its reasoning back on the turn after a tool call, which a client drops (defect 35)", async () => {
    // https://api-docs.deepseek.com/guides/thinking_mode: 400 without it.
    const client = await given({ vendor: "deepseek" });
    const call = { id: "call_9", type: "function", function: { name: "f", arguments: "{}" } } as const;
    const message = { role: "assistant" as const, content: "", tool_calls: [call] };
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      id: "x",
      object: "chat.completion.chunk",
      created: 1,
      model: "m",
      choices: [{ index: 0, delta, finish_reason }],
    });
    upstream.reply([
      stream([
        chunk({ role: "assistant", reasoning_content: "I need " }),
        chunk({ reasoning_content: "f." }),
        chunk({ tool_calls: [{ index: 0, ...call }] }),
        chunk({}, "tool_calls"),
        "[DONE]",
      ]),
      json(completion("Done")),
    ]);

    for await (const _ of await client.chat.completions.create({
      model: "m",
      messages: [user],
      stream: true,
    }));
    await client.chat.completions.create({
      model: "m",
      messages: [user, message, { role: "tool", tool_call_id: "call_9", content: "1" }],
    });

    expect(sent().json.messages[1]).toEqual({ ...message, reasoning_content: "I need f." });
  });

  it("streams what every client can read, whatever it leaves out (wire 20-23, defects 66, 67)", async () => {
    const client = await given({ vendor: "ollama" });
    const call = (name: string) => ({ index: 0, id: `id_${name}`, function: { name, arguments: "{}" } });
    const chunk = (choice: object, more: object = {}) => ({
      id: "x",
      created: 1,
      model: "m",
      choices: [choice],
      ...more,
    });
    upstream.reply(
      stream([
        chunk({ delta: { tool_calls: [call("a")] } }),
        chunk({ delta: { tool_calls: [call("b")] } }),
        chunk({ delta: {}, finish_reason: "stop" }, { usage }),
        "[DONE]",
      ]),
    );

    const final = await client.chat.completions
      .stream({ model: "m", messages: [user], stream_options: { include_usage: true } })
      .finalChatCompletion();

    expect(final.choices[0]!.message.tool_calls).toMatchObject([{ id: "id_a" }, { id: "id_b" }]);
    expect(final.choices[0]!.finish_reason).toBe("tool_calls");
    expect(final.usage).toEqual(usage);
  });

  it("has custom tools, though it knows only functions (wire 38)", async () => {
    const client = await given({ vendor: "vllm" });
    const written = { name: "apply_patch", arguments: '{"input":"*** Begin"}' };
    const message = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c", type: "function", function: written }],
    };
    upstream.reply(
      json({ ...completion(""), choices: [{ index: 0, message, finish_reason: "tool_calls" }] }),
    );

    const { choices } = await client.chat.completions.create({
      model: "m",
      messages: [user],
      tools: [{ type: "custom", custom: { name: "apply_patch" } }],
    });

    expect(sent().json.tools[0].type).toBe("function");
    expect(choices[0]!.message.tool_calls).toEqual([
      { id: "c", type: "custom", custom: { name: "apply_patch", input: "*** Begin" } },
    ]);
  });

  it("is asked in its own wire where it speaks it: legacy completions reach vLLM untranslated", async () => {
    const client = await given({ vendor: "vllm" });
    upstream.reply(json({ id: "cmpl-1", object: "text_completion", created: 1, model: "m", choices: [] }));

    await client.completions.create({ model: "m", prompt: "Once", suffix: "end" });

    expect(sent()).toMatchObject({ path: "/v1/completions", json: { prompt: "Once", suffix: "end" } });
  });

  it("is asked only in the wires that the host names", async () => {
    const client = await given({ vendor: "vllm", wires: ["chat"] });
    upstream.reply(json(completion("upon a time")));

    const { choices } = await client.completions.create({ model: "m", prompt: "Once" });

    expect(sent().path).toBe("/v1/chat/completions");
    expect(choices[0]!.text).toBe("upon a time");
  });

  it.each([
    ["", "/openai/deployments/gpt%20x/chat/completions?api-version=2024-10-21"],
    ["/openai", "/openai/deployments/gpt%20x/chat/completions?api-version=2024-10-21"],
    ["/openai?api-version=2025-01-01", "/openai/deployments/gpt%20x/chat/completions?api-version=2025-01-01"],
    ["/openai/v1", "/openai/v1/chat/completions"],
    [
      "/openai/deployments/d?api-version=2025-01-01",
      "/openai/deployments/d/chat/completions?api-version=2025-01-01",
    ],
  ])("is Azure at %j: the key in its header, the deployment in the path (wire 24)", async (base, path) => {
    const client = await given({ vendor: "azure", baseURL: upstream.url + base }, "gpt x");
    upstream.reply(json(completion("Hello")));

    await client.chat.completions.create({ model: "gpt x", messages: [user] });

    expect(sent().path).toBe(path);
    expect(sent().headers["api-key"]).toBe("sk-zebra-0123456789");
    expect(sent().headers.authorization).toBeUndefined();
  });

  it("is Azure in the version that the host names", async () => {
    const client = await given({ vendor: "azure", baseURL: upstream.url, apiVersion: "2025-04-01-preview" });
    upstream.reply(json(completion("Hello")));

    await client.chat.completions.create({ model: "m", messages: [user] });

    expect(sent().path).toMatch(/\?api-version=2025-04-01-preview$/);
  });
});
