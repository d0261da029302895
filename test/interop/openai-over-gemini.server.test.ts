/** The official client of OpenAI against an Express app whose only provider is Gemini. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gemini } from "../../src/scheduler/index.ts";
import {
  answer,
  blockedPrompt,
  calling,
  generated,
  rateLimited,
  refusal,
  SIGNATURE,
  TEXT,
} from "../fixtures/gemini.ts";
import { hosts, type RunningApp } from "../host-app.ts";
import { json, startUpstream, stream, type Upstream } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";

describe.each(hosts)("the official client of OpenAI over Gemini, in %s", (host, start) => {
  const shows = showing({ client: "openai", host, upstream: "gemini" });
  let upstream: Upstream;
  let app: RunningApp;
  let client: OpenAI;

  beforeAll(async () => {
    upstream = await startUpstream();
    const provider = () => gemini({ baseURL: `${upstream.url}/v1beta`, apiKey: "AIza-key-of-some-length" });
    app = await start({
      deployments: [
        { id: "gemini", model: "gemini-*", provider: provider() },
        // Of its own for a failure that is followed by a cooldown.
        { id: "limited", model: "gemini-limited", provider: provider() },
      ],
      keys: [{ key: "right", tenant: "t" }],
      retry: { maxAttempts: 1 },
      health: { failureThreshold: 100 },
    });
    client = new OpenAI({ apiKey: "right", baseURL: app.baseURL, maxRetries: 0 });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const model = "gemini-3-flash";
  const messages = [{ role: "user" as const, content: "Hi" }];
  const tools = [
    {
      type: "function" as const,
      function: {
        name: "weather",
        parameters: { type: "object", properties: { city: { type: "string", pattern: "^[A-Z]" } } },
      },
    },
  ];

  it("chats, and hears what was left out", shows("chat", "answers"), async () => {
    upstream.reply(json(answer));

    const { data, response } = await client.chat.completions
      .create({ model, messages, user: "u" })
      .withResponse();

    expect(data.choices[0]?.message.content).toBe(TEXT);
    expect(data.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 27, total_tokens: 39 });
    expect(response.headers.get("x-pc-dropped")).toBe("user");
    expect(response.headers.get("x-pc-served-model")).toBe("gemini-2.5-flash");
    expect(upstream.requests.at(-1)).toMatchObject({
      path: "/v1beta/models/gemini-3-flash:generateContent",
      headers: { "x-goog-api-key": "AIza-key-of-some-length" },
    });
    expect(upstream.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it("streams, with usage only where it is asked for (wire 23)", shows("chat", "streaming"), async () => {
    const events = [generated([{ text: "Grüße, " }]), generated([{ text: "世界 🌍!" }], "STOP")];
    const read = async (options: object) => {
      upstream.reply(stream(events));
      const chunks = [];
      for await (const part of await client.chat.completions.create({
        model,
        messages,
        stream: true,
        ...options,
      }))
        chunks.push(part);
      return chunks;
    };

    const told = await read({ stream_options: { include_usage: true } });
    const untold = await read({});

    expect(told.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(TEXT);
    expect(told.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 39 } });
    expect(told.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(["stop"]);
    expect(untold.some(({ usage }) => usage)).toBe(false);
  });

  it.each([
    ["whole", false],
    ["streamed", true],
  ])(
    "uses tools over two turns, %s, and Gemini gets its signature back (defect 68)",
    shows("chat", "tools", "streaming"),
    async (_how, streamed) => {
      upstream.reply([
        streamed ? stream([calling]) : json(calling),
        json(generated([{ text: "Sunny" }], "STOP")),
      ]);

      const asked = { model, messages, tools };
      const first = streamed
        ? await client.chat.completions.stream(asked).finalChatCompletion()
        : await client.chat.completions.create(asked);
      const called = first.choices[0]?.message.tool_calls ?? [];
      const history = called.map(({ id, ...call }) => ({
        id,
        type: "function" as const,
        function: { name: "weather", arguments: "function" in call ? call.function.arguments : "" },
      }));
      const second = await client.chat.completions.create({
        model,
        tools,
        messages: [
          ...messages,
          { role: "assistant", content: null, tool_calls: history },
          ...called.map(({ id }) => ({ role: "tool" as const, tool_call_id: id, content: '{"sky":"blue"}' })),
        ],
      });

      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      expect(history.map((call) => call.function.arguments)).toEqual(['{"city":"Wien"}', '{"city":"Graz"}']);
      expect(second.choices[0]?.message.content).toBe("Sunny");
      const { contents } = upstream.requests.at(-1)!.json as { contents: object[] };
      expect(contents.slice(1)).toEqual([
        {
          role: "model",
          parts: [
            { functionCall: { name: "weather", args: { city: "Wien" } }, thoughtSignature: SIGNATURE },
            { functionCall: { name: "weather", args: { city: "Graz" } } },
          ],
        },
        {
          role: "user",
          parts: called.map(() => ({ functionResponse: { name: "weather", response: { sky: "blue" } } })),
        },
      ]);
    },
  );

  it("answers by a schema", shows("chat", "structured output"), async () => {
    upstream.reply(json(generated([{ text: '{"city":"Wien"}' }], "STOP")));
    const schema = {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    };

    const { choices } = await client.chat.completions.parse({
      model,
      messages,
      response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } },
    });

    expect(choices[0]?.message.parsed).toEqual({ city: "Wien" });
    expect(upstream.requests.at(-1)?.json).toMatchObject({
      generationConfig: { responseMimeType: "application/json", responseJsonSchema: schema },
    });
  });

  it("embeds, in its default base64 and in floats (wire 44)", shows("embeddings", "answers"), async () => {
    upstream.reply(json({ embeddings: [{ values: [0.5, -1] }, { values: [0.25, 2] }] }));
    const asked = { model: "gemini-embedding-001", input: ["one", "two"], dimensions: 2 };

    const base64 = await client.embeddings.create(asked);
    const floats = await client.embeddings.create({ ...asked, encoding_format: "float" });

    for (const { data } of [base64, floats]) {
      expect(data.map(({ index, embedding }) => [index, embedding])).toEqual([
        [0, [0.5, -1]],
        [1, [0.25, 2]],
      ]);
    }
    expect(upstream.requests.at(-1)).toMatchObject({
      path: "/v1beta/models/gemini-embedding-001:batchEmbedContents",
      json: {
        requests: ["one", "two"].map((text) => ({
          model: "models/gemini-embedding-001",
          content: { parts: [{ text }] },
          outputDimensionality: 2,
        })),
      },
    });
  });

  it("throws the class of a failure to embed", shows("embeddings", "errors"), async () => {
    upstream.reply(json(refusal(400, "INVALID_ARGUMENT", "Too long."), { status: 400 }));

    await expect(
      client.embeddings.create({ model: "gemini-embedding-001", input: "one" }),
    ).rejects.toMatchObject({ constructor: OpenAI.BadRequestError, status: 400 });
  });

  it("lists what Gemini lists", async () => {
    upstream.reply(json({ models: [{ name: "models/gemini-3-flash" }] }));

    const listed = [];
    for await (const { id } of client.models.list()) listed.push(id);

    expect(listed).toContain("gemini-3-flash");
  });

  it.each([
    [
      "a mistake",
      refusal(400, "INVALID_ARGUMENT", "Invalid value at 'contents'."),
      400,
      OpenAI.BadRequestError,
    ],
    ["a rate limit in an array (wire 48)", [rateLimited], 429, OpenAI.RateLimitError, "gemini-limited"],
    ["a blocked prompt", blockedPrompt, 400, OpenAI.BadRequestError],
  ])(
    "throws the class of %s, told in OpenAI's shape (wire 47, wire 49)",
    shows("chat", "errors"),
    async (_what, body, status, kind, asked = model) => {
      upstream.reply(json(body, { status: "promptFeedback" in body ? 200 : status }));

      const error = await client.chat.completions
        .create({ model: asked, messages })
        .catch((thrown: unknown) => thrown);

      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({
        status,
        error: { message: expect.any(String), type: expect.any(String), param: null },
      });
      const { code } = error as { code: unknown };
      expect(code === null || typeof code === "string").toBe(true);
    },
  );

  it(
    "throws where a stream breaks off in the middle (wire 29, defect 7)",
    shows("chat", "errors"),
    async () => {
      upstream.reply(stream([generated([{ text: "Half" }])], { ending: "cut" }));

      const read = async (): Promise<void> => {
        for await (const _ of await client.chat.completions.create({ model, messages, stream: true }));
      };

      await expect(read()).rejects.toThrow(OpenAI.APIError);
    },
  );

  it("hangs up at Gemini when the caller does (defect 1)", shows("chat", "abort"), async () => {
    upstream.reply(stream([generated([{ text: "Half" }])], { ending: "stall" }));
    const before = upstream.aborted;

    for await (const _ of await client.chat.completions.create({ model, messages, stream: true })) break;

    await upstream.untilAborted(before + 1);
  });
});
