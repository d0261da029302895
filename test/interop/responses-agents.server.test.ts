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
import { json, startUpstream, stream, type Upstream, type UpstreamRequest } from "../upstream.ts";

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

describe.each(hosts)("in %s:", (_host, start) => {
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
  ])("@openai/agents over %s", (_wire, Model) => {
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

    it("runs a tool, and says what came of it", async () => {
      const result = await new Runner().run(given(), "What is the weather?");

      expect(result.finalOutput).toBe("It rains in Bergen");
      expect(asked.at(-1)).toBe("Bergen");
      expect(rolesSent()).toEqual(["system", "user", "assistant", "tool"]);
    });

    it("streams the same", async () => {
      const result = await new Runner().run(given(), "What is the weather?", { stream: true });
      for await (const _event of result);

      expect(result.finalOutput).toBe("It rains in Bergen");
    });

    it("answers in the shape it is asked for", async () => {
      const shaped = given(z.object({ city: z.string(), rain: z.boolean() }));

      const result = await new Runner().run(shaped, "What is the weather?");

      expect(result.finalOutput).toEqual({ city: "Bergen", rain: true });
    });
  });

  describe("ai with @ai-sdk/openai, whose default is responses", () => {
    const given = () => {
      const openai = createOpenAI({ apiKey: "right", baseURL: app.baseURL });
      const weather = aiTool({ inputSchema: z.object({ city: z.string() }), execute: async () => "rain" });
      return { model: openai("gpt-x"), tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 };
    };

    it("runs a tool, naming what was answered by its id", async () => {
      const { text, steps } = await generateText({ ...given(), prompt: "What is the weather?" });

      expect(text).toBe("It rains in Bergen");
      expect(steps).toHaveLength(2);
      expect(rolesSent()).toEqual(["user", "assistant", "tool"]);
    });

    it("streams the same, with its usage", async () => {
      const result = streamText({ ...given(), prompt: "What is the weather?" });

      expect(await result.text).toBe("It rains in Bergen");
      expect((await result.usage).inputTokens).toBeGreaterThan(0);
      expect(await result.finishReason).toBe("stop");
    });

    it("answers in the shape it is asked for", async () => {
      const schema = z.object({ city: z.string(), rain: z.boolean() });

      const { output } = await generateText({
        ...given(),
        output: Output.object({ schema }),
        prompt: "What is the weather?",
      });

      expect(output).toEqual({ city: "Bergen", rain: true });
    });
  });
});
