import { AIMessageChunk } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, type ChatOpenAIFields, OpenAIEmbeddings } from "@langchain/openai";
import { createAgent } from "langchain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import { hosts } from "../host-app.ts";
import { failure, json, stream } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";
import { asking, askingChunks, embeddings, type Hosted, startHosted } from "./given.ts";

describe.each(hosts)("@langchain/openai on chat, against pcMiddleware() in %s", (host, start) => {
  const shows = showing({ client: "@langchain/openai", host });
  let hosted: Hosted;

  beforeAll(async () => {
    hosted = await startHosted(start);
  });
  afterAll(() => hosted.close());

  const modelWith = (fields: ChatOpenAIFields = {}) =>
    new ChatOpenAI({
      model: "gpt-x",
      apiKey: "right",
      configuration: { baseURL: hosted.app.baseURL },
      maxRetries: 0,
      ...fields,
    });

  const embedder = () =>
    new OpenAIEmbeddings({
      model: "gpt-x",
      apiKey: "right",
      configuration: { baseURL: hosted.app.baseURL },
      maxRetries: 0,
    });

  const weather = tool(({ city }) => `12 degrees in ${city}`, {
    name: "weather",
    description: "The weather of a city",
    schema: z.object({ city: z.string() }),
  });
  const askWeather = { id: "call_1", name: "weather", arguments: { city: "Oslo" } };

  it("answers, with usage", shows("chat", "answers"), async () => {
    hosted.upstream.reply(json(completion("Hello")));

    const message = await modelWith().invoke("Hi");

    expect(message.content).toBe("Hello");
    expect(message.usage_metadata).toMatchObject({
      input_tokens: 11,
      output_tokens: 2,
      input_token_details: { cache_read: 4 },
    });
  });

  it("streams, with usage once", shows("chat", "streaming"), async () => {
    hosted.upstream.reply(stream(chunksOf("Hello wide world")));

    const parts: AIMessageChunk[] = [];
    for await (const part of await modelWith().stream("Hi")) parts.push(part);

    expect(parts.map(({ text }) => text).filter(Boolean)).toEqual(["Hello ", "wide ", "world"]);
    expect(parts.flatMap(({ usage_metadata }) => usage_metadata ?? [])).toMatchObject([{ total_tokens: 13 }]);
  });

  it(
    "runs an agent through its tools, two of them at once, to the answer",
    shows("chat", "tools"),
    async () => {
      const askBergen = { id: "call_2", name: "weather", arguments: { city: "Bergen" } };
      hosted.upstream.reply([asking(askWeather, askBergen), json(completion("Oslo is as warm as Bergen."))]);
      const agent = createAgent({ model: modelWith(), tools: [weather], systemPrompt: "Be short." });

      const { messages } = await agent.invoke({
        messages: [{ role: "user", content: "Where is it warmer?" }],
      });

      expect(messages.map(({ type }) => type)).toEqual(["human", "ai", "tool", "tool", "ai"]);
      expect(messages.at(-1)?.content).toBe("Oslo is as warm as Bergen.");
      const [first, second] = hosted.upstream.requests.slice(-2);
      expect(first?.json.tools).toMatchObject([{ type: "function", function: { name: "weather" } }]);
      expect(second?.json.messages.slice(2)).toMatchObject([
        { role: "assistant", tool_calls: [{ id: "call_1" }, { id: "call_2" }] },
        { role: "tool", tool_call_id: "call_1", content: "12 degrees in Oslo" },
        { role: "tool", tool_call_id: "call_2", content: "12 degrees in Bergen" },
      ]);
    },
  );

  it(
    "streams an agent's turns token by token, tool calls put together",
    shows("chat", "tools", "streaming"),
    async () => {
      hosted.upstream.reply([stream(askingChunks(askWeather)), stream(chunksOf("It is 12 degrees."))]);
      const agent = createAgent({ model: modelWith({ streaming: true }), tools: [weather] });

      const parts = [];
      const input = { messages: [{ role: "user", content: "How warm is Oslo?" }] };
      for await (const [part] of await agent.stream(input, { streamMode: "messages" })) parts.push(part);

      const said = parts.filter((part) => AIMessageChunk.isInstance(part)).map(({ text }) => text);
      expect(said.filter(Boolean)).toEqual(["It ", "is ", "12 ", "degrees."]);
      expect(hosted.upstream.requests.at(-1)?.json.messages.at(-1)).toMatchObject({
        role: "tool",
        content: "12 degrees in Oslo",
      });
    },
  );

  it.each(["jsonSchema", "functionCalling", "jsonMode"] as const)(
    "reads a structured answer by %s",
    shows("chat", "structured output"),
    async (method) => {
      const value = { city: "Oslo", degrees: 12 };
      const report = { id: "call_1", name: "report", arguments: value };
      hosted.upstream.reply(
        method === "functionCalling" ? asking(report) : json(completion(JSON.stringify(value))),
      );
      const schema = z.object({ city: z.string(), degrees: z.number() });

      const read = await modelWith()
        .withStructuredOutput(schema, { name: "report", method })
        .invoke("Answer in JSON: how warm is Oslo?");

      expect(read).toEqual(value);
      const sent = hosted.upstream.requests.at(-1)?.json;
      const told = {
        jsonSchema: sent.response_format?.json_schema?.schema.required,
        functionCalling: sent.tools?.[0].function.parameters.required,
        jsonMode: sent.response_format?.type,
      };
      expect(told[method]).toEqual(method === "jsonMode" ? "json_object" : ["city", "degrees"]);
    },
  );

  it("gives an agent's structured answer", shows("chat", "structured output"), async () => {
    hosted.upstream.reply([asking(askWeather), asking({ ...askWeather, id: "call_2", name: "report" })]);
    const responseFormat = z.object({ city: z.string() }).meta({ title: "report" });
    const agent = createAgent({ model: modelWith(), tools: [weather], responseFormat });

    const { structuredResponse } = await agent.invoke({
      messages: [{ role: "user", content: "Which city did I ask about?" }],
    });

    expect(structuredResponse).toEqual({ city: "Oslo" });
  });

  it(
    "embeds, one and many, of an upstream that knows numbers only",
    shows("embeddings", "answers"),
    async () => {
      const model = embedder();
      hosted.upstream.reply([embeddings([0.5, 0.25]), embeddings([1, 0], [0, 1])]);

      const one = await model.embedQuery("a ferry");
      const many = await model.embedDocuments(["a ferry", "a mill"]);

      expect([one, ...many]).toEqual([
        [0.5, 0.25],
        [1, 0],
        [0, 1],
      ]);
    },
  );

  it("tells of a failure to embed as of OpenAI's own", shows("embeddings", "errors"), async () => {
    hosted.upstream.reply(failure(400, { message: "too long", param: "input" }));

    await expect(embedder().embedQuery("a ferry")).rejects.toMatchObject({ status: 400, param: "input" });
  });

  it(
    "aborts: the upstream loses its connection, before the first byte and in mid-stream (defects 1, 3)",
    shows("chat", "abort"),
    async () => {
      const before = hosted.upstream.aborted;
      hosted.upstream.reply("hang");
      const waiting = new AbortController();
      const call = modelWith().invoke("Hi", { signal: waiting.signal });
      call.catch(() => undefined);
      await hosted.upstream.untilRequests(hosted.upstream.requests.length + 1);

      waiting.abort();

      await expect(call).rejects.toThrow(/abort/i);
      await hosted.upstream.untilAborted(before + 1);

      hosted.upstream.reply(stream([chunk({ content: "Hello" })], { ending: "stall" }));
      const streaming = new AbortController();
      const parts = await modelWith().stream("Hi", { signal: streaming.signal });
      await expect(
        (async () => {
          for await (const _part of parts) streaming.abort();
        })(),
      ).rejects.toThrow(/abort/i);

      await hosted.upstream.untilAborted(before + 2);
    },
  );

  describe("tells of a failure as of OpenAI's own", () => {
    it("401 for a wrong key", shows("chat", "errors"), async () => {
      await expect(modelWith({ apiKey: "wrong" }).invoke("Hi")).rejects.toMatchObject({
        status: 401,
        code: "invalid_api_key",
        lc_error_code: "MODEL_AUTHENTICATION",
      });
    });

    it("404 for a model that nothing serves", shows("chat", "errors"), async () => {
      await expect(modelWith({ model: "gpt-y" }).invoke("Hi")).rejects.toMatchObject({
        status: 404,
        lc_error_code: "MODEL_NOT_FOUND",
      });
    });

    it("the upstream's own 400, whole", shows("chat", "errors"), async () => {
      hosted.upstream.reply(failure(400, { message: "bad seed", param: "seed" }));

      await expect(modelWith().invoke("Hi")).rejects.toMatchObject({ status: 400, param: "seed" });
    });

    it("429 with its class", shows("chat", "errors"), async () => {
      hosted.upstream.reply(failure(429, { code: "rate_limit_exceeded" }, { "retry-after": "70" }));

      await expect(modelWith({ model: "gpt-429" }).invoke("Hi")).rejects.toMatchObject({
        status: 429,
        lc_error_code: "MODEL_RATE_LIMIT",
      });
    });

    it("a stream that breaks after its first word", shows("chat", "errors"), async () => {
      hosted.upstream.reply(stream([chunk({ role: "assistant", content: "Hel" })], { ending: "cut" }));

      const read: string[] = [];
      const reading = (async () => {
        for await (const { text } of await modelWith({ model: "gpt-cut" }).stream("Hi")) read.push(text);
      })();

      await expect(reading).rejects.toThrow();
      expect(read.join("")).toBe("Hel");
    });
  });
});
