import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  APICallError,
  embedMany,
  generateText,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import { hosts } from "../host-app.ts";
import { failure, json, stream } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";
import { asking, askingChunks, embeddings, type Hosted, startHosted } from "./given.ts";

interface Settings {
  readonly baseURL: string;
  readonly apiKey: string;
}

/** The providers of the AI SDK that speak chat, each as its page says to set it up. */
const providers = [
  [
    "@ai-sdk/openai",
    (settings: Settings) => {
      const openai = createOpenAI(settings);
      return { chat: (id: string) => openai.chat(id), embedding: (id: string) => openai.embedding(id) };
    },
  ],
  [
    "@ai-sdk/openai-compatible",
    (settings: Settings) => {
      const compatible = createOpenAICompatible({
        name: "pc",
        includeUsage: true,
        supportsStructuredOutputs: true,
        ...settings,
      });
      return {
        chat: (id: string) => compatible.chatModel(id),
        embedding: (id: string) => compatible.embeddingModel(id),
      };
    },
  ],
] as const;

const suites = providers.flatMap(([provider, create]) =>
  hosts.map(([host, start]) => ({ provider, create, host, start })),
);

describe.each(suites)(
  "ai with $provider on chat, against pcMiddleware() in $host",
  ({ provider, create, host, start }) => {
    const shows = showing({ client: `ai, ${provider}`, host });
    let hosted: Hosted;
    beforeAll(async () => {
      hosted = await startHosted(start);
    });
    afterAll(() => hosted.close());

    const providerWith = (apiKey = "right") => create({ baseURL: hosted.app.baseURL, apiKey });
    const modelOf = (id = "gpt-x"): LanguageModel => providerWith().chat(id);

    const tools = {
      weather: tool({
        description: "The weather of a city",
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => `12 degrees in ${city}`,
      }),
    };
    const askWeather = { id: "call_1", name: "weather", arguments: { city: "Oslo" } };

    it("answers, with usage", shows("chat", "answers"), async () => {
      hosted.upstream.reply(json(completion("Hello")));

      const { text, usage, finishReason } = await generateText({ model: modelOf(), prompt: "Hi" });

      expect(text).toBe("Hello");
      expect(finishReason).toBe("stop");
      expect(usage).toMatchObject({
        inputTokens: 11,
        outputTokens: 2,
        inputTokenDetails: { cacheReadTokens: 4 },
      });
    });

    it("streams, with usage", shows("chat", "streaming"), async () => {
      hosted.upstream.reply(stream(chunksOf("Hello wide world")));

      const { textStream, usage } = streamText({ model: modelOf(), prompt: "Hi" });
      const read: string[] = [];
      for await (const text of textStream) read.push(text);

      expect(read).toEqual(["Hello ", "wide ", "world"]);
      expect(await usage).toMatchObject({ inputTokens: 11, outputTokens: 2, totalTokens: 13 });
    });

    it("runs tools over several steps, two at once, to the answer", shows("chat", "tools"), async () => {
      const askBergen = { id: "call_2", name: "weather", arguments: { city: "Bergen" } };
      hosted.upstream.reply([
        asking(askWeather, askBergen),
        asking({ ...askWeather, id: "call_3" }),
        json(completion("Oslo is as warm as Bergen.")),
      ]);

      const { text, steps } = await generateText({
        model: modelOf(),
        tools,
        stopWhen: stepCountIs(5),
        prompt: "Where is it warmer?",
      });

      expect(text).toBe("Oslo is as warm as Bergen.");
      expect(steps.map(({ toolResults }) => toolResults.length)).toEqual([2, 1, 0]);
      expect(hosted.upstream.requests.at(-1)?.json.messages.slice(1)).toMatchObject([
        { role: "assistant", tool_calls: [{ id: "call_1" }, { id: "call_2" }] },
        { role: "tool", tool_call_id: "call_1" },
        { role: "tool", tool_call_id: "call_2" },
        { role: "assistant", tool_calls: [{ id: "call_3" }] },
        { role: "tool", tool_call_id: "call_3" },
      ]);
    });

    it("streams its steps, tool calls put together", shows("chat", "tools", "streaming"), async () => {
      hosted.upstream.reply([stream(askingChunks(askWeather)), stream(chunksOf("It is 12 degrees."))]);

      const { fullStream } = streamText({
        model: modelOf(),
        tools,
        stopWhen: stepCountIs(2),
        prompt: "How warm is Oslo?",
      });
      const parts = [];
      for await (const part of fullStream) parts.push(part);

      expect(parts.find(({ type }) => type === "tool-call")).toMatchObject({ input: { city: "Oslo" } });
      expect(parts.find(({ type }) => type === "tool-result")).toMatchObject({
        output: "12 degrees in Oslo",
      });
      const said = parts.map((part) => (part.type === "text-delta" ? part.text : ""));
      expect(said.join("")).toBe("It is 12 degrees.");
      expect(parts.at(-1)).toMatchObject({ type: "finish", totalUsage: { totalTokens: 26 } });
    });

    it("reads a structured answer, whole and as it grows", shows("chat", "structured output"), async () => {
      const value = { city: "Oslo", degrees: 12 };
      const text = JSON.stringify(value, undefined, 1);
      hosted.upstream.reply([json(completion(text)), stream(chunksOf(text))]);
      const output = Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) });
      const question = { model: modelOf(), output, prompt: "How warm is Oslo?" };

      const whole = await generateText(question);
      const partial = [];
      for await (const part of streamText(question).partialOutputStream) partial.push(part);

      expect(whole.output).toEqual(value);
      expect(partial.at(-1)).toEqual(value);
      expect(hosted.upstream.requests.at(-1)?.json.response_format).toMatchObject({
        type: "json_schema",
        json_schema: { schema: { required: ["city", "degrees"] } },
      });
    });

    it("embeds many, of an upstream that knows numbers only", shows("embeddings", "answers"), async () => {
      hosted.upstream.reply(embeddings([1, 0], [0, 1]));

      const { embeddings: vectors, usage } = await embedMany({
        model: providerWith().embedding("gpt-x"),
        values: ["a ferry", "a mill"],
      });

      expect(vectors).toEqual([
        [1, 0],
        [0, 1],
      ]);
      expect(usage.tokens).toBe(3);
    });

    it("tells of a failure to embed as of OpenAI's own", shows("embeddings", "errors"), async () => {
      hosted.upstream.reply(failure(400, { message: "too long", param: "input" }));
      const model = providerWith().embedding("gpt-x");

      const error = await embedMany({ model, values: ["a ferry"], maxRetries: 0 }).catch((caught) => caught);

      expect(error).toMatchObject({ statusCode: 400, data: { error: { message: "too long" } } });
    });

    it(
      "aborts: the upstream loses its connection, before the first byte and in mid-stream (defects 1, 3)",
      shows("chat", "abort"),
      async () => {
        const before = hosted.upstream.aborted;
        hosted.upstream.reply("hang");
        const waiting = new AbortController();
        const call = generateText({ model: modelOf(), prompt: "Hi", abortSignal: waiting.signal });
        call.catch(() => undefined);
        await hosted.upstream.untilRequests(hosted.upstream.requests.length + 1);

        waiting.abort();

        await expect(call).rejects.toMatchObject({ name: "AbortError" });
        await hosted.upstream.untilAborted(before + 1);

        hosted.upstream.reply(stream([chunk({ content: "Hello" })], { ending: "stall" }));
        const streaming = new AbortController();
        const { textStream } = streamText({
          model: modelOf(),
          prompt: "Hi",
          abortSignal: streaming.signal,
        });
        for await (const _text of textStream) streaming.abort();

        await hosted.upstream.untilAborted(before + 2);
      },
    );

    describe("tells of a failure as of OpenAI's own", () => {
      const failing = (model: LanguageModel) =>
        generateText({ model, prompt: "Hi", maxRetries: 0 }).catch((error: unknown) => error);

      it.each([
        ["401 for a wrong key", () => providerWith("wrong").chat("gpt-x"), 401, false],
        ["404 for a model that nothing serves", () => modelOf("gpt-y"), 404, false],
        ["the upstream's own 400", () => modelOf(), 400, false],
        ["429, which may be tried again", () => modelOf("gpt-429"), 429, true],
      ])("%s", shows("chat", "errors"), async (_what, model, statusCode, isRetryable) => {
        hosted.upstream.reply(failure(statusCode, { message: "said the upstream" }, { "retry-after": "70" }));

        const error = await failing(model());

        expect(APICallError.isInstance(error)).toBe(true);
        expect(error).toMatchObject({
          statusCode,
          isRetryable,
          data: { error: { message: expect.any(String) } },
        });
      });

      it("a stream that breaks after its first word", shows("chat", "errors"), async () => {
        hosted.upstream.reply(stream([chunk({ role: "assistant", content: "Hel" })], { ending: "cut" }));

        const failures: unknown[] = [];
        const { fullStream } = streamText({
          model: modelOf("gpt-cut"),
          prompt: "Hi",
          onError: ({ error }) => void failures.push(error),
        });
        const read: string[] = [];
        for await (const part of fullStream) if (part.type === "text-delta") read.push(part.text);

        expect(read.join("")).toBe("Hel");
        expect(failures).toHaveLength(1);
      });
    });
  },
);
