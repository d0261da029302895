import express from "express";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion, usage } from "../chat-shapes.ts";
import { hosts, type RunningApp, startApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";
import { embeddings } from "./given.ts";

describe.each(hosts)("the official openai client, against pcMiddleware() in %s", (host, start) => {
  const shows = showing({ client: "openai", host });
  let upstream: Upstream;
  let app: RunningApp;
  let client: OpenAI;

  beforeAll(async () => {
    upstream = await startUpstream();
    const provider = openaiCompatible({ baseURL: `${upstream.url}/v1` });
    app = await start({
      // A model each for the failures that are followed by a cooldown.
      deployments: ["gpt-x", "gpt-429", "gpt-500"].map((model) => ({ id: model, model, provider })),
      keys: [{ key: "right", tenant: "t" }],
      maxBodyBytes: 1_000_000,
      retry: { maxAttempts: 1 },
    });
    client = new OpenAI({ apiKey: "right", baseURL: app.baseURL, maxRetries: 0 });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const messages = [{ role: "user" as const, content: "Hi" }];

  it("chats", shows("chat", "answers"), async () => {
    upstream.reply(json(completion("Hello")));

    const answer = await client.chat.completions.create({ model: "gpt-x", messages });

    expect(answer.choices[0]?.message.content).toBe("Hello");
    expect(answer.usage).toMatchObject(usage);
    expect(answer._request_id).toMatch(/^req_/);
  });

  it("streams, with usage", shows("chat", "streaming"), async () => {
    upstream.reply(stream(chunksOf("Hello wide world")));

    const chunks = await client.chat.completions.create({
      model: "gpt-x",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const read = [];
    for await (const part of chunks) read.push(part);

    expect(read.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hello wide world");
    expect(read.at(-1)).toMatchObject({ choices: [], usage });
  });

  it(
    "completes in the legacy way, whole and streamed (wire 1)",
    shows("completions", "answers", "streaming"),
    async () => {
      upstream.reply([json(completion("Hello")), stream(chunksOf("Hello wide world"))]);

      const whole = await client.completions.create({ model: "gpt-x", prompt: "Say hello" });
      const streamed = await client.completions.create({
        model: "gpt-x",
        prompt: ["Say hello"],
        stream: true,
      });
      const read = [];
      for await (const part of streamed) read.push(part);

      expect(whole).toMatchObject({ object: "text_completion", choices: [{ text: "Hello" }], usage });
      expect(read.map(({ choices }) => choices[0]?.text ?? "").join("")).toBe("Hello wide world");
      expect(read.at(-1)?.choices[0]?.finish_reason).toBe("stop");
      expect(upstream.requests.slice(-2).map(({ path, json }) => [path, json.messages])).toEqual(
        Array.from({ length: 2 }, () => ["/v1/chat/completions", [{ role: "user", content: "Say hello" }]]),
      );
    },
  );

  it("puts streamed tool calls together", shows("chat", "tools", "streaming"), async () => {
    upstream.reply(
      stream([
        chunk({ role: "assistant", content: null }),
        chunk({
          tool_calls: [{ index: 0, id: "t1", type: "function", function: { name: "f", arguments: "" } }],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
        chunk({}, "tool_calls"),
        "[DONE]",
      ]),
    );

    const { choices } = await client.chat.completions
      .stream({ model: "gpt-x", messages })
      .finalChatCompletion();

    expect(choices[0]?.finish_reason).toBe("tool_calls");
    expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
      id: "t1",
      function: { name: "f", arguments: '{"x":1}' },
    });
  });

  it(
    "aborts a legacy completion in mid-stream, and hears of one that fails",
    shows("completions", "abort", "errors"),
    async () => {
      const before = upstream.aborted;
      upstream.reply(stream([chunk({ content: "Hello" })], { ending: "stall" }));
      const streamed = await client.completions.create({ model: "gpt-x", prompt: "Hi", stream: true });
      for await (const _part of streamed) break;
      await upstream.untilAborted(before + 1);

      upstream.reply(failure(400, { message: "bad seed", param: "seed" }));

      await expect(client.completions.create({ model: "gpt-x", prompt: "Hi" })).rejects.toMatchObject({
        constructor: OpenAI.BadRequestError,
        param: "seed",
      });
    },
  );

  it("parses an answer by a schema", shows("chat", "structured output"), async () => {
    upstream.reply(json(completion('{"city":"Oslo"}')));
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const response_format = {
      type: "json_schema" as const,
      json_schema: { name: "place", strict: true, schema: { ...schema, additionalProperties: false } },
    };

    const { choices } = await client.chat.completions.parse({ model: "gpt-x", messages, response_format });

    expect(choices[0]?.message.parsed).toEqual({ city: "Oslo" });
    expect(upstream.requests.at(-1)?.json.response_format).toEqual(response_format);
  });

  it("embeds, in its default base64 and in floats (wire 44)", async () => {
    const builtIn = await start({});
    const embedder = new OpenAI({ apiKey: "none", baseURL: builtIn.baseURL });
    const input = ["the old mill", "the old mill", "a ferry"];

    const base64 = await embedder.embeddings.create({ model: "pc-lexical-embedding", input });
    const float = await embedder.embeddings.create({ model: "auto", input, encoding_format: "float" });
    await builtIn.close();

    const [mill, again, ferry] = base64.data.map(({ embedding }) => embedding);
    expect(base64.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(mill!.length).toBeGreaterThan(100);
    expect(mill).toEqual(again);
    expect(dot(mill!, mill!)).toBeCloseTo(1, 4);
    expect(dot(mill!, ferry!)).toBeLessThan(0.5);
    expect(mill).toEqual(float.data[0]!.embedding.map(Math.fround));
    expect(base64.usage.prompt_tokens).toBeGreaterThan(0);
  });

  it("embeds over an upstream that knows numbers only", shows("embeddings", "answers"), async () => {
    upstream.reply(embeddings([0.5, 0.25], [1, 0]));

    const { data } = await client.embeddings.create({ model: "gpt-x", input: ["a ferry", "a mill"] });

    expect(data.map(({ embedding }) => embedding)).toEqual([
      [0.5, 0.25],
      [1, 0],
    ]);
  });

  it("throws the class of a failure to embed", shows("embeddings", "errors"), async () => {
    upstream.reply(failure(400, { message: "too long", param: "input" }));

    await expect(client.embeddings.create({ model: "gpt-x", input: "a mill" })).rejects.toMatchObject({
      constructor: OpenAI.BadRequestError,
      param: "input",
    });
  });

  it("lists models, and gets one by its name (wire 46)", shows("models", "answers", "errors"), async () => {
    const { data: listed } = await client.models.list();

    expect(listed.map(({ id }) => id)).toEqual([
      "gpt-x",
      "gpt-429",
      "gpt-500",
      "pc-extractive",
      "pc-lexical-embedding",
    ]);
    expect(await client.models.retrieve("gpt-x")).toMatchObject({ id: "gpt-x", object: "model" });
    await expect(client.models.retrieve("no/such:model")).rejects.toThrow(OpenAI.NotFoundError);
  });

  it(
    "aborts: the upstream loses its connection, before the first byte and in mid-stream (defects 1, 3)",
    shows("chat", "abort"),
    async () => {
      const before = upstream.aborted;
      upstream.reply("hang");
      const waiting = new AbortController();
      const call = client.chat.completions.create({ model: "gpt-x", messages }, { signal: waiting.signal });
      call.catch(() => undefined);
      await upstream.untilRequests(upstream.requests.length + 1);

      waiting.abort();

      await expect(call).rejects.toThrow(OpenAI.APIUserAbortError);
      await upstream.untilAborted(before + 1);

      upstream.reply(stream([chunk({ content: "Hello" })], { ending: "stall" }));
      const chunks = await client.chat.completions.create({ model: "gpt-x", messages, stream: true });
      for await (const _part of chunks) break;

      await upstream.untilAborted(before + 2);
    },
  );

  describe("throws the class that belongs to the status (wire 49)", shows("chat", "errors"), () => {
    it("400 for a request that is none, 400 for the upstream's own", async () => {
      await expect(client.chat.completions.create({ model: "gpt-x", messages: [] })).rejects.toThrow(
        OpenAI.BadRequestError,
      );
      upstream.reply(failure(400, { message: "bad seed", param: "seed" }));
      await expect(client.chat.completions.create({ model: "gpt-x", messages })).rejects.toMatchObject({
        constructor: OpenAI.BadRequestError,
        param: "seed",
      });
    });

    it("401 for a wrong key, naming what to do", async () => {
      const stranger = client.withOptions({ apiKey: "wrong" });

      await expect(stranger.chat.completions.create({ model: "gpt-x", messages })).rejects.toMatchObject({
        constructor: OpenAI.AuthenticationError,
        code: "invalid_api_key",
      });
    });

    it("404 for a model that nothing serves, naming those served", async () => {
      await expect(client.chat.completions.create({ model: "gpt-y", messages })).rejects.toMatchObject({
        constructor: OpenAI.NotFoundError,
        code: "model_not_found",
        message: expect.stringContaining("gpt-x"),
      });
    });

    it("413 for a body above the limit", async () => {
      const long = [{ role: "user" as const, content: "x".repeat(1_100_000) }];

      await expect(client.chat.completions.create({ model: "gpt-x", messages: long })).rejects.toMatchObject({
        status: 413,
      });
    });

    it("429 for a rate limit, with what the upstream said of waiting", async () => {
      upstream.reply(failure(429, { code: "rate_limit_exceeded" }, { "retry-after": "70" }));

      const error = await client.chat.completions
        .create({ model: "gpt-429", messages })
        .catch((caught) => caught);

      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      expect(Number(error.headers.get("retry-after"))).toBeGreaterThan(60);
    });

    it("429 while that time runs, with the rest of it, and without asking the upstream", async () => {
      const before = upstream.requests.length;

      const error = await client.chat.completions
        .create({ model: "gpt-429", messages })
        .catch((caught) => caught);

      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      expect(Number(error.headers.get("retry-after"))).toBeGreaterThan(60);
      expect(upstream.requests).toHaveLength(before);
    });

    it("500 for the upstream's failure", async () => {
      upstream.reply(failure(500, { type: "server_error" }));

      await expect(client.chat.completions.create({ model: "gpt-500", messages })).rejects.toMatchObject({
        constructor: OpenAI.InternalServerError,
        status: 500,
      });
    });
  });

  it("works the same behind a body parser of the host", async () => {
    upstream.reply(json(completion("Hello")));
    const parsing = await startApp(
      {
        deployments: [
          { id: "up", model: "gpt-x", provider: openaiCompatible({ baseURL: `${upstream.url}/v1` }) },
        ],
      },
      (host) => host.use(express.json({ limit: "32mb" })),
    );

    const answer = await new OpenAI({ apiKey: "-", baseURL: parsing.baseURL }).chat.completions.create({
      model: "gpt-x",
      messages,
    });
    await parsing.close();

    expect(answer.choices[0]?.message.content).toBe("Hello");
  });
});

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}
