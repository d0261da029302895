import { describe, expect, it } from "vitest";
import { codecFor } from "../../src/wires/index.ts";
import type { Wire, WireBody } from "../../src/wires/wire.ts";

const messages = [{ role: "user", content: "Hi" }];
const chat = { messages };
const asked = { max_tokens: 9, messages };

describe("a request whose declared field is of another type", () => {
  it.each<[Wire, WireBody, string, string, string | undefined]>([
    [
      "chat",
      { ...chat, temperature: "0.7" },
      "temperature",
      "must be a number, got a string",
      "invalid_type",
    ],
    ["chat", { ...chat, stream: "true" }, "stream", "must be true or false, got a string", "invalid_type"],
    ["chat", { ...chat, max_tokens: 1.5 }, "max_tokens", "must be an integer, got a number", "invalid_type"],
    ["chat", { ...chat, model: ["m"] }, "model", "must be a string, got an array", "invalid_type"],
    ["chat", { ...chat, tools: {} }, "tools", "must be an array, got an object", "invalid_type"],
    ["chat", { ...chat, tools: [1] }, "tools[0]", "must be an object, got a number", "invalid_type"],
    [
      "chat",
      { ...chat, stop: 1 },
      "stop",
      "must be a string, an array or null, got a number",
      "invalid_type",
    ],
    ["chat", { ...chat, stop: ["a", 1] }, "stop[1]", "must be a string, got a number", "invalid_type"],
    [
      "chat",
      { ...chat, stream_options: { include_usage: 1 } },
      "stream_options.include_usage",
      "must be true or false, got a number",
      "invalid_type",
    ],
    ["chat", { messages: [{}] }, "messages[0].role", "must be a string, got nothing", "invalid_type"],
    ["chat", { messages: ["Hi"] }, "messages[0]", "must be an object, got a string", "invalid_type"],
    ["completions", { prompt: 1 }, "prompt", "must be a string or an array, got a number", "invalid_type"],
    ["completions", { prompt: "a", n: "2" }, "n", "must be a number, got a string", "invalid_type"],
    [
      "embeddings",
      { input: "a", dimensions: "8" },
      "dimensions",
      "must be a number, got a string",
      "invalid_type",
    ],
    [
      "embeddings",
      { input: "a", encoding_format: "hex" },
      "encoding_format",
      'must be one of "float", "base64"',
      "invalid_value",
    ],
    [
      "embeddings",
      { input: ["a", 1] },
      "input",
      "must be a string, strings, token ids or arrays of token ids, got an array",
      "invalid_type",
    ],
    [
      "responses",
      { input: "a", store: "no" },
      "store",
      "must be true or false, got a string",
      "invalid_type",
    ],
    [
      "responses",
      { input: "a", reasoning: "high" },
      "reasoning",
      "must be an object, got a string",
      "invalid_type",
    ],
    ["responses", { input: [1] }, "input[0]", "must be an object, got a number", "invalid_type"],
    ["messages", { ...asked, max_tokens: "9" }, "max_tokens", "must be a number, got a string", undefined],
    [
      "messages",
      { ...asked, system: 1 },
      "system",
      "must be a string, an array or null, got a number",
      undefined,
    ],
    [
      "messages",
      { ...asked, stop_sequences: "x" },
      "stop_sequences",
      "must be an array, got a string",
      undefined,
    ],
  ])("is refused in %s: %j (wire 48)", (wire, body, param, expected, wireCode) => {
    expect(() => codecFor(wire).check(body)).toThrow(
      expect.objectContaining({
        code: "PC_INVALID_REQUEST",
        message: expect.stringContaining(expected),
        param,
        wireCode,
      }),
    );
  });

  it.each<[Wire, WireBody]>([
    ["chat", chat],
    ["completions", { prompt: "a" }],
    ["embeddings", { input: [[1, 2], [3]] }],
    ["responses", { input: "a" }],
    ["messages", asked],
  ])(
    "says nothing where it is null, and what is not declared is not looked at: %s (wire 35, 42)",
    (wire, body) => {
      const silent = {
        model: null,
        temperature: null,
        stream: null,
        tools: null,
        dimensions: null,
        stop: null,
      };

      expect(() => codecFor(wire).check({ ...silent, x_vendor: [1], ...body })).not.toThrow();
    },
  );
});
