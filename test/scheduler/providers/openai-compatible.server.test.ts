import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { FailureKind, ProviderError } from "../../../src/errors.ts";
import type { TlsOptions } from "../../../src/scheduler/providers/connection-options.ts";
import { openaiCompatible } from "../../../src/scheduler/providers/openai-compatible.ts";
import type { Provider } from "../../../src/scheduler/providers/provider.ts";
import { findVendor } from "../../../src/scheduler/providers/vendors.ts";
import { Secret } from "../../../src/secret.ts";
import { describeProvider } from "../../contracts/provider.ts";
import { certificate } from "../../fixtures/certificate.ts";
import { completeStreams, completion, unfinishedEvents } from "../../fixtures/openai-streams.ts";
import { failure, json, startUpstream, stream as streamOf, type UpstreamAnswer } from "../../upstream.ts";

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

  it("takes a 404 of an aggregator for a route that comes and goes, and a provider's for what it says (defect 40)", async () => {
    const upstream = await startUpstream();
    upstream.reply(failure(404));
    const ask = async (options: object) => {
      const provider = openaiCompatible({ baseURL: `${upstream.url}/v1`, ...options });
      const { signal } = new AbortController();
      return provider
        .send({ wire: "chat", body: { model: "m", messages: [] }, signal })
        .catch((error) => error.kind);
    };

    expect(await ask({})).toBe("not-found");
    expect(await ask({ statuses: { 404: "conflict" } })).toBe("conflict");
    expect(findVendor(undefined, "openrouter.ai")?.quirks.statuses).toEqual({ 404: "conflict" });
    expect(findVendor(undefined, "api.openai.com")?.quirks.statuses).toBeUndefined();
    await upstream.close();
  });

  it.each([
    [
      "a status with a kind that there is not",
      { baseURL: "http://h", statuses: { 404: "conflickt" as FailureKind } },
      /statuses must name the kind of a status of 400 to 599, got 404: "conflickt", did you mean "conflict"\?/,
    ],
    [
      "a status that is no failure",
      { baseURL: "http://h", statuses: { 200: "conflict" as FailureKind } },
      /got 200: "conflict"/,
    ],
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
    [
      "HTTP/2 without TLS",
      { baseURL: "http://hush/v1", http2: true },
      /openaiCompatible: http2 needs an https baseURL, got http:\/\/$/,
    ],
    [
      "certificates without TLS",
      { baseURL: "http://x", tls: { ca: certificate } },
      /openaiCompatible: tls needs an https baseURL, got http:\/\/$/,
    ],
    [
      "certificates that are none",
      { baseURL: "https://x", tls: { ca: "hush" } },
      /openaiCompatible: tls\.ca must be certificates in PEM, and is not$/,
    ],
    [
      "a misspelt option of TLS",
      { baseURL: "https://x", tls: { cas: certificate } as TlsOptions },
      /openaiCompatible\.tls: unknown option "cas", did you mean "ca"\?/,
    ],
    [
      "HTTP/2 that is neither on nor off",
      { baseURL: "https://x", http2: "on" as unknown as boolean },
      /openaiCompatible: http2 must be true or false, got "on"/,
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

describe("openaiCompatible, at an upstream that sends its caller's secrets back (defect 80)", () => {
  const KEY = "sk-live-0123456789abcdef";
  const withEcho = async (
    answer: UpstreamAnswer,
    ask: (provider: Provider) => Promise<unknown>,
  ): Promise<ProviderError> => {
    const upstream = await startUpstream();
    upstream.reply(answer);
    const provider = openaiCompatible({
      baseURL: `${upstream.url}/v1?subscription-key=${KEY}-of-query`,
      apiKey: KEY,
      headers: { "x-proxy-token": `${KEY}-of-proxy`, "x-region": "a-region-far-away" },
    });
    try {
      return await ask(provider).then(
        () => expect.unreachable("the answer went through"),
        (error: unknown) => error as ProviderError,
      );
    } finally {
      await provider.close?.();
      await upstream.close();
    }
  };
  const whole = (provider: Provider) =>
    provider.send({ wire: "chat", body: { model: "m", messages }, signal });
  const streamed = async (provider: Provider) => {
    const body = { model: "m", messages, stream: true };
    const { frames } = await provider.send({ wire: "chat", body, signal });
    for await (const arrived of frames ?? []) expect(JSON.stringify(arrived)).not.toContain(KEY);
  };
  const echo = { error: { message: `authorization: Bearer ${KEY}`, type: "x", param: null, code: null } };

  it.each([400, 404, 422, 429, 500, 503])(
    "keeps the status of a %i, and gives nothing of it to be relayed",
    async (status) => {
      const error = await withEcho(json(echo, { status }), whole);

      expect(error).toMatchObject({ code: "PC_PROVIDER_FAILED", status, reply: undefined });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY);
    },
  );

  it.each<[string, UpstreamAnswer, (provider: Provider) => Promise<unknown>]>([
    ["a whole answer", json({ choices: [], debug: { key: KEY } }), whole],
    ["an error in a 200", json(echo), whole],
    ["a header", json(completion, { headers: { "x-ratelimit-debug": KEY } }), whole],
    ["a frame", streamOf([{ choices: [{ index: 0, delta: { content: KEY } }] }, "[DONE]"]), streamed],
    ["an error in a stream", streamOf([echo]), streamed],
    ["a list of models", json({ data: [{ id: KEY }] }), (provider) => provider.listModels!(signal)],
    ["a header of the host's own", json({ debug: `${KEY}-of-proxy` }), whole],
    ["a parameter of the address", json({ debug: `/v1?subscription-key=${KEY}-of-query` }), whole],
  ])("fails as malformed-response where it comes in %s", async (_where, answer, ask) => {
    const error = await withEcho(answer, ask);

    expect(error).toMatchObject({ kind: "malformed-response", reply: undefined });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY);
  });

  it("takes no answer amiss for saying what is no secret, or a filler in place of a key", async () => {
    const upstream = await startUpstream();
    const answer = { choices: [], said: "ollama is in a-region-far-away, and none of it is EMPTY" };
    upstream.reply(json(answer));
    const provider = openaiCompatible({
      baseURL: `${upstream.url}/v1`,
      apiKey: "ollama",
      headers: { "x-region": "a-region-far-away" },
    });

    const { body } = await provider.send({ wire: "chat", body: { model: "m", messages }, signal });

    expect(JSON.parse(Buffer.from(body!).toString())).toEqual(answer);
    await provider.close?.();
    await upstream.close();
  });
});

describe("openaiCompatible, at an upstream whose refusal has no end", () => {
  it("reads what it is about, hangs up, and fails by its status", async () => {
    const upstream = await startUpstream();
    async function* endless() {
      const part = Buffer.alloc(256 * 1024, "x");
      for (;;) yield part;
    }
    upstream.reply({ status: 429, headers: { "content-type": "text/html" }, body: endless() });
    const provider = openaiCompatible({ baseURL: `${upstream.url}/v1` });

    const error = await provider.send({ wire: "chat", body: { model: "m", messages }, signal }).then(
      () => expect.unreachable("the answer went through"),
      (reason: unknown) => reason as ProviderError,
    );

    expect(error.kind).toBe("rate-limited");
    expect(error.reply?.body.length).toBeLessThan(2 * 1024 * 1024);
    await upstream.untilAborted();
    await provider.close?.();
    await upstream.close();
  });
});
