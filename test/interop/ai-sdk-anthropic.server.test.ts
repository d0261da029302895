import { createAnthropic } from "@ai-sdk/anthropic";
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { anthropic, openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import { finish, message, start, streamOf, textBlock } from "../fixtures/anthropic-messages.ts";
import { hosts, type RunningApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream, type UpstreamAnswer } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";
import { asking } from "./given.ts";

/** What an upstream of either kind answers, in its own words. */
interface Script {
  readonly text: (text: string) => UpstreamAnswer;
  readonly streamed: UpstreamAnswer;
  readonly brokenOff: UpstreamAnswer;
  readonly calling: UpstreamAnswer;
  readonly refusal: UpstreamAnswer;
}

const native: Script = {
  text: (text) => json({ ...message, content: [{ type: "text", text }] }),
  streamed: streamOf([start, ...textBlock(0, "Hel", "lo"), ...finish("end_turn")]),
  brokenOff: { ...streamOf([start, ...textBlock(0, "Hel").slice(0, 2)]), ending: "cut" },
  calling: json({
    ...message,
    content: [{ type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } }],
    stop_reason: "tool_use",
  }),
  refusal: json({ type: "error", error: { type: "invalid_request_error", message: "no" } }, { status: 400 }),
};

const overChat: Script = {
  text: (text) => json(completion(text)),
  streamed: stream(chunksOf("Hello")),
  brokenOff: stream([chunk({ role: "assistant", content: "Hel" })], { ending: "cut" }),
  calling: asking({ id: "toolu_1", name: "weather", arguments: { city: "Rome" } }),
  refusal: failure(400, { message: "no" }),
};

describe.each(hosts)("in %s:", (host, startHost) => {
  let upstream: Upstream;
  let app: RunningApp;

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startHost({
      deployments: [
        { id: "claude", model: "claude-*", provider: anthropic({ baseURL: upstream.url, apiKey: "sk" }) },
        { id: "gpt", model: "gpt-*", provider: openaiCompatible({ baseURL: `${upstream.url}/v1` }) },
      ],
      access: "open",
      retry: { maxAttempts: 1 },
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  describe.each([
    ["anthropic", "claude-x", native],
    ["openai-compatible", "gpt-x", overChat],
  ] as const)("ai with @ai-sdk/anthropic, over an upstream that is %s", (kind, model, script) => {
    const shows = showing({ client: "ai, @ai-sdk/anthropic", host, upstream: kind });
    const given = () => ({
      model: createAnthropic({ apiKey: "none", baseURL: app.baseURL })(model),
      prompt: "Hi",
      // Without it the SDK warns that it knows no limit of the model.
      maxOutputTokens: 100,
      maxRetries: 0,
    });

    it("generates text, with usage", shows("messages", "answers"), async () => {
      upstream.reply(script.text("Hello"));

      const { text, finishReason, usage } = await generateText(given());

      expect(text).toBe("Hello");
      expect(finishReason).toBe("stop");
      expect(usage.outputTokens).toBeGreaterThan(0);
    });

    it("streams text", shows("messages", "streaming"), async () => {
      upstream.reply(script.streamed);

      const { textStream, finishReason } = streamText(given());
      let text = "";
      for await (const piece of textStream) text += piece;

      expect(text).toBe("Hello");
      expect(await finishReason).toBe("stop");
    });

    it("runs a tool and goes on", shows("messages", "tools"), async () => {
      upstream.reply([script.calling, script.text("It is sunny.")]);
      const weather = tool({
        inputSchema: jsonSchema<{ city: string }>({
          type: "object",
          properties: { city: { type: "string" } },
        }),
        execute: async ({ city }) => `Sunny in ${city}`,
      });

      const { text, steps } = await generateText({
        ...given(),
        tools: { weather },
        stopWhen: stepCountIs(3),
      });

      expect(steps).toHaveLength(2);
      expect(text).toBe("It is sunny.");
      expect(JSON.stringify(upstream.requests.at(-1)?.json.messages)).toContain("Sunny in Rome");
    });

    it("reads a structured answer", shows("messages", "structured output"), async () => {
      upstream.reply(script.text('{"city":"Rome"}'));

      const { output } = await generateText({
        ...given(),
        output: Output.object({ schema: z.object({ city: z.string() }) }),
      });

      expect(output).toEqual({ city: "Rome" });
      expect(JSON.stringify(upstream.requests.at(-1)?.json)).toContain('"required":["city"]');
    });

    it("aborts: the upstream loses its connection (defect 1)", shows("messages", "abort"), async () => {
      const before = upstream.aborted;
      upstream.reply("hang");
      const waiting = new AbortController();
      const call = generateText({ ...given(), abortSignal: waiting.signal });
      call.catch(() => undefined);
      await upstream.untilRequests(upstream.requests.length + 1);

      waiting.abort();

      await expect(call).rejects.toMatchObject({ name: "AbortError" });
      await upstream.untilAborted(before + 1);
    });

    it("tells of a refusal in Anthropic's shape (wire 58)", shows("messages", "errors"), async () => {
      upstream.reply(script.refusal);

      const error = await generateText(given()).catch((caught: unknown) => caught);

      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({
        statusCode: 400,
        data: { type: "error", error: { type: "invalid_request_error", message: "no" } },
      });
    });

    it(
      "hears of a stream that breaks after its first word (wire 28)",
      shows("messages", "errors"),
      async () => {
        upstream.reply(script.brokenOff);

        const failures: unknown[] = [];
        const { textStream } = streamText({ ...given(), onError: ({ error }) => void failures.push(error) });
        let text = "";
        for await (const piece of textStream) text += piece;

        expect(text).toBe("Hel");
        expect(failures).toHaveLength(1);
      },
    );
  });
});
