import Anthropic from "@anthropic-ai/sdk";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anthropic, openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import {
  finish,
  message,
  start,
  streamOf,
  textBlock,
  thinkingBlock,
  toolBlock,
} from "../fixtures/anthropic-messages.ts";
import { hosts, type RunningApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream, type UpstreamAnswer } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";

/** What an upstream of either kind answers, in its own words. */
interface Script {
  readonly hello: UpstreamAnswer;
  /** JSON of a city. */
  readonly rome: UpstreamAnswer;
  readonly helloStreamed: UpstreamAnswer;
  readonly thinkingThenTool: UpstreamAnswer;
  readonly brokenOff: UpstreamAnswer;
  readonly tooLong: UpstreamAnswer;
  readonly limited: UpstreamAnswer;
}

const refusal = (status: number, type: string, text: string) =>
  json({ type: "error", error: { type, message: text }, request_id: "req_up" }, { status });

const ROME = '{"city":"Rome"}';

const native: Script = {
  hello: json({ ...message, content: [{ type: "text", text: "Hello" }] }),
  rome: json({ ...message, content: [{ type: "text", text: ROME }] }),
  helloStreamed: streamOf([start, ...textBlock(0, "Hel", "lo"), ...finish("end_turn")]),
  thinkingThenTool: streamOf([
    start,
    ...thinkingBlock(0, "signed", "Rome", "?"),
    ...toolBlock(1, "toolu_1", "weather", '{"city":', '"Rome"}'),
    ...finish("tool_use"),
  ]),
  brokenOff: { ...streamOf([start, ...textBlock(0, "Hel").slice(0, 2)]), ending: "cut" },
  tooLong: refusal(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
  limited: refusal(429, "rate_limit_error", "slow down"),
};

const overChat: Script = {
  hello: json(completion("Hello")),
  rome: json(completion(ROME)),
  helloStreamed: stream(chunksOf("Hello")),
  thinkingThenTool: stream([
    chunk({ role: "assistant", content: null }),
    chunk({ reasoning_content: "Rome" }),
    chunk({ reasoning_content: "?" }),
    chunk({
      tool_calls: [
        { index: 0, id: "toolu_1", type: "function", function: { name: "weather", arguments: "" } },
      ],
    }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '"Rome"}' } }] }),
    chunk({}, "tool_calls"),
    "[DONE]",
  ]),
  brokenOff: stream([chunk({ role: "assistant", content: "Hel" })], { ending: "cut" }),
  tooLong: failure(400, { code: "context_length_exceeded", message: "maximum context length is 8 tokens" }),
  limited: failure(429, { code: "rate_limit_exceeded", message: "slow down" }),
};

describe.each(hosts)("in %s:", (host, start) => {
  describe.each([
    [
      "an Anthropic upstream",
      "anthropic",
      native,
      (baseURL: string) => anthropic({ baseURL, apiKey: "sk-of-ours" }),
    ],
    [
      "an OpenAI-compatible upstream",
      "openai-compatible",
      overChat,
      (baseURL: string) => openaiCompatible({ baseURL: `${baseURL}/v1`, apiKey: "sk-of-ours" }),
    ],
  ] as const)("the official @anthropic-ai/sdk, over %s", (_kind, kind, script, provider) => {
    const shows = showing({ client: "@anthropic-ai/sdk", host, upstream: kind });
    let upstream: Upstream;
    let app: RunningApp;
    let client: Anthropic;

    beforeAll(async () => {
      upstream = await startUpstream();
      app = await start({
        // A model for the failure that is followed by a cooldown.
        deployments: ["claude-x", "claude-429"].map((model) => ({
          id: model,
          model,
          provider: provider(upstream.url),
        })),
        keys: [{ key: "right", tenant: "t" }],
        maxBodyBytes: 1_000_000,
        retry: { maxAttempts: 1 },
      });
      client = new Anthropic({ apiKey: "right", baseURL: app.url, maxRetries: 0 });
    });
    afterAll(async () => {
      await app.close();
      await upstream.close();
    });

    const ask = { model: "claude-x", max_tokens: 100, messages: [{ role: "user" as const, content: "Hi" }] };
    const tools = [
      {
        name: "weather",
        input_schema: { type: "object" as const, properties: { city: { type: "string" } } },
      },
    ];
    const lastRequest = () => upstream.requests.at(-1)!;

    it(
      "answers a message, with usage and the name of the request",
      shows("messages", "answers"),
      async () => {
        upstream.reply(script.hello);

        const answer = await client.messages.create(ask);

        expect(answer).toMatchObject({
          type: "message",
          role: "assistant",
          stop_reason: "end_turn",
          content: [{ type: "text", text: "Hello" }],
        });
        expect(answer.usage.output_tokens).toBeGreaterThan(0);
        expect(answer._request_id).toMatch(/^req_/);
      },
    );

    it(
      "streams by its helper, which puts the whole message together",
      shows("messages", "streaming"),
      async () => {
        upstream.reply(script.helloStreamed);
        const heard: string[] = [];

        const said = client.messages.stream(ask).on("text", (text) => heard.push(text));
        const whole = await said.finalMessage();

        expect(heard.join("")).toBe("Hello");
        expect(whole).toMatchObject({ stop_reason: "end_turn", content: [{ type: "text", text: "Hello" }] });
        expect(whole.usage.output_tokens).toBeGreaterThan(0);
      },
    );

    it(
      "streams thinking and a call of a tool, and takes its result in the next turn",
      shows("messages", "tools", "streaming"),
      async () => {
        upstream.reply(script.thinkingThenTool);
        const called = await client.messages.stream({ ...ask, tools }).finalMessage();
        upstream.reply(script.hello);

        const answered = await client.messages.create({
          ...ask,
          tools,
          messages: [
            ...ask.messages,
            { role: "assistant", content: called.content },
            { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "Sunny" }] },
          ],
        });

        expect(called.stop_reason).toBe("tool_use");
        expect(called.content).toMatchObject([
          { type: "thinking", thinking: "Rome?" },
          { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } },
        ]);
        expect(answered.content).toMatchObject([{ text: "Hello" }]);
        const sent = JSON.stringify(lastRequest().json.messages);
        expect(sent).toContain("Rome?");
        expect(sent).toContain("Sunny");
      },
    );

    it("parses an answer by a schema", shows("messages", "structured output"), async () => {
      upstream.reply(script.rome);
      const schema = {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
        additionalProperties: false,
      } as const;

      const answer = await client.messages.parse({
        ...ask,
        output_config: { format: jsonSchemaOutputFormat(schema) },
      });

      expect(answer.parsed_output).toEqual({ city: "Rome" });
      const { output_config, response_format } = lastRequest().json;
      expect(output_config?.format.schema ?? response_format.json_schema.schema).toMatchObject(schema);
    });

    it(
      "counts tokens: Anthropic does where it is asked, else we do, and it is told who",
      shows("count_tokens", "answers"),
      async () => {
        upstream.reply(json({ input_tokens: 1234 }));
        const asked = { model: "claude-x", system: "Be brief.", messages: ask.messages, tools };

        const { data, response } = await client.messages.countTokens(asked).withResponse();

        const isAnthropics = script === native;
        expect(data.input_tokens).toSatisfy((tokens: number) =>
          isAnthropics ? tokens === 1234 : tokens > 5 && tokens < 100,
        );
        expect(response.headers.get("x-pc-deployment")).toBe(isAnthropics ? "claude-x" : null);
        expect(response.headers.get("x-pc-tokenizer")).toBe(isAnthropics ? null : "estimate:o200k_base");
        if (!isAnthropics) return;
        expect(lastRequest()).toMatchObject({
          path: "/v1/messages/count_tokens",
          json: asked,
          headers: { "x-api-key": "sk-of-ours", "anthropic-version": expect.any(String) },
        });
      },
    );

    it(
      "throws its own error class where there is nothing to count",
      shows("count_tokens", "errors"),
      async () => {
        await expect(client.messages.countTokens({ model: "claude-x", messages: [] })).rejects.toThrow(
          Anthropic.BadRequestError,
        );
      },
    );

    it("counts tokens where Anthropic does not", async () => {
      upstream.reply(refusal(404, "not_found_error", "Not Found"));

      const { data, response } = await client.messages
        .countTokens({ model: "claude-x", messages: ask.messages })
        .withResponse();

      expect(data.input_tokens).toBeGreaterThan(0);
      expect(response.headers.get("x-pc-tokenizer")).toBe("estimate:o200k_base");
    });

    it(
      "throws its own error classes: for a wrong key, a wrong model, a limit, and a mistake (wire 58)",
      shows("messages", "errors"),
      async () => {
        const stranger = new Anthropic({ apiKey: "wrong", baseURL: app.url, maxRetries: 0 });
        await expect(stranger.messages.create(ask)).rejects.toThrow(Anthropic.AuthenticationError);
        await expect(client.messages.create({ ...ask, model: "none" })).rejects.toMatchObject({
          status: 404,
          type: "not_found_error",
        });
        await expect(client.messages.create({ ...ask, messages: [] })).rejects.toMatchObject({
          status: 400,
          type: "invalid_request_error",
        });

        upstream.reply(script.limited);
        await expect(client.messages.create({ ...ask, model: "claude-429" })).rejects.toMatchObject({
          status: 429,
          type: "rate_limit_error",
        });
      },
    );

    it(
      "hears of a prompt that is too long in the words that it looks for",
      shows("messages", "errors"),
      async () => {
        upstream.reply(script.tooLong);

        await expect(client.messages.create(ask)).rejects.toMatchObject({
          status: 400,
          type: "invalid_request_error",
          message: expect.stringContaining("prompt is too long"),
        });
      },
    );

    it(
      "hears of an upstream that breaks off in mid-stream (wire 28)",
      shows("messages", "errors"),
      async () => {
        upstream.reply(script.brokenOff);

        await expect(client.messages.stream(ask).finalMessage()).rejects.toMatchObject({ type: "api_error" });
      },
    );

    it("aborts: the upstream loses its connection", shows("messages", "abort"), async () => {
      const before = upstream.aborted;
      upstream.reply("hang");
      const said = client.messages.stream(ask);
      said.on("error", () => undefined);
      const failed = said.finalMessage().catch((error: unknown) => error);
      await upstream.untilRequests(upstream.requests.length + 1);

      said.abort();

      expect(await failed).toBeInstanceOf(Anthropic.APIUserAbortError);
      await upstream.untilAborted(before + 1);
    });

    it("lists models in the shape it knows (wire 46)", shows("models", "answers", "errors"), async () => {
      const models = [];
      for await (const model of client.models.list()) models.push(model.id);

      expect(models).toContain("claude-x");
      expect(await client.models.retrieve("claude-x")).toMatchObject({ type: "model", id: "claude-x" });
      await expect(client.models.retrieve("none")).rejects.toThrow(Anthropic.NotFoundError);
    });

    it("sends versions, betas and their query to Anthropic only, and the caller's key to nobody (wire 4, wire 5, defect 71)", async () => {
      upstream.reply(script.hello);

      const query = { beta: "true", secret: "right" };
      await client.beta.messages.create({ ...ask, betas: ["context-1m-2025-08-07"] }, { query });

      const { headers, path } = lastRequest();
      const isAnthropics = script === native;
      expect(path).toBe(isAnthropics ? "/v1/messages?beta=true" : "/v1/chat/completions");
      expect(headers["anthropic-beta"]).toBe(isAnthropics ? "context-1m-2025-08-07" : undefined);
      expect("anthropic-version" in headers).toBe(isAnthropics);
      expect(JSON.stringify(headers)).not.toContain("right");
    });
  });
});
