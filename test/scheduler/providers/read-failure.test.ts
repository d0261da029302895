import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { FailureKind } from "../../../src/errors.ts";
import { readFailure } from "../../../src/scheduler/providers/read-failure.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

function failureOf(status: number, body: unknown = "", headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readFailure("openai-compatible", { status, headers, body: new TextEncoder().encode(text) }, NOW);
}

describe("readFailure", () => {
  it.each<[status: number, kind: FailureKind]>([
    [301, "malformed-response"],
    [400, "invalid-request"],
    [401, "unauthorized"],
    [402, "payment-required"],
    [403, "forbidden"],
    [404, "not-found"],
    [405, "not-found"],
    [408, "timeout"],
    [409, "conflict"],
    [413, "context-length-exceeded"],
    [418, "invalid-request"],
    [422, "invalid-request"],
    [429, "rate-limited"],
    [500, "server-error"],
    [501, "server-error"],
    [502, "server-error"],
    [503, "overloaded"],
    [504, "timeout"],
    [520, "server-error"],
    [524, "timeout"],
    [529, "overloaded"],
  ])("takes status %i without a word as %s", (status, kind) => {
    expect(failureOf(status)).toMatchObject({ kind, status, code: "PC_PROVIDER_FAILED" });
  });

  it.each<[sentence: string, status: number, body: unknown, kind: FailureKind, upstreamCode?: string]>([
    [
      "a prompt too long by its code (defect 39)",
      400,
      {
        error: {
          message: "…",
          type: "invalid_request_error",
          param: "messages",
          code: "context_length_exceeded",
        },
      },
      "context-length-exceeded",
      "context_length_exceeded",
    ],
    [
      "a prompt too long by vLLM's words (defect 39)",
      400,
      {
        object: "error",
        message: "This model's maximum context length is 4096 tokens.",
        type: "BadRequestError",
        code: 400,
      },
      "context-length-exceeded",
      "BadRequestError",
    ],
    [
      "a prompt too long by SGLang's words (defect 39)",
      400,
      { message: "The input (9000 tokens) is longer than the model's context length (8192 tokens)." },
      "context-length-exceeded",
    ],
    [
      "a prompt too long by llama.cpp's type",
      400,
      {
        error: {
          code: 400,
          message: "the request exceeds the available context size",
          type: "exceed_context_size_error",
        },
      },
      "context-length-exceeded",
      "exceed_context_size_error",
    ],
    [
      "a prompt too long by Anthropic's words",
      400,
      {
        type: "error",
        error: {
          type: "invalid_request_error",
          message: "prompt is too long: 210000 tokens > 200000 maximum",
        },
      },
      "context-length-exceeded",
      "invalid_request_error",
    ],
    [
      "an empty account, not a rate limit (wire 48)",
      429,
      {
        error: {
          message: "You exceeded your current quota",
          type: "insufficient_quota",
          param: null,
          code: "insufficient_quota",
        },
      },
      "quota-exhausted",
      "insufficient_quota",
    ],
    [
      "a rate limit by its code",
      429,
      { error: { code: "rate_limit_exceeded" } },
      "rate-limited",
      "rate_limit_exceeded",
    ],
    [
      "an answer withheld by a filter",
      400,
      { error: { code: "content_filter", innererror: { code: "ResponsibleAIPolicyViolation" } } },
      "content-policy",
      "content_filter",
    ],
    [
      "a prompt that moderation flagged",
      403,
      {
        error: {
          code: 403,
          message: "This model requires moderation and your input was flagged for violence",
        },
      },
      "content-policy",
    ],
    [
      "a model nobody serves here",
      400,
      { error: { code: "model_not_found" } },
      "not-found",
      "model_not_found",
    ],
    [
      "a model by Mistral's type",
      400,
      { object: "error", message: "Invalid model: x", type: "invalid_model", code: "1500" },
      "not-found",
      "invalid_model",
    ],
    [
      "a wrong key that comes as 400",
      400,
      [{ error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT" } }],
      "unauthorized",
      "INVALID_ARGUMENT",
    ],
    [
      "an error in an array (wire 48)",
      429,
      [{ error: { code: 429, status: "RESOURCE_EXHAUSTED" } }],
      "rate-limited",
      "RESOURCE_EXHAUSTED",
    ],
    [
      "an overload by its type",
      500,
      { type: "error", error: { type: "overloaded_error" } },
      "overloaded",
      "overloaded_error",
    ],
    [
      "an error that is a string",
      400,
      { error: "maximum context length exceeded" },
      "context-length-exceeded",
    ],
    ["FastAPI's detail as a sentence", 413, { detail: "too large" }, "context-length-exceeded"],
    [
      "FastAPI's detail as a list",
      422,
      { detail: [{ type: "missing", loc: ["body"], msg: "Field required" }] },
      "invalid-request",
      "missing",
    ],
    ["HTML", 502, "<html><body>502 Bad Gateway</body></html>", "server-error"],
    ["nothing", 500, "", "server-error"],
    ["null where an object belongs", 400, "null", "invalid-request"],
    ["an error that is null", 400, { error: null }, "invalid-request"],
    ["an empty array", 400, [], "invalid-request"],
    ["a number for a code", 500, { error: { code: 17, message: null } }, "server-error"],
    ["a key for a code", 401, { error: { code: "sk-proj-1234" } }, "unauthorized"],
    ["a sentence for a code", 400, { error: { code: "no such thing: my prompt" } }, "invalid-request"],
  ])("reads %s", (_sentence, status, body, kind, upstreamCode) => {
    expect(failureOf(status, body)).toMatchObject({ kind, upstreamCode });
  });

  it("does not look for words where the status is clear", () => {
    expect(failureOf(500, { error: { message: "maximum context length" } }).kind).toBe("server-error");
    expect(failureOf(401, { error: { message: "prompt is too long" } }).kind).toBe("unauthorized");
  });

  it("takes a 429 that says not to retry as an exhausted quota", () => {
    expect(failureOf(429, "", { "x-should-retry": "false" }).kind).toBe("quota-exhausted");
  });

  it("keeps in mind that the upstream says not to ask again (defect 39)", () => {
    expect(failureOf(500, "", { "x-should-retry": "false" })).toMatchObject({
      kind: "server-error",
      final: true,
    });
    expect(failureOf(500, "", { "x-should-retry": "true" })).toMatchObject({
      kind: "server-error",
      final: false,
    });
  });

  it("says provider, status, kind and wait, and nothing the upstream wrote (defect 80)", () => {
    const body = { error: { message: "Incorrect API key provided: sk-1234", code: "invalid_api_key" } };

    const failure = failureOf(401, body);
    const limited = failureOf(429, body.error.message, { "retry-after": "2" });

    expect(failure.message).toBe("openai-compatible answered 401 unauthorized");
    expect(limited.message).toBe("openai-compatible answered 429 rate-limited, retry after 2000 ms");
    expect(limited.retryAfterMs).toBe(2000);
    expect(inspect([failure, limited], { depth: 9 })).not.toContain("sk-1234");
  });

  it("keeps the reply as it came", () => {
    const failure = failureOf(400, "<html>é", { "content-type": "text/html" });

    expect(failure.reply).toEqual({
      status: 400,
      headers: { "content-type": "text/html" },
      body: new TextEncoder().encode("<html>é"),
    });
  });

  it("reads a body of many MiB, and a message that is one, quickly", () => {
    const message = `${"token count ".repeat(500_000)}maximum context length`;
    const startedAt = performance.now();

    expect(failureOf(400, { error: { message } }).kind).toBe("invalid-request");
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it("reads a message that is an object nested without end by its first words", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const body = `{"error":{"message":{"text":"prompt is too long","more":${deep}}}}`;

    expect(failureOf(400, body)).toMatchObject({ kind: "context-length-exceeded" });
  });
});
