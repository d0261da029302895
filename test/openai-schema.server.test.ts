import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPromptCompiler } from "../src/index.ts";
import { openaiCompatible } from "../src/scheduler/index.ts";
import { chunk, chunksOf, completion, usageChunk } from "./chat-shapes.ts";
import { type RunningApp, startApp } from "./host-app.ts";
import { openAISchemas } from "./openai-schema.ts";
import { failure, json, startUpstream, stream, type Upstream } from "./upstream.ts";

const path = process.env["PC_OPENAI_SPEC"];
const named = path === undefined ? "(skipped: PC_OPENAI_SPEC names no openapi.json)" : "";

describe.skipIf(path === undefined)(`answers, by OpenAI's own schema ${named}`, () => {
  let schemas: ReturnType<typeof openAISchemas>;
  let upstream: Upstream;
  let app: RunningApp;

  beforeAll(async () => {
    schemas = openAISchemas(path ?? "");
    upstream = await startUpstream();
    app = await startApp({
      deployments: [
        { id: "chat", model: "gpt-x", provider: openaiCompatible({ baseURL: `${upstream.url}/v1` }) },
        { id: "down", model: "gpt-down", provider: openaiCompatible({ baseURL: "http://127.0.0.1:9" }) },
      ],
      keys: [{ key: "right", tenant: "t" }],
      retry: { maxAttempts: 1 },
    });
  }, 60_000);
  afterAll(async () => {
    await app?.close();
    await upstream?.close();
  });

  const ask = async (method: string, route: string, body?: unknown, key = "right"): Promise<Response> =>
    fetch(`${app.baseURL}${route}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const post = (route: string, body: object) => ask("POST", route, { model: "gpt-x", ...body });
  const eventsOf = async (response: Response): Promise<unknown[]> =>
    (await response.text())
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice("data: ".length)));

  const messages = [{ role: "user", content: "Hi" }];
  const called = {
    ...completion(""),
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        logprobs: null,
        message: {
          role: "assistant",
          content: "Wait",
          refusal: null,
          reasoning_content: "Hm",
          tool_calls: [
            { id: "t1", type: "function", function: { name: "f", arguments: "{}" } },
            { id: "t2", type: "function", function: { name: "patch", arguments: '{"input":"x"}' } },
            { id: "t3", type: "function", function: { name: "crm__find", arguments: "{}" } },
          ],
        },
      },
    ],
  };
  const calling = [
    chunk({ role: "assistant", content: null, reasoning_content: "Hm" }),
    chunk({ content: "Wait" }),
    ...called.choices[0]!.message.tool_calls.map((call, index) =>
      chunk({ tool_calls: [{ index, ...call }] }),
    ),
    chunk({}, "tool_calls"),
    usageChunk,
    "[DONE]",
  ];
  const tools = [
    { type: "function", name: "f", parameters: { type: "object", properties: {} }, strict: true },
    { type: "custom", name: "patch" },
    {
      type: "namespace",
      name: "crm",
      description: "d",
      tools: [{ type: "function", name: "find", parameters: {} }],
    },
  ];
  const asked = {
    input: "Hi",
    instructions: "Be short",
    tools,
    metadata: { a: "b" },
    reasoning: { effort: "low", summary: "auto" },
    text: { format: { type: "json_schema", name: "n", schema: { type: "object" } } },
  };

  it("would find violations: of a field that is missing, and of one of another type", () => {
    expect(schemas("Response")({ id: 1, object: "response" }).length).toBeGreaterThan(1);
  });

  it.each([
    ["a chat", {}, json(completion("Hello"))],
    ["a chat with logprobs asked for", { logprobs: true }, json(completion("Hello"))],
  ])("has no violation in %s", async (_what, said, answer) => {
    upstream.reply(answer);

    expect(
      schemas("CreateChatCompletionResponse")(
        await (await post("/chat/completions", { messages, ...said })).json(),
      ),
    ).toEqual([]);
  });

  it.each([
    ["with usage", { stream_options: { include_usage: true } }],
    ["without usage", {}],
  ])("has no violation in a chat's stream %s", async (_what, said) => {
    upstream.reply(stream(chunksOf("Hello wide world")));

    const chunks = await eventsOf(await post("/chat/completions", { messages, stream: true, ...said }));

    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.flatMap(schemas("CreateChatCompletionStreamResponse"))).toEqual([]);
  });

  it("has no violation in a legacy completion", async () => {
    upstream.reply(json(completion("Hello")));

    expect(
      schemas("CreateCompletionResponse")(await (await post("/completions", { prompt: "Hi" })).json()),
    ).toEqual([]);
  });

  it.each([
    ["a text", { input: "Hi" }, json(completion("Hello"))],
    ["reasoning, text and calls", asked, json(called)],
    [
      "an answer cut short",
      { input: "Hi" },
      json({ ...completion("x"), choices: [{ ...completion("x").choices[0], finish_reason: "length" }] }),
    ],
    [
      "a refusal",
      { input: "Hi" },
      json({
        ...completion(""),
        choices: [
          { index: 0, finish_reason: "stop", message: { role: "assistant", content: null, refusal: "No" } },
        ],
      }),
    ],
    ["an answer without usage", { input: "Hi" }, json({ ...completion("Hello"), usage: undefined })],
  ])("has no violation in a response with %s (wire 57)", async (_what, said, answer) => {
    upstream.reply(answer);

    const response = (await (await post("/responses", said)).json()) as { readonly id: string };
    const kept = await (await ask("GET", `/responses/${response.id}`)).json();
    const items = await (await ask("GET", `/responses/${response.id}/input_items`)).json();

    expect(schemas("Response")(response)).toEqual([]);
    expect(schemas("Response")(kept)).toEqual([]);
    expect(schemas("ResponseItemList")(items)).toEqual([]);
  });

  it.each([
    ["a text", { input: "Hi" }, stream(chunksOf("Hello wide world")), "response.completed"],
    ["reasoning, text and calls", asked, stream(calling), "response.completed"],
    [
      "an answer cut short",
      { input: "Hi" },
      stream([chunk({ content: "Hel" }), chunk({}, "length"), "[DONE]"]),
      "response.incomplete",
    ],
    [
      "a refusal",
      { input: "Hi" },
      stream([chunk({ refusal: "No" }), chunk({}, "stop"), "[DONE]"]),
      "response.completed",
    ],
    [
      "a failure",
      { input: "Hi" },
      stream([chunk({ content: "Hel" }), { error: { message: "gone", code: "server_error" } }]),
      "response.failed",
    ],
  ])("has no violation in a response's stream with %s (wire 55)", async (_what, said, answer, last) => {
    upstream.reply(answer);

    const events = (await eventsOf(await post("/responses", { ...said, stream: true }))) as {
      type: string;
    }[];

    expect(events.at(-1)?.type).toBe(last);
    expect(events.flatMap(schemas("ResponseStreamEvent"))).toEqual([]);
  });

  it("has no violation in a count of tokens", async () => {
    const counted = await (await post("/responses/input_tokens", { input: "Hi" })).json();

    expect(schemas("TokenCountsResource")(counted)).toEqual([]);
  });

  it.each([["float"], ["base64"]])("has no violation in embeddings as %s", async (encoding_format) => {
    const builtIn = await startApp({
      compiler: createPromptCompiler(),
      keys: [{ key: "right", tenant: "t" }],
    });

    const response = await fetch(`${builtIn.baseURL}/embeddings`, {
      method: "POST",
      headers: { authorization: "Bearer right", "content-type": "application/json" },
      body: JSON.stringify({ model: "auto", input: ["a", "b"], encoding_format }),
    });
    const body = await response.json();
    await builtIn.close();

    // The schema knows floats only, though the API gives base64 to who asks (wire 44).
    const violations = schemas("CreateEmbeddingResponse")(body);
    expect(violations.filter((each) => encoding_format === "float" || !each.includes("/embedding"))).toEqual(
      [],
    );
  });

  it("has no violation in models", async () => {
    expect(schemas("ListModelsResponse")(await (await ask("GET", "/models")).json())).toEqual([]);
    expect(schemas("Model")(await (await ask("GET", "/models/gpt-x")).json())).toEqual([]);
  });

  it.each<[what: string, status: number, request: () => Promise<Response>]>([
    ["a wrong key", 401, () => ask("GET", "/models", undefined, "wrong")],
    ["a body that is not JSON", 400, () => ask("POST", "/chat/completions", "{")],
    ["a missing field", 400, () => post("/chat/completions", {})],
    ["a response without input", 400, () => post("/responses", {})],
    ["an unknown model", 404, () => ask("POST", "/responses", { model: "no", input: "Hi" })],
    ["an unknown response", 404, () => ask("GET", "/responses/resp_x")],
    ["a wrong method", 405, () => ask("GET", "/responses")],
    [
      "an upstream that is not there",
      502,
      () => ask("POST", "/responses", { model: "gpt-down", input: "Hi" }),
    ],
    [
      "an upstream's refusal",
      429,
      async () => {
        upstream.reply(failure(429, { message: "slow down" }));
        return post("/responses", { input: "Hi" });
      },
    ],
  ])("has no violation in the error for %s (wire 47)", async (_what, status, request) => {
    const response = await request();

    expect(response.status).toBe(status);
    expect(schemas("ErrorResponse")(await response.json())).toEqual([]);
  });
});
