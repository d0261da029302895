import { describe, expect, it } from "vitest";
import { completionsCodec } from "../../../src/wires/completions/codec.ts";

const request = (body: object) => ({ wire: "completions" as const, body: { model: "m", ...body } });

describe("completionsCodec", () => {
  it.each([
    ["no prompt", {}, "missing_required_parameter"],
    ["a number", { prompt: 1 }, "invalid_type"],
  ])("refuses %s, naming the field", (_what, body, wireCode) => {
    expect(() => completionsCodec.check({ model: "m", ...body })).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param: "prompt", wireCode }),
    );
  });

  it("takes a prompt of text for what the user says, and sees no text in token ids", () => {
    const texts = ["Hello", ["Hello"], [1, 2]].map((prompt) =>
      completionsCodec.messages({ prompt }).map(({ role, text }) => [role, text]),
    );

    expect(texts).toEqual([[["user", "Hello"]], [["user", "Hello"]], []]);
  });

  it("puts what is inserted before the prompt, and touches nothing where nothing is", () => {
    const given = request({ prompt: "Which hotel?" });

    expect(completionsCodec.withMessages(given, [{ keep: 0 }])).toBe(given);
    expect(completionsCodec.withMessages(given, [{ insert: "Known: Alba." }, { keep: 0 }]).body).toEqual({
      model: "m",
      prompt: "Known: Alba.\n\nWhich hotel?",
    });
  });

  it("counts text by its length, and a number as one token", () => {
    expect(completionsCodec.estimateTokens({ prompt: ["a".repeat(400)] })).toBe(100);
    expect(completionsCodec.estimateTokens({ prompt: [[1, 2, 3]] })).toBe(3);
  });

  it.each([
    [
      "text",
      '{"choices":[{"text":"Hi","index":0,"finish_reason":null}]}',
      { meaningful: true, terminal: false },
    ],
    [
      "the end",
      '{"choices":[{"text":"","index":0,"finish_reason":"stop"}]}',
      { meaningful: false, terminal: true },
    ],
    ["an error", '{"error":{"message":"no","code":"x"}}', { error: { message: "no", code: "x" } }],
    ["what is no JSON", "{half", { malformed: true }],
    ["the sentinel", "[DONE]", { terminal: true, last: true }],
  ])("tells of %s in a stream", (_what, data, facts) => {
    expect(completionsCodec.inspect({ data })).toMatchObject(facts);
  });
});
