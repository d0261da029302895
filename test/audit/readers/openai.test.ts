import { describe, expect, it } from "vitest";
import { readerFor } from "../../../src/audit/readers/index.ts";
import { openai } from "../../../src/audit/readers/openai.ts";
import { readAll } from "./read.ts";

const asked = { role: "user", content: "When does the ferry leave?" };
const answered = { role: "assistant", content: "At 9:40." };
const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_767_600_000,
  model: "gpt-5-2025-08-07",
  choices: [{ index: 0, message: answered, finish_reason: "stop" }],
  usage: {
    prompt_tokens: 1200,
    completion_tokens: 6,
    total_tokens: 1206,
    prompt_tokens_details: { cached_tokens: 1024 },
  },
};

describe("logs in the words of the wires", () => {
  it.each([
    ["an array of messages", [asked, answered]],
    ["messages in an object", { messages: [asked] }],
    ["a request with its response", { request: { messages: [asked] }, response: completion }],
    [
      "a line of a batch",
      { custom_id: "1", method: "POST", url: "/v1/chat/completions", body: { messages: [asked] } },
    ],
    ["a request for a response", { request: { input: "Hi" }, response: {} }],
  ])("are known: %s", (_, record) => {
    expect(readerFor(record)?.format).toBe("openai");
  });

  it("make a call of each of the assistant's messages in a transcript", () => {
    const calls = readAll(openai, [[asked, answered, asked, answered]]);

    expect(calls.map(({ messages }) => messages.length)).toEqual([1, 3]);
    expect(new Set(calls.map(({ session }) => session)).size).toBe(1);
  });

  it("take a request whose last word is not the assistant's for one call", () => {
    expect(readAll(openai, [{ model: "gpt-5", messages: [asked, answered, asked] }])).toMatchObject([
      { model: "gpt-5", usage: undefined, messages: [asked, answered, asked] },
    ]);
  });

  it("read what was charged from the response, and join calls that begin alike", () => {
    const calls = readAll(openai, [
      {
        timestamp: "2026-01-05T09:00:00Z",
        request: { model: "gpt-5", messages: [asked] },
        response: completion,
      },
      {
        request: { model: "gpt-5", messages: [asked, answered, asked] },
        response: { ...completion, id: "chatcmpl-2" },
      },
    ]);

    expect(calls[0]).toMatchObject({
      id: "chatcmpl-1",
      at: Date.UTC(2026, 0, 5, 9),
      model: "gpt-5-2025-08-07",
      usage: { inputTokens: 1200, cacheReadTokens: 1024, outputTokens: 6 },
    });
    expect(calls[1]).toMatchObject({ at: 1_767_600_000_000, session: calls[0]?.session });
  });

  it("read Anthropic's messages and responses by their own words", () => {
    const calls = readAll(openai, [
      {
        request: { model: "claude-haiku-4-5", system: "Be brief.", max_tokens: 9, messages: [asked] },
        response: {
          id: "msg_1",
          type: "message",
          model: "claude-haiku-4-5",
          content: [],
          usage: { input_tokens: 7, output_tokens: 1 },
        },
      },
      {
        request: { model: "gpt-5", instructions: "Be brief.", input: "When?" },
        response: { id: "resp_1", object: "response", usage: { input_tokens: 8, output_tokens: 1 } },
      },
    ]);

    expect(calls.map(({ messages }) => messages[0])).toEqual(
      Array(2).fill({ role: "system", content: "Be brief." }),
    );
    expect(calls.map(({ usage }) => usage?.inputTokens)).toEqual([7, 8]);
  });

  it("refuse a record in which nobody says anything", () => {
    expect(() => openai.open("a").push({ request: {} }, 1)).toThrow("neither messages nor input");
  });
});
