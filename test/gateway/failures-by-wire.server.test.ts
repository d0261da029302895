import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GatewayOptions } from "../../src/config/gateway-options.ts";
import { createPromptCompiler } from "../../src/index.ts";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk } from "../chat-shapes.ts";
import { failure, json, startUpstream, stream, type Upstream, type UpstreamAnswer } from "../upstream.ts";
import { FakeSink, type RequestFacts, send, start } from "./given.ts";

const KEY = "sk-zebra-0123456789";
const messages = [{ role: "user", content: "Hi" }];

/** How each wire is asked, over an upstream that speaks chat and embeddings. */
const wires = [
  { wire: "chat", path: "/v1/chat/completions", body: { messages } },
  { wire: "completions", path: "/v1/completions", body: { prompt: "Hi" } },
  { wire: "embeddings", path: "/v1/embeddings", body: { input: "Hi" } },
  { wire: "responses", path: "/v1/responses", body: { input: "Hi" } },
  { wire: "messages", path: "/v1/messages", body: { max_tokens: 9, messages } },
] as const;

interface Cause {
  readonly cause: string;
  readonly request?: RequestFacts;
  /** Added to the body. */
  readonly asks?: object;
  readonly gateway?: GatewayOptions;
  readonly deployment?: object;
  readonly compiler?: object;
  readonly upstream?: UpstreamAnswer;
  readonly callsBefore?: number;
  readonly status: number;
  readonly code: string | null;
  /** The code in responses, which the upstream does not speak. @defaultValue the same */
  readonly translated?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const soon = { "retry-after": "1" };
const never = { "x-should-retry": "false" };
const keyed = { keys: [{ key: "right", tenant: "t" }] };
const ours = failure(401, { message: `Incorrect API key provided: ${KEY}`, code: "invalid_api_key" });

const causes: readonly Cause[] = [
  { cause: "a body that is no JSON", request: { body: "{oops" }, status: 400, code: "invalid_json" },
  { cause: "a field of another type", asks: { model: 7 }, status: 400, code: "invalid_type" },
  { cause: "a model nobody serves", asks: { model: "other" }, status: 404, code: "model_not_found" },
  { cause: "no key", gateway: keyed, status: 401, code: "invalid_api_key" },
  {
    cause: "a key that may not",
    request: { headers: { authorization: "Bearer right" } },
    gateway: { keys: [{ key: "right", tenant: "t", routes: ["/v1/models"] }] },
    status: 403,
    code: "permission_denied",
  },
  { cause: "another method", request: { method: "PUT" }, status: 405, code: "method_not_allowed" },
  {
    cause: "a limit of ours",
    deployment: { limits: { rpm: 1 } },
    request: { headers: { "x-pc-deadline-ms": "10000" } },
    callsBefore: 1,
    status: 429,
    code: "rate_limit_exceeded",
  },
  { cause: "a mistake the upstream sees", upstream: failure(400, { code: "bad" }), status: 400, code: "bad" },
  { cause: "our key refused", upstream: ours, status: 502, code: "upstream_unauthorized", headers: never },
  {
    cause: "our account refused",
    upstream: failure(403, { message: `no, ${KEY}` }),
    status: 502,
    code: "upstream_unauthorized",
    headers: never,
  },
  {
    cause: "no such model upstream",
    upstream: failure(404, { code: "model_not_found" }),
    status: 404,
    code: "model_not_found",
  },
  {
    cause: "a timeout of the upstream's",
    upstream: failure(408),
    status: 408,
    code: null,
    translated: "upstream_timeout",
  },
  {
    cause: "a rate limit of the upstream's",
    upstream: failure(429, { code: "rate_limit_exceeded" }, { "retry-after": "7" }),
    status: 429,
    code: "rate_limit_exceeded",
    headers: { "retry-after": "7", "retry-after-ms": "7000" },
  },
  {
    cause: "an upstream that fails",
    upstream: failure(500, { code: "oops" }),
    status: 500,
    code: "oops",
    translated: "upstream_error",
  },
  {
    cause: "a page of HTML from a proxy",
    upstream: { status: 503, headers: { "content-type": "text/html" }, body: `<p>${KEY}</p>` },
    status: 503,
    code: "server_is_overloaded",
    headers: soon,
  },
  {
    cause: "an answer that is no JSON",
    upstream: { body: "hello" },
    status: 502,
    code: "upstream_malformed_response",
  },
  {
    cause: "half an answer",
    upstream: { body: '{"id":', ending: "cut" },
    status: 502,
    code: "upstream_unreachable",
  },
  { cause: "an upstream that is not there", upstream: "reset", status: 502, code: "upstream_unreachable" },
  {
    cause: "an upstream that says nothing",
    upstream: "hang",
    compiler: { timeouts: { headersMs: 20 } },
    status: 504,
    code: "upstream_timeout",
  },
];

/** What Anthropic calls failures of these statuses (wire 58). */
const anthropicTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  502: "api_error",
  503: "overloaded_error",
  504: "timeout_error",
};

describe.each(wires)("a failure of $wire", ({ wire, path, body }) => {
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());

  const given = (cause: Partial<Cause> = {}) =>
    createPromptCompiler({
      deployments: [
        {
          id: "up",
          model: "m",
          provider: openaiCompatible({ baseURL: `${upstream.url}/v1`, apiKey: KEY }),
          ...cause.deployment,
        },
      ],
      retry: { maxAttempts: 1 },
      ...cause.compiler,
    });

  it.each(causes)("by $cause is a $status in its words (wire 47, 48, 58)", async (cause) => {
    const compiler = given(cause);
    upstream.reply(cause.upstream ?? json({}));

    const request = { path, body: { model: "m", ...body, ...cause.asks }, ...cause.request };
    for (let call = 0; call < (cause.callsBefore ?? 0); call += 1) await send(request, compiler);
    const { status, headers, text } = await send(request, compiler, cause.gateway);

    await compiler.close();
    const said = JSON.parse(text);
    expect([status, text]).toEqual([cause.status, expect.anything()]);
    if (wire === "messages") {
      const type = anthropicTypes[cause.status] ?? "invalid_request_error";
      expect(said).toEqual({
        type: "error",
        error: { type, message: expect.stringMatching(/./) },
        request_id: headers["request-id"],
      });
    } else {
      const code = (wire === "responses" && cause.translated) || cause.code;
      expect(said).toEqual({
        error: {
          message: expect.stringMatching(/./),
          type: expect.any(String),
          param: said.error.param,
          code,
        },
      });
    }
    expect(headers["content-type"]).toMatch("application/json");
    expect(headers[wire === "messages" ? "request-id" : "x-request-id"]).toMatch(/./);
    expect(headers).toMatchObject(cause.headers ?? {});
    expect(text).not.toMatch(/zebra|6789/);
  });

  it.runIf(wire !== "embeddings")(
    "in a stream that had begun ends it in its words (wire 28, 56)",
    async () => {
      const compiler = given();
      upstream.reply(stream([chunk({ role: "assistant", content: "Hi" })], { ending: "cut" }));

      const { status, text } = await send({ path, body: { model: "m", stream: true, ...body } }, compiler);

      await compiler.close();
      const last = {
        chat: /\ndata: \{"error":\{"message":.*"type":"server_error","param":null,"code":"upstream_malformed_response"\}\}\n\n$/,
        completions: /\ndata: \{"error":\{"message":.*"code":"upstream_malformed_response"\}\}\n\n$/,
        responses: /\nevent: error\n.*\n\nevent: response\.failed\ndata: .*"status":"failed".*\n\n$/,
        messages: /\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error".*\n\n$/,
        embeddings: /$/,
      }[wire];
      expect(status).toBe(200);
      expect(text).toMatch(last);
      expect(text).not.toContain("[DONE]");
    },
  );

  it("is none where the caller is gone: nothing is written", async () => {
    const compiler = given();
    const caller = new AbortController();
    const sink = new FakeSink();
    upstream.reply("hang");
    const before = upstream.requests.length;

    const handled = start({ path, body: { model: "m", ...body }, signal: caller.signal }, sink, compiler);
    await upstream.untilRequests(before + 1);
    caller.abort();
    await handled;

    await compiler.close();
    expect([sink.status, sink.writes]).toEqual([undefined, []]);
  });
});
