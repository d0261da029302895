import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passages } from "../../../src/core/retrieval/passages.ts";

describe("passages", () => {
  it("parts a text so that together the parts are the text, each short and no character cut in two", () => {
    const texts = fc.array(fc.constantFrom("word ", "end. ", "\n", "文字。", "😀", "x".repeat(700)), {
      maxLength: 400,
    });

    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join("");

        const found = passages(text);

        expect(found.join("")).toBe(text);
        expect(found.every((passage) => passage.length <= 680 && passage !== "")).toBe(true);
        expect(found.some((passage) => /\p{Cs}/u.test(passage))).toBe(false);
      }),
    );
  });

  it("parts between sentences where it can", () => {
    const sentence = `${"word ".repeat(40)}end. `;

    expect(passages(sentence.repeat(4))).toEqual([sentence, sentence, sentence, sentence]);
  });

  it("keeps short sentences together, and long ones whole", () => {
    const long = `${"word ".repeat(100)}end. `;

    expect(passages(`One. Two.\nThree. ${long}Four.`)).toEqual([`One. Two.\nThree. ${long}`, "Four."]);
  });
});
