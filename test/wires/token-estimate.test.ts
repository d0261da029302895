import { describe, expect, it } from "vitest";
import { codecFor } from "../../src/wires/index.ts";

const chat = codecFor("chat").estimateTokens;
const embeddings = codecFor("embeddings").estimateTokens;
const user = (content: unknown) => ({ role: "user", content });

describe("the estimate of a request's tokens", () => {
  it("is four bytes of UTF-8 each, over all messages", () => {
    expect(chat({ messages: [user("a".repeat(40)), user("é".repeat(20))] })).toBe(20);
  });

  it("counts tool calls and tool definitions, which the model reads too", () => {
    const call = { id: "1", type: "function", function: { name: "f", arguments: "x".repeat(400) } };
    const messages = [user("Hi"), { role: "assistant", tool_calls: [call] }];

    expect(chat({ messages })).toBeGreaterThan(100);
    expect(chat({ messages, tools: [{ description: "d".repeat(400) }] })).toBeGreaterThan(200);
  });

  it("does not take a picture for text", () => {
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(100_000)}` } };

    expect(chat({ messages: [user([{ type: "text", text: "What is it?" }, image])] })).toBeLessThan(10);
  });

  it.each<[unknown, number]>([
    ["a".repeat(8), 2],
    [["a".repeat(8), "b".repeat(8)], 4],
    [[1, 2, 3], 3],
    [[[1, 2, 3], [4]], 4],
  ])("of an embedding request counts texts and token ids", (input, expected) => {
    expect(embeddings({ input })).toBe(expected);
  });
});
