import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { ProviderError } from "../../../src/errors.ts";
import { type GeminiOptions, gemini } from "../../../src/scheduler/providers/gemini.ts";
import type { Provider } from "../../../src/scheduler/providers/provider.ts";
import { describeProvider } from "../../contracts/provider.ts";
import {
  answer,
  blockedPrompt,
  completeStreams,
  invalidKey,
  rateLimited,
  refusal,
  unfinishedEvents,
} from "../../fixtures/gemini.ts";
import { json, startUpstream, type Upstream } from "../../upstream.ts";

const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
const signal = new AbortController().signal;

describeProvider("gemini", {
  create: (baseURL, apiKey) => gemini({ baseURL, apiKey }),
  fixtures: {
    wire: "gemini",
    request: { model: "gemini-2.5-flash", contents },
    streamRequest: { model: "gemini-2.5-flash", contents, stream: true },
    answer,
    streams: completeStreams,
    unfinished: unfinishedEvents,
  },
  everyCut: true,
});

async function withUpstream(
  use: (upstream: Upstream, provider: Provider) => Promise<void>,
  options: GeminiOptions = {},
): Promise<void> {
  const upstream = await startUpstream();
  const provider = gemini({
    baseURL: `${upstream.url}/v1beta`,
    apiKey: "AIza-key-of-some-length",
    ...options,
  });
  try {
    await use(upstream, provider);
  } finally {
    await provider.close?.();
    await upstream.close();
  }
}

const ask = (provider: Provider, body: object = {}): Promise<unknown> =>
  provider.send({ wire: "gemini", body: { model: "gemini-2.5-flash", contents, ...body }, signal });

const failureOf = (asked: Promise<unknown>): Promise<ProviderError> =>
  asked.then(
    () => expect.unreachable("the answer went through"),
    (error: unknown) => error as ProviderError,
  );

describe("gemini", () => {
  it("has model and streaming in the address, and the key in a header only (defect 80)", () =>
    withUpstream(async (upstream, provider) => {
      upstream.reply([
        json(answer),
        { body: completeStreams["as Gemini"] ?? "" },
        json({ embeddings: [{ values: [1] }] }),
      ]);

      await ask(provider);
      await ask(provider, { stream: true, model: "tunedModels/my own" });
      await provider.send({
        wire: "gemini-embeddings",
        body: { model: "gemini-embedding-001", requests: [{ content: { parts: [{ text: "x" }] } }] },
        signal,
      });

      expect(upstream.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
        "POST /v1beta/models/gemini-2.5-flash:generateContent",
        "POST /v1beta/tunedModels/my%20own:streamGenerateContent?alt=sse",
        "POST /v1beta/models/gemini-embedding-001:batchEmbedContents",
      ]);
      expect(upstream.requests[0]?.json).toEqual({ contents });
      expect(upstream.requests[1]?.json).toEqual({ contents });
      expect(upstream.requests[0]?.headers).toMatchObject({ "x-goog-api-key": "AIza-key-of-some-length" });
      expect(upstream.requests[0]?.headers.authorization).toBeUndefined();
    }));

  it("keeps a query of its base URL, and headers of the host", () =>
    withUpstream(async (upstream) => {
      upstream.reply({ body: completeStreams["as Gemini"] ?? "" });
      const provider = gemini({
        baseURL: `${upstream.url}/v1beta?quota=a`,
        headers: { "X-Goog-User-Project": "p" },
      });

      await ask(provider, { stream: true });

      expect(upstream.requests[0]).toMatchObject({
        path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&quota=a",
        headers: { "x-goog-user-project": "p" },
      });
      await provider.close?.();
    }));

  it("sends the caller's bytes without what the address says", () =>
    withUpstream(async (upstream, provider) => {
      upstream.reply(json(answer));
      const body = { model: "m", stream: false, contents };
      const source = Buffer.from(`{"model":"m", "contents":${JSON.stringify(contents)},"stream":false}`);

      await provider.send({ wire: "gemini", body, source, signal });

      expect(upstream.requests[0]?.body.toString()).toBe(`{"contents":${JSON.stringify(contents)}}`);
    }));

  it("lists models over all pages, by the names they are asked by", () =>
    withUpstream(async (upstream, provider) => {
      upstream.reply([
        json({ models: [{ name: "models/gemini-3-flash" }, { no: "name" }], nextPageToken: "a/b" }),
        json({ models: [{ name: "models/gemini-embedding-001" }] }),
      ]);

      expect(await provider.listModels?.(signal)).toEqual(["gemini-3-flash", "gemini-embedding-001"]);
      expect(upstream.requests.map(({ path }) => path)).toEqual([
        "/v1beta/models?pageSize=1000",
        "/v1beta/models?pageSize=1000&pageToken=a%2Fb",
      ]);
    }));

  it("stops at the fiftieth page of a list without end", () =>
    withUpstream(async (upstream, provider) => {
      upstream.reply(json({ models: [{ name: "models/m" }], nextPageToken: "again" }));

      expect(await provider.listModels?.(signal)).toHaveLength(50);
    }));

  it.each([
    ["a rate limit, with the wait that its details ask for", rateLimited, "rate-limited", 34_500],
    ["a rate limit in an array (wire 48)", [rateLimited], "rate-limited", 34_500],
    ["a key that is none", invalidKey, "unauthorized", undefined],
    ["overload", refusal(503, "UNAVAILABLE", "The model is overloaded."), "overloaded", undefined],
    [
      "a place it does not serve",
      refusal(400, "FAILED_PRECONDITION", "User location is not supported."),
      "forbidden",
      undefined,
    ],
    ["a model that there is not", refusal(404, "NOT_FOUND", "models/x is not found"), "not-found", undefined],
    [
      "an error of its own",
      refusal(500, "INTERNAL", "An internal error has occurred."),
      "server-error",
      undefined,
    ],
    ["a deadline", refusal(504, "DEADLINE_EXCEEDED", "Deadline expired."), "timeout", undefined],
    [
      "a prompt that is too long",
      refusal(
        400,
        "INVALID_ARGUMENT",
        "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
      ),
      "context-length-exceeded",
      undefined,
    ],
    [
      "a mistake in the request",
      refusal(400, "INVALID_ARGUMENT", "Invalid value at 'contents'."),
      "invalid-request",
      undefined,
    ],
  ])("tells %s by its status and its reasons", (_what, body, kind, retryAfterMs) =>
    withUpstream(async (upstream, provider) => {
      const { code } = [body].flat()[0]!.error;
      upstream.reply(json(body, { status: code }));

      const error = await failureOf(ask(provider));

      expect(error).toMatchObject({ kind, status: code });
      expect(error.retryAfterMs).toBe(retryAfterMs);
    }),
  );

  it("gives an answer to a blocked prompt as it came: what it means is the wire's to say", () =>
    withUpstream(async (upstream, provider) => {
      upstream.reply(json(blockedPrompt));

      expect(await ask(provider)).toMatchObject({ status: 200 });
    }));

  it("needs no option, and asks Google", () => {
    expect(gemini()).toMatchObject({ name: "gemini", wires: ["gemini", "gemini-embeddings"] });
  });

  it.each([
    [{ apikey: "k" }, /gemini: unknown option "apikey", did you mean "apiKey"\?/],
    [
      { baseURL: "generativelanguage" },
      /gemini: baseURL must be an http or https URL, got "generativelanguage"/,
    ],
    [{ apiKey: "" }, /gemini: apiKey must be printable ASCII/],
  ])("refuses %j at construction", (options, message) => {
    expect(() => gemini(options as GeminiOptions)).toThrow(message);
  });

  it("does not show its key", () => {
    expect(inspect(gemini({ apiKey: "hush-hush" }), { depth: 9, showHidden: true })).not.toContain("hush");
  });
});
