import { describe, expect, it } from "vitest";
import { distinctness, identifiersOf } from "../../../src/core/blocks/identifiers.ts";

const valuesOf = (text: string) => identifiersOf(text).map(({ value }) => value);

describe("identifiersOf", () => {
  it("takes every short value of JSON, under its key, as it is spelled", () => {
    const found = identifiersOf(
      '{"id": "H9ZU1C", "price": 174.50, "legs": [{"flight": "HAT192"}, {"flight": "HAT166"}]}',
    );

    expect(found).toEqual([
      { name: "id", value: "H9ZU1C" },
      { name: "price", value: "174.50" },
      { name: "flight", value: "HAT192" },
      { name: "flight", value: "HAT166" },
    ]);
  });

  it("keeps a number that no machine word holds", () => {
    expect(valuesOf('{"id": 12345678901234567890}')).toEqual(["12345678901234567890"]);
  });

  it("takes the keys of a dictionary too, where they name things", () => {
    expect(valuesOf('{"payment_methods": {"gift_card_7359776": {"amount": 39}}}')).toEqual([
      "gift_card_7359776",
      "39",
    ]);
  });

  it("reads escaped text as what it says", () => {
    expect(valuesOf('{"path": "a\\\\b\\u0041"}')).toEqual(["a\\bA"]);
  });

  it.each([
    ["ids", "My user ID is mia_kim_4397, please.", ["ID", "mia_kim_4397"]],
    ["paths", "see src/core/compile.ts and pkg.module", ["src/core/compile.ts", "pkg.module"]],
    ["amounts and dates", "it costs $106 on 2024-05-20.", ["$106", "2024-05-20"]],
    ["addresses", "write to mia@example.com", ["mia@example.com"]],
    ["ordinary words", "Thank you for the hotel.", []],
  ])("finds %s in plain text", (_, text, values) => {
    expect(valuesOf(text)).toEqual(values);
  });

  it("reads text that is not whole", () => {
    expect(valuesOf('[{"id": "A1", "name": "cut of')).toEqual(["A1"]);
  });

  it("tells what names one thing from what is one of many", () => {
    expect(["mia_kim_4397", "HAT192", "src/a.ts"].map(distinctness)).toEqual([2, 2, 2]);
    expect(["Mia", "2024-05-20", "SEA", "one_way"].map(distinctness)).toEqual([1, 1, 1, 1]);
    expect(["14:00:00", "174", "$106", "2024-05-01T04:50:18", "available"].map(distinctness)).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });
});
