import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lexicalRanker } from "../../../src/core/retrieval/lexical.ts";
import type { RankedText } from "../../../src/ranker.ts";

const rank = (query: string, documents: readonly (string | RankedText)[]) =>
  lexicalRanker().rank(query, documents);

/** Index of the best document. */
function best(query: string, documents: readonly string[]): number {
  const scores = rank(query, documents);
  return scores.indexOf(Math.max(...scores));
}

const far = ["Rain.", "Wind.", "Snow."];

describe("lexicalRanker", () => {
  it.each([
    [
      "by a shared word",
      "Which hotel has rooms?",
      ["The ferry leaves at nine.", ...far, "The hotel has eleven rooms."],
      4,
    ],
    [
      "by a word with another ending",
      "Who booked it?",
      ["The boat is blue.", ...far, "A booking by Anna."],
      4,
    ],
    ["by the rarer word", "hotel deposit", ["hotel", ...far, "hotel", ...far, "deposit"], 8],
    ["in Russian", "гостиницы", ["Паром уходит утром.", ...far, "Гостиница держит номера."], 4],
    [
      "in Chinese, which writes no spaces",
      "酒店押金多少",
      ["渡轮九点出发。", ...far, "酒店要求四百欧元押金。"],
      4,
    ],
    ["in Thai, which writes no spaces", "โรงแรมอยู่ที่ไหน", ["เรือออกเก้าโมง", ...far, "โรงแรมใกล้สถานี"], 4],
    ["with a word misspelt", "conferense", ["The ferry leaves.", ...far, "The conference room."], 4],
    ["with full-width letters", "ＨＯＴＥＬ", ["The ferry leaves.", ...far, "The hotel."], 4],
  ])("finds a text %s", (_name, query, documents, expected) => {
    expect(best(query, documents)).toBe(expected);
  });

  it("puts a text with all of the query before one with a part of it often", () => {
    const documents = ["hotel hotel hotel hotel hotel", ...far, ...far, "hotel deposit"];

    expect(best("hotel deposit", documents)).toBe(7);
  });

  it("lends score to the two texts on each side", () => {
    const documents = ["Rain.", "Wind.", "Snow.", "The deposit is 400.", "Hail.", "Sun.", "Fog."];

    const scores = rank("deposit", documents);

    const own = scores[3]!;
    expect(scores.map((score) => Number((score / own).toFixed(2)))).toEqual([
      0, 0.15, 0.45, 1, 0.45, 0.15, 0,
    ]);
  });

  it("lends nothing across the border of a group", () => {
    const scores = rank("deposit", [
      { text: "Rain.", group: "a" },
      { text: "The deposit is 400.", group: "b" },
      { text: "Snow.", group: "b" },
    ]);

    expect(scores[0]).toBe(0);
    expect(scores[2]).toBeGreaterThan(0);
  });

  it("prefers a text whose whole group is about the question", () => {
    const documents = [
      { text: "The deposit is due.", group: "boats" },
      { text: "Boats are blue.", group: "boats" },
      { text: "Rain.", group: "weather" },
      { text: "The deposit is due!", group: "hotels" },
      { text: "The hotel has rooms, and a hotel needs them.", group: "hotels" },
    ];

    expect(rank("hotel deposit", documents)[3]).toBeGreaterThan(rank("hotel deposit", documents)[0]!);
  });

  it("takes a title for words of each text below it", () => {
    const documents = [
      { text: "It has eleven rooms.", group: "a", title: "Harbour hotel" },
      { text: "It has two decks.", group: "b", title: "Ferry" },
    ];

    const [hotel, ferry] = rank("harbour hotel", documents);

    expect(hotel).toBeGreaterThan(0);
    expect(ferry).toBe(0);
  });

  it("finds by its date what was said in the month that the question names", () => {
    const said = (month: number) => ({
      text: "We went sailing.",
      date: Date.UTC(2026, month, 8),
      speaker: "Ann",
    });

    const [may, june] = rank("Did they go sailing in June 2026?", [said(4), said(5)]);

    expect(june).toBeGreaterThan(may!);
  });

  it("prefers the speaker whom the question names, and does not search for the name", () => {
    const documents = [
      { text: "I booked the ferry.", speaker: "Ann" },
      ...far.map((text) => ({ text, speaker: "Ann" })),
      { text: "Ann, hello, Ann!", speaker: "Bob" },
      ...far.map((text) => ({ text, speaker: "Ann" })),
      { text: "I booked the ferry.", speaker: "Bob" },
    ];

    const scores = rank("What did Bob say of the ferry that was booked?", documents);

    expect(scores[8]).toBeGreaterThan(scores[0]!);
    expect(rank("Ann ferry", documents)[4]).toBeLessThan(rank("Ann ferry", documents)[0]!);
  });

  it("has more for whatever the named speaker says than for others, but nothing where nothing matches", () => {
    const documents = [
      { text: "The ferry was late.", speaker: "Bob", group: "monday" },
      { text: "Last year we painted the house.", speaker: "Bob", group: "tuesday" },
      { text: "Last year we painted the house.", speaker: "Ann", group: "tuesday" },
    ];

    const [, bob, ann] = rank("Which ferry did Bob take?", documents);

    expect(bob).toBeGreaterThan(ann!);
    expect(rank("Does Bob play the violin?", documents)).toEqual([0, 0, 0]);
  });

  it("brings a stretch of talk where the question is about what was discussed", () => {
    const turn = (text: string) => ({ text, speaker: "Ann" });
    const filler = Array.from({ length: 40 }, () => turn("Well."));
    const documents = [...filler, turn("The remote needs buttons."), ...filler, turn("Remote."), ...filler];

    const reach = (query: string): number => rank(query, documents).filter((score) => score > 0.2).length;

    expect(reach("Summarize the discussion on the buttons of the remote.")).toBeGreaterThan(
      reach("Which buttons does the remote need?"),
    );
  });

  it("follows a title that the question names to its document, the sooner the nearer its beginning", () => {
    const documents = [
      { text: "A boat is blue, and a big one.", group: "1", title: "Boats" },
      { text: "It has two decks.", group: "2", title: "Blue Harbour" },
      { text: "It has a bar.", group: "2", title: "Blue Harbour" },
      { text: "It has two rooms.", group: "3", title: "Harbour" },
    ];

    const [, first, second, other] = rank("Is the boat Blue Harbour big?", documents);

    expect(first).toBeGreaterThan(second!);
    expect(second).toBeGreaterThan(other!);
  });

  it("prefers of a document's equal texts its introduction", () => {
    const texts = ["A deposit is due.", ...far, ...far, "A deposit is due."];
    const documents = [
      ...texts.map((text) => ({ text, group: "1", title: "Hotels" })),
      { text: "Boats.", group: "2", title: "Boats" },
    ];

    const scores = rank("deposit", documents);

    expect(scores[0]).toBeGreaterThan(scores[7]!);
    expect(scores[8]).toBe(0);
  });

  it("follows titles of documents among what was said, too", () => {
    const documents = [
      { text: "The film Blue Harbour was directed by Ann Lee.", group: "1", title: "Blue Harbour" },
      { text: "She was born in Graz.", group: "3", title: "Ann Lee" },
      { text: "It rains.", group: "session", speaker: "Bob" },
    ];

    expect(rank("Where was the director of Blue Harbour from?", documents)[1]).toBeGreaterThan(0);
  });

  it("follows a title that one of the best texts names to its document", () => {
    const documents = [
      { text: "The film Blue Harbour was directed by Ann Lee.", group: "1", title: "Blue Harbour" },
      { text: "A boat is blue.", group: "2", title: "Boats" },
      { text: "She was born in Graz.", group: "3", title: "Ann Lee" },
      { text: "He was born in Linz.", group: "4", title: "Karl Moser" },
    ];

    const scores = rank("In which town was the director of Blue Harbour born?", documents);

    expect(scores[2]).toBeGreaterThan(scores[3]!);
  });

  it("prefers what holds the kind of thing that is asked for", () => {
    const documents = ["The deposit is high.", ...far, "The deposit is 400."];

    expect(best("How many euros is the deposit?", documents)).toBe(4);
  });

  it.each([
    ["no text has a word of the query", "deposit", far],
    [
      "the query has only stop words",
      "what is it about?",
      ["What it is about is this.", "It is what it is."],
    ],
    ["the query is empty", "", far],
    ["the texts are empty", "deposit", ["", ""]],
  ])("gives 0 to all where %s", (_name, query, documents) => {
    expect(rank(query, documents)).toEqual(documents.map(() => 0));
  });

  it("gives no scores where there are no texts", () => {
    expect(rank("deposit", [])).toEqual([]);
  });

  it("gives one finite score ≥ 0 a text, the same each time", () => {
    const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 60 }), { maxLength: 12 });

    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), texts, (query, documents) => {
        const scores = rank(query, documents);

        expect(scores).toHaveLength(documents.length);
        expect(scores.every((score) => Number.isFinite(score) && score >= 0)).toBe(true);
        expect(rank(query, documents)).toEqual(scores);
      }),
    );
  });

  it("scores a text it has read before as if it were new", () => {
    const ranker = lexicalRanker();
    const documents = ["The hotel has eleven rooms.", "The ferry leaves at nine."];
    ranker.rank("ferry", documents);

    expect(ranker.rank("hotel rooms", documents)).toEqual(rank("hotel rooms", documents));
  });

  it("ranks by a question as long as a book while a caller can wait", () => {
    const wordsFrom = (start: number, count: number): string =>
      Array.from({ length: count }, (_value, index) => ((start + index) * 7).toString(36)).join(" ");
    const documents = Array.from({ length: 2_000 }, (_value, index) => wordsFrom(index, 50));

    const startedAt = performance.now();
    const scores = lexicalRanker().rank(wordsFrom(0, 100_000), documents);

    // Every term of the query looked up in every document would be minutes.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(scores).toHaveLength(documents.length);
  }, 60_000);

  it("reads the end of a query that is longer than any question", () => {
    const [ferry, hotel] = rank(`${"ferry ".repeat(20_000)}Which hotel?`, ["a ferry", "a hotel"]);
    const [before] = rank(`ferry ${"x ".repeat(40_000)}`, ["a ferry"]);

    expect(ferry).toBeGreaterThan(0);
    expect(hotel).toBeGreaterThan(0);
    expect(before).toBe(0);
  });
});
