import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesPattern } from "../src/name-pattern.ts";

describe("matchesPattern", () => {
  it.each([
    ["gpt-5", "gpt-5", true],
    ["gpt-5", "gpt-50", false],
    ["gpt-*", "gpt-", true],
    ["*", "", true],
    ["*-mini", "gpt-5-mini", true],
    ["a*a", "a", false],
    ["a*b*c", "a-c-b", false],
    ["a*b*c", "abbc", true],
    ["gpt-4.*", "gpt-4x1", false],
    ["*", "a line\nand another", true],
  ])("says of %s whether %j is meant", (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it("says what a regular expression with `.*` says", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });

    fc.assert(
      fc.property(letters, name, (pattern, text) => {
        expect(matchesPattern(pattern, text)).toBe(
          new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text),
        );
      }),
    );
  });
});
