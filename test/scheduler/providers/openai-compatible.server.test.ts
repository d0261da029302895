import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { openaiCompatible } from "../../../src/scheduler/providers/openai-compatible.ts";
import { Secret } from "../../../src/secret.ts";
import { describeProvider } from "../../contracts/provider.ts";
import { completeStreams, completion, unfinishedEvents } from "../../fixtures/openai-streams.ts";
import { json, startUpstream } from "../../upstream.ts";

const messages = [{ role: "user", content: "hello" }];
const signal = new AbortController().signal;

describeProvider("openaiCompatible", {
  create: (baseURL, apiKey) => openaiCompatible({ baseURL, apiKey }),
  fixtures: {
    wire: "chat",
    request: { model: "m", messages },
    streamRequest: { model: "m", messages, stream: true, stream_options: { include_usage: true } },
    answer: completion,
    streams: completeStreams,
    unfinished: unfinishedEvents,
  },
});

describe("openaiCompatible", () => {
  it("posts the body to the wire's path behind its base URL, with key and JSON headers", async () => {
    const upstream = await startUpstream();
    upstream.reply(json(completion));
    const provider = openaiCompatible({
      baseURL: `${upstream.url}/api/v1/?api-version=2`,
      apiKey: new Secret("sk-1"),
      headers: { "OpenAI-Organization": "org-1" },
    });

    await provider.send({ wire: "chat", body: { model: "m", messages }, signal });
    await provider.send({
      wire: "embeddings",
      body: { model: "e", input: "x" },
      headers: { "openai-beta": "b", authorization: "Bearer of-the-caller", accept: "x/y" },
      signal,
    });

    expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /api/v1/chat/completions?api-version=2",
      "POST /api/v1/embeddings?api-version=2",
    ]);
    expect(upstream.requests[0]?.json).toEqual({ model: "m", messages });
    expect(upstream.requests[1]?.headers).toMatchObject({
      authorization: "Bearer sk-1",
      "content-type": "application/json",
      accept: "application/json",
      "accept-encoding": "identity",
      "openai-organization": "org-1",
      "openai-beta": "b",
    });
    await provider.close?.();
    await upstream.close();
  });

  it("sends the caller's own bytes where it has them", async () => {
    const upstream = await startUpstream();
    upstream.reply(json(completion));
    const provider = openaiCompatible({ baseURL: upstream.url });
    const source = new TextEncoder().encode('{ "model":"m",  "messages":[], "n": 1.0 }');

    await provider.send({ wire: "chat", body: JSON.parse(new TextDecoder().decode(source)), source, signal });

    expect(upstream.requests[0]?.body).toEqual(Buffer.from(source));
    expect(upstream.requests[0]?.headers.authorization).toBeUndefined();
    await provider.close?.();
    await upstream.close();
  });

  it("lists the models the vendor serves", async () => {
    const upstream = await startUpstream();
    upstream.reply(json({ object: "list", data: [{ id: "a/b" }, { id: "c:1" }, { no: "id" }, null] }));
    const provider = openaiCompatible({ baseURL: `${upstream.url}/v1`, apiKey: "sk-1" });

    const models = await provider.listModels?.(signal);

    expect(models).toEqual(["a/b", "c:1"]);
    expect(upstream.requests[0]).toMatchObject({ method: "GET", path: "/v1/models" });
    await provider.close?.();
    await upstream.close();
  });

  it("takes a stream without a content type at its bytes", async () => {
    const upstream = await startUpstream();
    upstream.reply({ body: completeStreams["as OpenAI"] ?? "" });
    const provider = openaiCompatible({ baseURL: upstream.url });

    const reply = await provider.send({ wire: "chat", body: { model: "m", messages, stream: true }, signal });
    let frames = 0;
    for await (const some of reply.frames ?? []) frames += some.length;

    expect(frames).toBe(9);
    await provider.close?.();
    await upstream.close();
  });

  it("drops what it is known that the vendor rejects, unless told otherwise", () => {
    expect(openaiCompatible({ baseURL: "https://api.groq.com/openai/v1" }).rejects).toContain("logit_bias");
    expect(openaiCompatible({ baseURL: "https://api.openai.com/v1" }).rejects).toEqual([]);
    expect(openaiCompatible({ baseURL: "https://notapi.groq.com.example/v1" }).rejects).toEqual([]);
    expect(openaiCompatible({ baseURL: "https://api.groq.com/v1", rejects: ["user"] }).rejects).toEqual([
      "user",
    ]);
  });

  it.each([
    [
      "a base URL that is none",
      { baseURL: "api.openai.com" },
      /baseURL must be an http or https URL, got "api.openai.com"/,
    ],
    [
      "a base URL of another protocol",
      { baseURL: "ftp://x" },
      /baseURL must be an http or https URL, got "ftp:\/\/x"/,
    ],
    [
      "credentials in the base URL",
      { baseURL: "https://me:hush@x/v1" },
      /baseURL must hold no credentials, got some for x$/,
    ],
    [
      "connections that are no count",
      { baseURL: "http://x", connections: 0 },
      /connections must be a positive integer, got 0/,
    ],
    ["an empty key", { baseURL: "http://x", apiKey: "" }, /apiKey must be printable ASCII/],
    ["a key with a line break", { baseURL: "http://x", apiKey: "hush\n" }, /apiKey must be printable ASCII/],
    [
      "a header that is none",
      { baseURL: "http://x", headers: { "a b": "hush" } },
      /headers must be valid HTTP headers, "a b" is not/,
    ],
    [
      "a header value with a line break",
      { baseURL: "http://x", headers: { a: "hush\r\nb: c" } },
      /"a" is not/,
    ],
  ])("refuses %s at construction, naming option and value but no secret", (_what, options, message) => {
    expect(() => openaiCompatible(options)).toThrow(message);
    expect(() => openaiCompatible(options)).not.toThrow(/hush/);
  });

  it("does not show its key", () => {
    const provider = openaiCompatible({ baseURL: "https://x/v1", apiKey: "sk-hush" });

    expect(inspect(provider, { depth: 10, showHidden: true })).not.toContain("hush");
  });
});
