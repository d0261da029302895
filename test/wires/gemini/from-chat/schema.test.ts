import { describe, expect, it } from "vitest";
import { toGeminiSchema } from "../../../../src/wires/gemini/from-chat/schema.ts";
import type { WireBody } from "../../../../src/wires/wire.ts";

function clean(schema: WireBody) {
  const dropped: string[] = [];
  return { schema: toGeminiSchema(schema, "s", (path) => void dropped.push(path)), dropped };
}

describe("toGeminiSchema", () => {
  it("keeps what Gemini reads, at every depth", () => {
    const schema = {
      type: "object",
      title: "T",
      properties: {
        list: { type: "array", items: { type: "string", format: "date" }, minItems: 1, maxItems: 2 },
        either: { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }] },
        node: { $ref: "#/$defs/node" },
        open: { type: "object", additionalProperties: { type: "number" } },
      },
      required: ["list"],
      additionalProperties: false,
      $defs: { node: { type: "string", enum: ["a", "b"] } },
    };

    expect(clean(schema)).toEqual({ schema, dropped: [] });
  });

  it.each<[string, WireBody, WireBody, string[]]>([
    ["a constant", { const: "x" }, { enum: ["x"] }, []],
    [
      "a constant that is no text and no number",
      { type: "boolean", const: true },
      { type: "boolean" },
      ["s.const"],
    ],
    ["a choice with null", { enum: ["a", null] }, { enum: ["a"] }, ["s.enum"]],
    [
      "the old name of definitions",
      { $ref: "#/definitions/a", definitions: { a: { type: "string" } } },
      { $ref: "#/$defs/a", $defs: { a: { type: "string" } } },
      [],
    ],
    [
      "what stands beside a reference",
      { $ref: "#/$defs/a", description: "d" },
      { $ref: "#/$defs/a" },
      ["s.description"],
    ],
    [
      "all of one",
      { allOf: [{ type: "string" }], description: "d" },
      { type: "string", description: "d" },
      [],
    ],
    [
      "all of several",
      { type: "object", allOf: [{ type: "object" }, { required: ["a"] }] },
      { type: "object" },
      ["s.allOf"],
    ],
    ["nullable", { type: "string", nullable: true }, { type: ["string", "null"] }, []],
    [
      "the dialect",
      { $schema: "https://json-schema.org/draft/2020-12/schema", type: "string" },
      { type: "string" },
      [],
    ],
    [
      "what narrows deep inside",
      { properties: { a: { items: { pattern: "^x", minLength: 1 } } } },
      { properties: { a: { items: {} } } },
      ["s.properties.a.items.pattern", "s.properties.a.items.minLength"],
    ],
    [
      "a keyword inside a choice",
      { anyOf: [{ type: "string" }, { not: {} }] },
      { anyOf: [{ type: "string" }, {}] },
      ["s.anyOf[1].not"],
    ],
    [
      "a property that is named like a keyword",
      { properties: { pattern: { type: "string" } } },
      { properties: { pattern: { type: "string" } } },
      [],
    ],
  ])("says %s in its words, and names what it leaves out", (_what, given, schema, dropped) => {
    expect(clean(given)).toEqual({ schema, dropped });
  });
});
