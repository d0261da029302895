import { describe, expect, it } from "vitest";
import { stemCyrillic } from "../../../src/core/retrieval/cyrillic-stem.ts";

describe("stemCyrillic", () => {
  it.each([
    ["cases of a noun", ["гостиница", "гостиницы", "гостинице", "гостиницу", "гостиницей", "гостиницах"]],
    ["forms of an adjective", ["новый", "новая", "новое", "новые", "нового", "новому", "новыми", "новых"]],
    ["forms of a verb", ["работает", "работала", "работали", "работать"]],
    ["a verb that is about itself", ["начиналась", "начинала"]],
    ["two spellings of a letter", ["самолёты", "самолетами"]],
  ])("gives %s one stem", (_what, words) => {
    expect(new Set(words.map(stemCyrillic)).size).toBe(1);
  });

  it("leaves different words different, and short ones nearly as they are", () => {
    expect(stemCyrillic("отель")).not.toBe(stemCyrillic("отдел"));
    expect(stemCyrillic("дом")).toBe("дом");
    expect(stemCyrillic("дома")).toBe("дом");
    expect(stemCyrillic("на")).toBe("на");
  });
});
