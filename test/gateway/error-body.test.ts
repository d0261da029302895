import { describe, expect, it } from "vitest";
import {
  AllDeploymentsFailedError,
  type FailureKind,
  PromptCompilerError,
  ProviderError,
  type ProviderFacts,
} from "../../src/errors.ts";
import { failureStatus } from "../../src/failure-status.ts";
import * as errorBody from "../../src/gateway/error-body.ts";
import { RequestRefusedError } from "../../src/gateway/refusal.ts";
import { toEvent } from "../../src/gateway/stream.ts";

const { isUnforeseen } = errorBody;
const toErrorAnswer = (error: unknown) => errorBody.toErrorAnswer(error, { wire: "chat" });
const toErrorEvent = (answer: ReturnType<typeof toErrorAnswer>) =>
  errorBody.toErrorFrames(answer, {}, "chat").map(toEvent).join("");

function told(error: unknown) {
  const { status, headers, body } = toErrorAnswer(error);
  return {
    status,
    headers,
    text: Buffer.from(body).toString(),
    json: JSON.parse(Buffer.from(body).toString()),
  };
}

function allFailed(
  kind: FailureKind,
  facts: ProviderFacts = {},
  call: { retryable?: boolean; retryAfterMs?: number } = {},
) {
  const error = new ProviderError(kind, `deployment "b" said: my prompt, sk-secret`, facts);
  const first = new ProviderError("network", "no route to 10.0.0.7");
  const attempts = [
    { deployment: "a", error: first },
    { deployment: "b", error },
  ];
  return new AllDeploymentsFailedError(attempts, { retryable: true, ...call });
}

function refusal(status: number, body: string, headers: Record<string, string> = {}) {
  return { status, reply: { status, headers, body: Buffer.from(body) } };
}

const kinds = Object.keys(failureStatus) as FailureKind[];

describe("toErrorAnswer", () => {
  it.each<[string, unknown]>([
    ["a refusal of ours", new RequestRefusedError(413, "too large")],
    [
      "a model nobody serves",
      new PromptCompilerError("PC_MODEL_NOT_FOUND", "no such model", { param: "model" }),
    ],
    ["a mistake", new Error("oops")],
    ["something thrown that is no error", "oops"],
    ["a history without attempts", new AllDeploymentsFailedError([], { retryable: false })],
    ...kinds.map((kind) => [`a ${kind} failure`, allFailed(kind)] as [string, unknown]),
  ])(
    "gives %s all four keys, a code that is a string or null, and JSON's content type (wire 47)",
    (_name, error) => {
      const { status, headers, json } = told(error);

      expect(status).toBeGreaterThanOrEqual(400);
      expect(headers["content-type"]).toBe("application/json");
      expect(json).toEqual({
        error: {
          message: expect.any(String),
          type: expect.any(String),
          param: json.error.param === null ? null : expect.any(String),
          code: json.error.code === null ? null : expect.any(String),
        },
      });
    },
  );

  it.each<[PromptCompilerError, number, string | null]>([
    [new PromptCompilerError("PC_MODEL_NOT_FOUND", "x"), 404, "model_not_found"],
    [new PromptCompilerError("PC_CONTEXT_TOO_LARGE", "x"), 400, "context_length_exceeded"],
    [new PromptCompilerError("PC_INVALID_REQUEST", "x"), 400, null],
    [new PromptCompilerError("PC_INVALID_REQUEST", "x", { wireCode: "invalid_type" }), 400, "invalid_type"],
    [new PromptCompilerError("PC_FORBIDDEN", "x"), 403, "permission_denied"],
    [new PromptCompilerError("PC_NO_DEPLOYMENT_AVAILABLE", "x"), 503, "server_is_overloaded"],
    [
      new PromptCompilerError("PC_NO_DEPLOYMENT_AVAILABLE", "x", { wireCode: "rate_limit_exceeded" }),
      429,
      "rate_limit_exceeded",
    ],
    [
      new PromptCompilerError("PC_QUEUE_FULL", "x", { wireCode: "server_is_overloaded" }),
      503,
      "server_is_overloaded",
    ],
    [
      new PromptCompilerError("PC_QUEUE_FULL", "x", { wireCode: "rate_limit_exceeded" }),
      429,
      "rate_limit_exceeded",
    ],
    [new PromptCompilerError("PC_STORAGE_UNAVAILABLE", "x"), 503, "server_is_overloaded"],
    [new PromptCompilerError("PC_CLOSED", "x"), 503, "server_is_overloaded"],
  ])("answers $code as its status and OpenAI's code (wire 48)", (error, status, code) => {
    expect(told(error)).toMatchObject({ status, json: { error: { message: "x", code } } });
  });

  it.each<[FailureKind, number]>([
    ["timeout", 504],
    ["network", 502],
    ["malformed-response", 502],
    ["overloaded", 503],
    ["rate-limited", 429],
    ["context-length-exceeded", 400],
  ])("answers %s as %i where the upstream said nothing to relay", (kind, status) => {
    expect(told(allFailed(kind)).status).toBe(status);
  });

  it("tells by the system's code why there was no answer", () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 10.0.0.7:443"), { code: "ECONNREFUSED" });

    const { json, text } = told(allFailed("network", { cause }));

    expect(json.error.message).toBe("every attempt failed: a: network; b: network (ECONNREFUSED)");
    expect(text).not.toContain("10.0.0.7");
  });

  it("tells which deployments failed and how, in no words but ours", () => {
    const { json, text } = told(allFailed("server-error", { status: 500 }));

    expect(json.error.message).toBe("every attempt failed: a: network; b: server-error (500)");
    expect(text).not.toMatch(/prompt|sk-secret|10\.0\.0\.7/);
  });

  it("keeps the words of an error nobody foresaw to itself", () => {
    const { status, text } = told(new Error("SELECT * FROM keys"));

    expect(status).toBe(500);
    expect(text).not.toContain("SELECT");
  });

  it("answers a deadline that passed with 504", () => {
    expect(told(new DOMException("signal timed out", "TimeoutError")).status).toBe(504);
  });
});

describe("an upstream's refusal", () => {
  const spaced = '{ "error": {"message":"no \\u00e9", "type":"x","param":null,"code":null}, "status": 400 }';

  it.each([
    [
      "nested deeper than JSON can be written again",
      `{"error":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ],
    ["longer than anything worth reading", JSON.stringify({ error: { message: "x".repeat(2_000_000) } })],
  ])("does not come back where it is %s: neither as an answer nor in a stream", (_what, body) => {
    const answer = toErrorAnswer(allFailed("server-error", refusal(500, body)));

    expect(answer.status).toBe(502);
    expect(answer.body.length).toBeLessThan(1000);
    expect(toErrorEvent(answer)).toMatch(/^data: \{"error":\{/);
  });

  it.each([400, 404, 408, 409, 413, 422, 429, 500, 503, 529])(
    "comes back as it came, status %i and bytes",
    (status) => {
      const answer = told(allFailed("invalid-request", refusal(status, spaced)));

      expect(answer).toMatchObject({ status, text: spaced, headers: { "content-type": "application/json" } });
    },
  );

  it.each([401, 402, 403, 407])(
    "about our credentials (%i) is a 502 without a fragment of a key",
    (status) => {
      const body = '{"error":{"message":"Incorrect API key provided: sk-ab****yz"}}';

      const answer = told(allFailed("unauthorized", refusal(status, body)));

      expect(answer.status).toBe(502);
      expect(answer.headers["x-should-retry"]).toBe("false");
      expect(answer.text).not.toContain("sk-");
    },
  );

  it.each([
    ["HTML", "<html>Bad Gateway</html>"],
    ["nothing", ""],
    ["a JSON string", '"overloaded"'],
    ["an empty array", "[]"],
  ])("that is %s is wrapped (wire 48)", (_name, body) => {
    const { status, json } = told(allFailed("server-error", refusal(502, body)));

    expect(status).toBe(502);
    expect(json.error.message).toContain("every attempt failed");
  });

  it("in Gemini's array is unwrapped (wire 48)", () => {
    const { status, json } = told(allFailed("invalid-request", refusal(400, '[{"error":{"message":"m"}}]')));

    expect(status).toBe(400);
    expect(json).toMatchObject({ error: { message: "m" } });
  });

  it("brings the headers that are the caller's business, and no cookie (wire 52, defect 82)", () => {
    const upstream = {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-tokens": "6m0s",
      "set-cookie": "a=b",
      "content-encoding": "gzip",
      "content-length": "9",
      server: "cloudflare",
    };

    const { headers } = told(allFailed("rate-limited", refusal(429, "{}", upstream)));

    expect(headers).toEqual({
      "content-type": "application/json",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-tokens": "6m0s",
      "retry-after": "1",
      "retry-after-ms": "1000",
    });
  });
});

describe("when to come back (wire 49, wire 50)", () => {
  it("is what the call knows, in seconds and milliseconds", () => {
    const { headers } = told(allFailed("rate-limited", {}, { retryAfterMs: 2300 }));

    expect(headers).toMatchObject({ "retry-after": "3", "retry-after-ms": "2300" });
  });

  it("is what the call knows even where the last upstream said otherwise", () => {
    const facts = refusal(429, "{}", { "retry-after": "60", "retry-after-ms": "60000" });

    const { headers } = told(allFailed("rate-limited", facts, { retryAfterMs: 500 }));

    expect(headers).toMatchObject({ "retry-after": "1", "retry-after-ms": "500" });
  });

  it.each(["rate_limit_exceeded", "server_is_overloaded"])("is what the queue expects: %s", (wireCode) => {
    const { headers } = told(new PromptCompilerError("PC_QUEUE_FULL", "x", { wireCode, retryAfterMs: 2300 }));

    expect(headers).toMatchObject({ "retry-after": "3", "retry-after-ms": "2300" });
    expect(headers).not.toHaveProperty("x-should-retry");
  });

  it("is said on every 429 and 503, also where nobody knows", () => {
    expect(told(allFailed("overloaded")).headers["retry-after"]).toBe("1");
    expect(told(allFailed("rate-limited")).headers["retry-after"]).toBe("1");
  });

  it("is never, where the quota is used up", () => {
    const { status, headers, json } = told(allFailed("quota-exhausted"));

    expect(status).toBe(429);
    expect(json.error.code).toBe("insufficient_quota");
    expect(headers["x-should-retry"]).toBe("false");
  });

  it("is never, where the same call would fail again: SDKs would make it again and again (defect 42)", () => {
    expect(told(allFailed("network", {}, { retryable: false })).headers["x-should-retry"]).toBe("false");
    expect(told(allFailed("network")).headers).not.toHaveProperty("x-should-retry");
  });
});

describe("toErrorFrames", () => {
  it("is one line with a top-level error, as the SDKs look for (wire 28)", () => {
    const event = toErrorEvent(toErrorAnswer(new ProviderError("network", "x")));

    expect(event).toMatch(/^data: \{"error":\{"message":.*\}\}\n\n$/);
    expect(event.trimEnd()).not.toContain("\n");
  });

  it("puts a relayed body on one line, under error if it is not there yet", () => {
    const error = '{"message":"m","type":"t","param":null,"code":null}';
    const spread = `{\n  "error": ${error}\n}`;

    const relayed = toErrorEvent(toErrorAnswer(allFailed("invalid-request", refusal(400, spread))));
    const other = toErrorEvent(toErrorAnswer(allFailed("invalid-request", refusal(400, '{"detail":"d"}'))));

    expect(relayed).toBe(`data: {"error":${error}}\n\n`);
    expect(other).toContain('data: {"error":{"message":"d",');
  });
});

describe("isUnforeseen", () => {
  it("holds for what is neither ours nor a timeout", () => {
    expect(isUnforeseen(new Error("x"))).toBe(true);
    expect(isUnforeseen(new PromptCompilerError("PC_CLOSED", "x"))).toBe(false);
    expect(isUnforeseen(new DOMException("x", "TimeoutError"))).toBe(false);
  });
});

describe("an upstream's refusal (wire 47, 48)", () => {
  const relayed = (body: string) =>
    told(new ProviderError("invalid-request", "up answered 400 invalid-request", refusal(400, body)));

  it.each([
    ["FastAPI's detail", { detail: "no such field" }, "no such field"],
    ["FastAPI's list", { detail: [{ loc: ["body"], msg: "field required" }] }, "field required"],
    ["a bare text", { error: "no such field" }, "no such field"],
    ["a bare object, Mistral's", { object: "error", message: "no such field" }, "no such field"],
    ["nothing", {}, "the upstream failed"],
  ])("has all four keys where it was %s", (_, body, message) => {
    expect(relayed(JSON.stringify(body)).json).toEqual({
      error: { message, type: "invalid_request_error", param: null, code: null },
    });
  });

  it("has a code that is a text, and keeps what else the vendor says", () => {
    const { json } = relayed('{"error":{"message":"no","code":400,"metadata":{"raw":"x"}},"user_id":"u"}');

    expect(json).toEqual({
      error: {
        message: "no",
        type: "invalid_request_error",
        param: null,
        code: "400",
        metadata: { raw: "x" },
      },
      user_id: "u",
    });
  });

  it("comes as it is where nothing is missing", () => {
    const body = '{ "error": {"message":"no","type":"t","param":null,"code":"c","extra":1} }';

    expect(relayed(body).text).toBe(body);
  });

  it.each(["sk-ab***yz", "sk-proj-0123456789abcdef", "gsk_0123456789", "AIzaSyD-0123456789", "********wxyz"])(
    "does not say %s, which may be of our key (defect 80)",
    (key) => {
      const { text } = relayed(
        JSON.stringify({ error: { message: `bad key ${key}.`, type: "t", param: null, code: null } }),
      );

      expect(text).not.toContain(key);
      expect(text).toContain("bad key [secret].");
    },
  );
});
