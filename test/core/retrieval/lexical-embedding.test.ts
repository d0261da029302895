import { describe, expect, it } from "vitest";
import { lexicalEmbedder } from "../../../src/core/retrieval/lexical-embedding.ts";

const embedder = lexicalEmbedder();

function likeness(one: string, other: string): number {
  const [a, b] = embedder.embed([one, other]);
  return a!.reduce((sum, value, index) => sum + value * b![index]!, 0);
}

describe("lexicalEmbedder", () => {
  it("gives one vector of length 1 a text, in order", () => {
    const texts = ["The hotel has rooms.", "渡轮九点出发。", "x"];

    const vectors = embedder.embed(texts);

    expect(vectors).toHaveLength(3);
    for (const vector of vectors) {
      expect(vector).toHaveLength(embedder.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(vectors[1]).toEqual(embedder.embed([texts[1]!])[0]);
  });

  it.each(["", "   ", "?!…"])("gives all zeros for %j, which has no words", (text) => {
    expect(embedder.embed([text])[0]?.every((value) => value === 0)).toBe(true);
  });

  it("gives a text of stop words only a vector of its own", () => {
    expect(Math.hypot(...embedder.embed(["What is it?"])[0]!)).toBeCloseTo(1, 5);
  });

  it("does not see case, punctuation or endings", () => {
    expect(likeness("Booking the hotel", "booking THE hotel!")).toBeCloseTo(1, 5);
    expect(likeness("booked hotels", "booking a hotel")).toBeGreaterThan(0.7);
  });

  it("is the higher the more words two texts share", () => {
    const question = "How much deposit does the hotel want?";

    const same = likeness(question, "The hotel wants a deposit of 400 euros.");
    const some = likeness(question, "The hotel has eleven rooms.");
    const none = likeness(question, "Ferries leave in the morning.");

    expect(same).toBeGreaterThan(some);
    expect(some).toBeGreaterThan(none);
    expect(Math.abs(none)).toBeLessThan(0.2);
  });
});
