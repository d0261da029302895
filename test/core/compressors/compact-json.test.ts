import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compactJson } from "../../../src/core/compressors/json/compact-json.ts";
import { focusOn } from "./focus.ts";

const json = compactJson();
const compress = (text: string): string | undefined => json.compress(text, focusOn())?.text;
const decompress = (text: string | undefined): string | undefined => json.decompress?.(text ?? "");

/** The same value with so much beside it that can be written shorter that the whole gets shorter too. */
function withPadding(text: string): string {
  const padding = Array.from({ length: 9 }, (_, index) => ({ index, padding: "padding" }));
  return `{"value":${text},"padding":${JSON.stringify(padding)}}`;
}

describe("compactJson", () => {
  it("writes a list of objects as a table, and says how to read it", () => {
    const flights = JSON.stringify([
      { number: "HAT069", from: "JFK", seats: { economy: 12, business: 3 } },
      { number: "HAT083", from: "JFK", seats: { economy: 7, business: 0 } },
    ]);

    expect(compress(flights)).toBe(
      [
        "Compact JSON, (keys shared=value) rows:",
        "[(number from=JFK seats(economy business))",
        " HAT069 12 3",
        " HAT083 7 0]",
      ].join("\n"),
    );
  });

  it("writes objects under keys as a table with the key in each row, and says where one lacks a value", () => {
    const methods = JSON.stringify({
      card_1: { source: "credit_card", last_four: "7447", id: "card_1" },
      gift_2: { source: "gift_card", amount: 100, id: "gift_2" },
      gift_3: { source: "gift_card", amount: 250, id: "gift_3" },
    });

    expect(compress(methods)).toBe(
      [
        "Compact JSON, (keys shared=value) rows, - absent:",
        "key(source amount last_four id=key)",
        ' card_1 credit_card - "7447"',
        " gift_2 gift_card 100 -",
        " gift_3 gift_card 250 -",
      ].join("\n"),
    );
  });

  it("groups rows in lists of lists", () => {
    const trips = JSON.stringify([
      [
        { from: "JFK", to: "ATL" },
        { from: "ATL", to: "SEA" },
      ],
      [
        { from: "JFK", to: "ORD" },
        { from: "ORD", to: "SEA" },
      ],
    ]);

    expect(compress(trips)).toBe(
      ["Compact JSON, (keys) rows:", "[([(from to)])", " [JFK ATL, ATL SEA]", " [JFK ORD, ORD SEA]]"].join(
        "\n",
      ),
    );
  });

  it.each([
    [
      "numbers",
      '{"a": 1.0, "b": 1e5, "c": -0, "d": 12345678901234567890123, "e": 0.10, "some": "more text"}',
    ],
    ["escapes", '{"a": "\\u00e9\\n", "b": "tab\\t", "c": "\\ud800", "d": "slash\\/", "some": "more text"}'],
    ["keys twice", '{"a": 1, "a": 2, "a": {"b": 3}, "some text": "that makes it long"}'],
    [
      "keys that objects have anyway",
      '{"__proto__": {"x": 1}, "constructor": {"x": 2}, "toString": {"x": 3}}',
    ],
    [
      "strings that look like something else",
      '["-", "key", "true", "null", "12", "", " ", "a,b", "(a)", "x=y", "Infinity"]',
    ],
    [
      "the key of a row as text",
      '{"first key": {"v": "key", "w": "key"}, "second key": {"v": "key", "w": "key"}}',
    ],
    ["empty values", '{"list": [], "object": {}, "lists": [[], []], "objects": [{}, {}], "text": ""}'],
    [
      "rows that are alike to the last",
      '[{"a": "same", "b": 1}, {"a": "same", "b": 1}, {"a": "same", "b": 1}]',
    ],
  ])("keeps %s as they are spelled", (_what, text) => {
    const padded = withPadding(text);

    const compact = compress(padded);

    expect(decompress(compact)).toBe(padded.replaceAll(/("(?:[^"\\]|\\.)*")|\s/g, "$1"));
  });

  it("gives the same value back, whatever it was, with keys in order", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "-",
        "key",
        "true",
        "a b",
        "",
        "12",
        "__proto__",
        "x:y",
        "a=b",
        "é",
        "中文",
        "(",
        "]",
        "name",
        "id",
      ),
      fc.string(),
    );
    const rows = fc.array(
      fc.dictionary(word, fc.oneof(word, fc.double({ noNaN: true }), fc.constant(null))),
      {
        maxLength: 6,
      },
    );
    const alike = fc.array(
      fc.record(
        {
          id: word,
          n: fc.integer(),
          d: fc.record({ x: word, y: fc.boolean() }),
          l: fc.array(fc.record({ q: word })),
        },
        { requiredKeys: ["id"] },
      ),
      { maxLength: 6 },
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        word,
        fc.integer(),
        rows,
        alike,
        fc.array(alike, { maxLength: 3 }),
        fc.dictionary(word, tie("tree"), { maxKeys: 5 }),
        fc.array(tie("tree"), { maxLength: 5 }),
      ),
    }));

    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = withPadding(JSON.stringify(value, undefined, indent));
        const compact = compress(text);
        expect(decompress(compact)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it("takes one value a line, and gives lines back", () => {
    const lines = [
      '{"level":"info","status":200}',
      '{"level":"warn","status":404}',
      '{"level":"info","status":200}',
    ];

    const compact = compress(`${lines.join("\n")}\n`);

    expect(compact).toMatch(/^Compact JSON lines, \(keys\) rows:\n/);
    expect(decompress(compact)).toBe(lines.join("\n"));
  });

  it("leaves what it wrote alone", () => {
    const compact = compress(JSON.stringify(Array.from({ length: 5 }, (_, index) => ({ index, name: "x" }))));

    expect(compact).toBeDefined();
    expect(compress(compact ?? "")).toBeUndefined();
  });

  it.each([
    ["is no JSON", '{"a": 1'],
    ["is one plain value", '"a long string in quotes, and nothing else"'],
    ["nests deeper than a stack bears", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["would get longer", "[1]"],
  ])("leaves alone what %s", (_what, text) => {
    expect(compress(text)).toBeUndefined();
  });
});
