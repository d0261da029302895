import { describe, expect, it } from "vitest";
import { anthropic } from "../../../src/scheduler/index.ts";
import type { Provider } from "../../../src/scheduler/providers/provider.ts";
import { describeProvider } from "../../contracts/provider.ts";
import { completeStreams, message, unfinishedEvents } from "../../fixtures/anthropic-messages.ts";
import { json, startUpstream, type Upstream } from "../../upstream.ts";

const messages = [{ role: "user", content: "hello" }];
const request = { model: "claude-x", max_tokens: 10, messages };
const signal = new AbortController().signal;

describeProvider("anthropic", {
  create: (baseURL, apiKey) => anthropic({ baseURL, apiKey }),
  fixtures: {
    wire: "messages",
    request,
    streamRequest: { ...request, stream: true },
    answer: message,
    streams: completeStreams,
    unfinished: unfinishedEvents,
  },
});

async function withUpstream(
  options: Omit<Parameters<typeof anthropic>[0], "baseURL">,
  use: (upstream: Upstream, provider: Provider) => Promise<void>,
): Promise<void> {
  const upstream = await startUpstream();
  upstream.reply(json(message));
  const provider = anthropic({ ...options, baseURL: `${upstream.url}/proxy/` });
  try {
    await use(upstream, provider);
  } finally {
    await provider.close?.();
    await upstream.close();
  }
}

describe("anthropic", () => {
  it("posts behind its base URL, with the key as x-api-key and a version", () =>
    withUpstream({ apiKey: "sk-ant-1", headers: { "X-Own": "1" } }, async (upstream, provider) => {
      await provider.send({ wire: "messages", body: request, signal });

      expect(upstream.requests[0]).toMatchObject({
        method: "POST",
        path: "/proxy/v1/messages",
        json: request,
      });
      expect(upstream.requests[0]?.headers).toMatchObject({
        "x-api-key": "sk-ant-1",
        "anthropic-version": "2023-06-01",
        "x-own": "1",
      });
      expect(upstream.requests[0]?.headers).not.toHaveProperty("authorization");
      expect(upstream.requests[0]?.headers).not.toHaveProperty("anthropic-beta");
    }));

  it("says the caller's version instead of its own, and betas of both, each once (wire 4)", () =>
    withUpstream({ version: "v-own", betas: ["a-1", "b-2"] }, async (upstream, provider) => {
      const headers = {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "b-2, c-3",
        "x-api-key": "theirs",
      };
      await provider.send({ wire: "messages", body: request, headers, signal });
      await provider.send({ wire: "messages", body: request, signal });

      expect(upstream.requests.map((each) => each.headers)).toMatchObject([
        { "anthropic-version": "2026-10-21", "anthropic-beta": "a-1,b-2,c-3" },
        { "anthropic-version": "v-own", "anthropic-beta": "a-1,b-2" },
      ]);
    }));

  it("counts by the vendor's own count, with versions, betas and query, without what only an answer has", () =>
    withUpstream({ apiKey: "sk-ant-1" }, async (upstream, provider) => {
      upstream.reply(json({ input_tokens: 41 }));
      const asked = { model: "claude-x", messages, system: "Be brief." };
      const body = { ...asked, max_tokens: 10, stream: true, temperature: 1 };

      const counted = await provider.countTokens?.({
        wire: "messages",
        body,
        source: Buffer.from(JSON.stringify(body)),
        headers: { "anthropic-version": "2026-10-21", "anthropic-beta": "b" },
        query: "beta=true",
        signal,
      });

      expect(counted).toBe(41);
      expect(upstream.requests[0]).toMatchObject({
        method: "POST",
        path: "/proxy/v1/messages/count_tokens?beta=true",
        headers: {
          "x-api-key": "sk-ant-1",
          "anthropic-version": "2026-10-21",
          "anthropic-beta": "b",
          "content-type": "application/json",
        },
      });
      expect(upstream.requests[0]?.json).toEqual(asked);
    }));

  it.each([
    [
      json({ type: "error", error: { type: "not_found_error", message: "Not Found" } }, { status: 404 }),
      "not-found",
    ],
    [json({ tokens: 41 }), "malformed-response"],
  ])("fails where the vendor tells no number: as %j", (answer, kind) =>
    withUpstream({}, async (upstream, provider) => {
      upstream.reply(answer);

      const counted = provider.countTokens?.({
        wire: "messages",
        body: { model: "claude-x", messages },
        signal,
      });

      await expect(counted).rejects.toMatchObject({ kind });
    }),
  );

  it("lists the models of every page", () =>
    withUpstream({ apiKey: "sk-ant-1" }, async (upstream, provider) => {
      upstream.reply([
        json({
          data: [{ id: "claude-a", type: "model" }, { no: "id" }],
          has_more: true,
          last_id: "claude/a",
        }),
        json({ data: [{ id: "claude-b", type: "model" }], has_more: false, last_id: "claude-b" }),
      ]);

      expect(await provider.listModels?.(signal)).toEqual(["claude-a", "claude-b"]);
      expect(upstream.requests.map(({ path }) => path)).toEqual([
        "/proxy/v1/models?limit=1000",
        "/proxy/v1/models?limit=1000&after_id=claude%2Fa",
      ]);
    }));

  it.each([
    [529, "overloaded_error", "Overloaded", "overloaded"],
    [429, "rate_limit_error", "This request would exceed your rate limit", "rate-limited"],
    [401, "authentication_error", "invalid x-api-key", "unauthorized"],
    [403, "permission_error", "not yours", "forbidden"],
    [404, "not_found_error", "model: claude-x", "not-found"],
    [413, "request_too_large", "Request exceeds the maximum size", "context-length-exceeded"],
    [
      400,
      "invalid_request_error",
      "prompt is too long: 210000 tokens > 200000 maximum",
      "context-length-exceeded",
    ],
    [400, "invalid_request_error", "Your credit balance is too low to access the API", "payment-required"],
    [400, "invalid_request_error", "Output blocked by content filtering policy", "content-policy"],
    [400, "invalid_request_error", "max_tokens: field required", "invalid-request"],
    [500, "api_error", "Internal server error", "server-error"],
    [504, "timeout_error", "timed out", "timeout"],
  ])("takes %i %s (%s) for %s", (status, type, text, kind) =>
    withUpstream({}, async (upstream, provider) => {
      upstream.reply(
        json({ type: "error", error: { type, message: text }, request_id: "req_1" }, { status }),
      );

      await expect(provider.send({ wire: "messages", body: request, signal })).rejects.toMatchObject({
        kind,
        upstreamCode: type,
      });
    }),
  );

  it.each([
    ["baseURL", { baseURL: "nowhere" }],
    ["apiKey", { apiKey: "with space" }],
  ])("refuses a wrong %s at construction, by name", (name, options) => {
    expect(() => anthropic(options)).toThrow(new RegExp(`anthropic: ${name} must be`));
  });
});
