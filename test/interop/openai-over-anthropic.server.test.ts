import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anthropic } from "../../src/scheduler/index.ts";
import {
  events,
  finish,
  message,
  start,
  streamOf,
  TEXT,
  textBlock,
  thinkingBlock,
  toolBlock,
  usage,
} from "../fixtures/anthropic-messages.ts";
import { hosts, type RunningApp } from "../host-app.ts";
import { json, startUpstream, type Upstream } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";

describe.each(hosts)("in %s:", (host, startHost) => {
  const shows = showing({ client: "openai", host, upstream: "anthropic" });
  let upstream: Upstream;
  let app: RunningApp;

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startHost({
      deployments: [
        { id: "claude", model: "claude-*", provider: anthropic({ baseURL: upstream.url, apiKey: "sk" }) },
      ],
      access: "open",
      retry: { maxAttempts: 1 },
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const messages = [
    { role: "system" as const, content: "Be brief." },
    { role: "user" as const, content: "Hi" },
  ];
  const weather = {
    type: "function" as const,
    function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  };

  describe("the official openai client, over an Anthropic upstream", () => {
    const client = () => new OpenAI({ apiKey: "none", baseURL: app.baseURL, maxRetries: 0 });

    it("chats, with all input counted (wire 14)", shows("chat", "answers"), async () => {
      upstream.reply(json(message));

      const { data, response } = await client()
        .chat.completions.create({ model: "claude-x", messages, seed: 1 })
        .withResponse();

      expect(upstream.requests.at(-1)).toMatchObject({
        path: "/v1/messages",
        json: {
          model: "claude-x",
          max_tokens: 8192,
          system: "Be brief.",
          messages: [{ role: "user", content: "Hi" }],
        },
      });
      expect(data.choices[0]).toMatchObject({
        finish_reason: "stop",
        message: { content: TEXT, refusal: null },
      });
      expect(data.usage).toMatchObject({
        prompt_tokens: 129,
        completion_tokens: 7,
        total_tokens: 136,
        prompt_tokens_details: { cached_tokens: 100 },
      });
      expect(response.headers.get("x-pc-dropped")).toBe("seed");
    });

    it("streams, with usage where it is asked for (wire 20–23)", shows("chat", "streaming"), async () => {
      upstream.reply(streamOf(events));

      const chunks = [];
      for await (const each of await client().chat.completions.create({
        model: "claude-x",
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }))
        chunks.push(each);

      expect(chunks[0]?.choices[0]?.delta.role).toBe("assistant");
      expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(TEXT);
      expect(chunks.at(-1)).toMatchObject({
        choices: [],
        usage: { prompt_tokens: 129, completion_tokens: usage.output_tokens },
      });
    });

    it(
      "runs a tool; the thinking that led to the call goes back with it, though the client dropped it (pitfall 8)",
      shows("chat", "tools", "streaming"),
      async () => {
        upstream.reply(
          streamOf([
            start,
            ...thinkingBlock(0, "signed", "Rome", "?"),
            ...toolBlock(1, "toolu_1", "weather", '{"city":', '"Rome"}'),
            ...finish("tool_use"),
          ]),
        );
        const called = await client()
          .chat.completions.stream({ model: "claude-x", messages, tools: [weather], reasoning_effort: "low" })
          .finalChatCompletion();
        upstream.reply(json(message));
        const [call] = called.choices[0]?.message.tool_calls ?? [];

        await client().chat.completions.create({
          model: "claude-x",
          tools: [weather],
          messages: [
            ...messages,
            {
              role: "assistant",
              content: null,
              tool_calls: [{ id: call!.id, type: "function", function: call!.function as never }],
            },
            { role: "tool", tool_call_id: call!.id, content: "Sunny" },
          ],
        });

        expect(call).toMatchObject({
          id: "toolu_1",
          function: { name: "weather", arguments: '{"city":"Rome"}' },
        });
        expect(called.choices[0]?.finish_reason).toBe("tool_calls");
        expect(upstream.requests.at(-1)?.json.messages.slice(1)).toEqual([
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "Rome?", signature: "signed" },
              { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } },
            ],
          },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "Sunny" }] },
        ]);
      },
    );

    it("gets JSON of a schema", shows("chat", "structured output"), async () => {
      upstream.reply(json({ ...message, content: [{ type: "text", text: '{"city":"Rome"}' }] }));
      const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

      const { choices } = await client().chat.completions.parse({
        model: "claude-x",
        messages,
        response_format: { type: "json_schema", json_schema: { name: "place", schema } },
      });

      expect(choices[0]?.message.content).toBe('{"city":"Rome"}');
      expect(upstream.requests.at(-1)?.json.output_config).toEqual({
        format: { type: "json_schema", schema: { ...schema, additionalProperties: false } },
      });
    });

    it("hangs up at Anthropic when the caller does (defect 1)", shows("chat", "abort"), async () => {
      upstream.reply({ ...streamOf([start, ...textBlock(0, "Hel").slice(0, 2)]), ending: "stall" });
      const before = upstream.aborted;

      for await (const _ of await client().chat.completions.create({
        model: "claude-x",
        messages,
        stream: true,
      }))
        break;

      await upstream.untilAborted(before + 1);
    });

    it(
      "hears of refusals in OpenAI's words, and of nothing that Anthropic says of our key (wire 47)",
      shows("chat", "errors"),
      async () => {
        const refuse = (status: number, type: string) =>
          json(
            { type: "error", error: { type, message: `said with ${status}` }, request_id: "r" },
            { status },
          );
        upstream.reply(refuse(400, "invalid_request_error"));
        await expect(client().chat.completions.create({ model: "claude-x", messages })).rejects.toMatchObject(
          {
            status: 400,
            error: { message: "said with 400", type: "invalid_request_error", param: null, code: null },
          },
        );

        upstream.reply(refuse(401, "authentication_error"));
        await expect(client().chat.completions.create({ model: "claude-x", messages })).rejects.toMatchObject(
          {
            status: 502,
            code: "upstream_unauthorized",
          },
        );
      },
    );
  });
});
