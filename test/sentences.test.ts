import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitSentences } from "../src/sentences.ts";

describe("splitSentences", () => {
  it.each([
    ["sentences", "One is here. Two? Three!", ["One is here. ", "Two? ", "Three!"]],
    ["lines", "A list:\n- one\n- two", ["A list:\n", "- one\n", "- two"]],
    ["quoted sentences", 'He said "Go." Then he left.', ['He said "Go." ', "Then he left."]],
    ["sentences of Han scripts", "第一。第二！", ["第一。", "第二！"]],
    [
      "not where a wrapped line goes on",
      "It leaves\nat 9:40. Be\nthere.",
      ["It leaves\nat 9:40. ", "Be\nthere."],
    ],
    ["not within a number", "It costs 1.50 euros.", ["It costs 1.50 euros."]],
  ])("parts between %s", (_what, text, expected) => {
    expect(splitSentences(text)).toEqual(expected);
  });

  it("loses nothing: put together again, the parts are the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(splitSentences(text).join("")).toBe(text);
      }),
    );
  });
});
