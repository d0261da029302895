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
    [
      "questions of Arabic and sentences of Hindi",
      "أين العبارة؟ هنا. यह है। वह है।",
      ["أين العبارة؟ ", "هنا. ", "यह है। ", "वह है।"],
    ],
    ["quoted sentences of Han scripts, behind the quote", "「第一。」第二。", ["「第一。」", "第二。"]],
    [
      "not behind an initial",
      "By J. R. Tolkien, in the U.S. Army. Yes.",
      ["By J. R. Tolkien, in the U.S. Army. ", "Yes."],
    ],
    [
      "not behind a short word before a name",
      "Dr. Lee of St. Gallen. Yes.",
      ["Dr. Lee of St. Gallen. ", "Yes."],
    ],
    ["not behind the number of a thing", "Es ist der 5. Mai. Ja.", ["Es ist der 5. Mai. ", "Ja."]],
    ["behind a year", "It was in 2004. Then it rained.", ["It was in 2004. ", "Then it rained."]],
    ["behind a word that ends like a short one", "It is solvent. He left.", ["It is solvent. ", "He left."]],
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
