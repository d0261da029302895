import { createOpenAI } from "@ai-sdk/openai";
import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
  setTracingDisabled,
  tool,
} from "@openai/agents";
import { tool as aiTool, generateText, Output, stepCountIs, streamText } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion, usageChunk } from "../chat-shapes.ts";
import { hosts, type RunningApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream, type UpstreamRequest } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";

/** Asks for the weather first, and tells of it when it is there; in frames where those are asked for. */
function weatherman({ json: body }: UpstreamRequest) {
  const isTold = body.messages.some(({ role }: { role: string }) => role === "tool");
  const call = {
    index: 0,
    id: "t1",
    type: "function",
    function: { name: "weather", arguments: '{"city":"Bergen"}' },
  };
  const said = body.response_format ? '{"city":"Bergen","rain":true}' : "It rains in Bergen";
  if (body.stream) {
    const calling = [
      chunk({ role: "assistant", content: null, tool_calls: [call] }),
      chunk({}, "tool_calls"),
      usageChunk,
      "[DONE]",
    ];
    return stream(isTold ? chunksOf(said) : calling);
  }
  const message = { role: "assistant", content: null, refusal: null, tool_calls: [call] };
  const calling = {
    ...completion(""),
    choices: [{ index: 0, message, finish_reason: "tool_calls", logprobs: null }],
  };
  return json(isTold ? completion(said) : calling);
}

describe.each(hosts)("in %s:", (host, start) => {
  let upstream: Upstream;
  let app: RunningApp;

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await start({
      deployments: [
        { id: "a", model: "gpt-x", provider: openaiCompatible({ baseURL: `${upstream.url}/v1` }) },
      ],
      keys: [{ key: "right", tenant: "t" }],
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.reply(weatherman));

  const rolesSent = () => upstream.requests.at(-1)?.json.messages.map(({ role }: { role: string }) => role);

  describe.each([
    ["responses", OpenAIResponsesModel],
    ["chat", OpenAIChatCompletionsModel],
  ] as const)("@openai/agents over %s", (route, Model) => {
    const shows = showing({ client: "@openai/agents", host });
    const asked: string[] = [];
    const given = <T extends z.ZodObject>(outputType?: T) => {
      setTracingDisabled(true);
      const client = new OpenAI({ apiKey: "right", baseURL: app.baseURL, maxRetries: 0 });
      return new Agent({
        name: "weatherman",
        instructions: "Say what the weather is",
        model: new Model(client as never, "gpt-x"),
        tools: [
          tool({
            name: "weather",
            description: "The weather of a city",
            parameters: z.object({ city: z.string() }),
            execute: async ({ city }) => {
              asked.push(city);
              return "rain";
            },
          }),
        ],
        ...(outputType && { outputType }),
      });
    };

    it("runs a tool, and says what came of it", shows(route, "answers", "tools"), async () => {
      const result = await new Runner().run(given(), "What is the weather?");

      expect(result.finalOutput).toBe("It rains in Bergen");
      expect(asked.at(-1)).toBe("Bergen");
      expect(rolesSent()).toEqual(["system", "user", "assistant", "tool"]);
    });

    it("streams the same", shows(route, "streaming"), async () => {
      const result = await new Runner().run(given(), "What is the weather?", { stream: true });
      for await (const _event of result);

      expect(result.finalOutput).toBe("It rains in Bergen");
    });

    it("answers in the shape it is asked for", shows(route, "structured output"), async () => {
      const shaped = given(z.object({ city: z.string(), rain: z.boolean() }));

      const result = await new Runner().run(shaped, "What is the weather?");

      expect(result.finalOutput).toEqual({ city: "Bergen", rain: true });
    });

    it(
      "stops when it is told to: the upstream loses its connection (defect 1)",
      shows(route, "abort"),
      async () => {
        const before = upstream.aborted;
        upstream.reply("hang");
        const stopped = new AbortController();
        const running = new Runner().run(given(), "What is the weather?", { signal: stopped.signal });
        running.catch(() => undefined);
        await upstream.untilRequests(upstream.requests.length + 1);

        stopped.abort();

        await expect(running).rejects.toThrow(/abort/i);
        await upstream.untilAborted(before + 1);
      },
    );

    it("gets a refusal as OpenAI's own", shows(route, "errors"), async () => {
      upstream.reply(failure(400, { message: "too long", code: "context_length_exceeded" }));

      await expect(new Runner().run(given(), "What is the weather?")).rejects.toMatchObject({
        status: 400,
        code: "context_length_exceeded",
      });
    });
  });

  describe("ai with @ai-sdk/openai, whose default is responses", () => {
    const shows = showing({ client: "ai, @ai-sdk/openai", host });
    const given = () => {
      const openai = createOpenAI({ apiKey: "right", baseURL: app.baseURL });
      const weather = aiTool({ inputSchema: z.object({ city: z.string() }), execute: async () => "rain" });
      return { model: openai("gpt-x"), tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 };
    };

    it(
      "runs a tool, naming what was answered by its id",
      shows("responses", "answers", "tools"),
      async () => {
        const { text, steps } = await generateText({ ...given(), prompt: "What is the weather?" });

        expect(text).toBe("It rains in Bergen");
        expect(steps).toHaveLength(2);
        expect(rolesSent()).toEqual(["user", "assistant", "tool"]);
      },
    );

    it("streams the same, with its usage", shows("responses", "streaming"), async () => {
      const result = streamText({ ...given(), prompt: "What is the weather?" });

      expect(await result.text).toBe("It rains in Bergen");
      expect((await result.usage).inputTokens).toBeGreaterThan(0);
      expect(await result.finishReason).toBe("stop");
    });

    it("answers in the shape it is asked for", shows("responses", "structured output"), async () => {
      const schema = z.object({ city: z.string(), rain: z.boolean() });

      const { output } = await generateText({
        ...given(),
        output: Output.object({ schema }),
        prompt: "What is the weather?",
      });

      expect(output).toEqual({ city: "Bergen", rain: true });
    });

    it("aborts: the upstream loses its connection (defect 1)", shows("responses", "abort"), async () => {
      const before = upstream.aborted;
      upstream.reply("hang");
      const waiting = new AbortController();
      const call = generateText({ ...given(), prompt: "Hi", abortSignal: waiting.signal });
      call.catch(() => undefined);
      await upstream.untilRequests(upstream.requests.length + 1);

      waiting.abort();

      await expect(call).rejects.toMatchObject({ name: "AbortError" });
      await upstream.untilAborted(before + 1);
    });

    it("gets a refusal as OpenAI's own", shows("responses", "errors"), async () => {
      upstream.reply(failure(400, { message: "too long", code: "context_length_exceeded" }));

      await expect(generateText({ ...given(), prompt: "Hi" })).rejects.toMatchObject({
        statusCode: 400,
        data: { error: { code: "context_length_exceeded" } },
      });
    });
  });
});
