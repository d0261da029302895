import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerHeaders } from "../../src/gateway/response-headers.ts";
import { relayedHeaders, toHeaderValue } from "../../src/relayed-headers.ts";
import { answerOf } from "./given.ts";

describe("answerHeaders", () => {
  it("says which deployment answered, as which model, and what it took", () => {
    const answer = answerOf({ attempts: 2, upstreamMs: 40, dropped: ["seed", "logit_bias"] });

    expect(answerHeaders(answer, 42.4, "chat")).toEqual({
      "x-request-id": "req_1",
      "x-pc-deployment": "up",
      "x-pc-served-model": "m-2026",
      "x-pc-attempts": "2",
      "x-pc-cache": "bypass",
      "x-pc-overhead-ms": "2",
      "x-pc-dropped": "seed, logit_bias",
    });
  });

  it("keeps the list of what was left out short, and says how much more there is", () => {
    const dropped = Array.from({ length: 100 }, (_, index) => `tools[${index}]`);

    const headers = answerHeaders(answerOf({ dropped }), 0, "chat");

    expect(headers["x-pc-dropped"]).toMatch(/^tools\[0\], .*tools\[63\], and 36 more$/);
  });

  it("keeps a model's name short, whatever the upstream calls it: clients take only so long a head", () => {
    const headers = answerHeaders(answerOf({ servedModel: "\u{1f600}".repeat(100_000) }), 0, "chat");

    expect(headers["x-pc-served-model"]?.length).toBeLessThan(4_000);
  });

  it.each([
    [0, "0"],
    [0.00225, "0.00225"],
    [1e-7, "0.0000001"],
    [10, "10"],
  ])("says what the answer cost: %s dollars", (costUsd, expected) => {
    expect(answerHeaders(answerOf({ costUsd }), 0, "chat")).toMatchObject({ "x-pc-cost-usd": expected });
  });

  it("leaves out what the answer does not say", () => {
    expect(answerHeaders(answerOf({ servedModel: undefined }), 0, "chat")).not.toHaveProperty(
      "x-pc-served-model",
    );
  });

  it("says what compiling did, on compiled calls", () => {
    const source = (id: string) => ({
      id,
      agentId: "a",
      sessionId: undefined,
      audience: "group:g" as const,
      createdAt: "2026-01-01T00:00:00Z",
      score: 1,
    });
    const segment = {
      id: "shared",
      role: "shared",
      action: "injected",
      reason: "r",
      tokensBefore: 0,
      tokensAfter: 9,
      isCached: false,
    } as const;
    const report = {
      tokensBefore: 900,
      tokensAfter: 300,
      predictedCachedTokens: 0,
      maxInputTokens: 400,
      tokenizer: "o200k_base",
      segments: [{ ...segment, sources: [source("ctx_1"), source("ctx_2")] }],
    };

    expect(answerHeaders(answerOf({ report }), 0, "chat")).toMatchObject({
      "x-pc-tokens-before": "900",
      "x-pc-tokens-after": "300",
      "x-pc-context-ids": "ctx_1, ctx_2",
    });
  });
});

describe("relayedHeaders", () => {
  it("passes on limits and hints, whatever their case, and nothing else (wire 51, wire 52)", () => {
    const upstream = {
      "X-RateLimit-Limit-Requests": "100",
      "retry-after": "3",
      "openai-processing-ms": "12",
      "openai-organization": "ours",
      "x-request-id": "theirs",
      "set-cookie": "a=b",
      "transfer-encoding": "chunked",
      connection: "keep-alive",
    };

    expect(relayedHeaders(upstream)).toEqual({
      "x-ratelimit-limit-requests": "100",
      "retry-after": "3",
      "openai-processing-ms": "12",
    });
  });
});

describe("toHeaderValue", () => {
  it.each([
    ["gpt-x (eu)", "gpt-x (eu)"],
    ["größe", "gr%C3%B6%C3%9Fe"],
    ["a\r\nset-cookie: b", "a%0D%0Aset-cookie: b"],
    ["🙂", "%F0%9F%99%82"],
  ])("turns %j into %j", (text, value) => {
    expect(toHeaderValue(text)).toBe(value);
  });

  it("gives a value that Node takes, for any text", async () => {
    await fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(() => new Headers({ x: toHeaderValue(text) })).not.toThrow();
        expect(toHeaderValue(text)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
    expect(toHeaderValue("\ud800")).toMatch(/^[\x20-\x7e]*$/);
  });
});
