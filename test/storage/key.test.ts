import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyAfter, keysUnder, parseKey, toKey } from "../../src/storage/key.ts";
import { compareKeys } from "../../src/storage/key-order.ts";
import { anyText } from "../any-text.ts";

/** Parts made of what could break a key: separators, escapes, half surrogates, and ordinary text. */
const part = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      "\u0000",
      "\u0001",
      "\u0002",
      "\u0003",
      "/",
      ":",
      "a",
      "\ud83d",
      "\ude00",
      "\ue000",
    ),
  }),
  anyText,
);
const parts = fc.array(part, { minLength: 1, maxLength: 4 });

describe("toKey", () => {
  it("makes keys that say their parts again", () => {
    fc.assert(
      fc.property(parts, (some) => {
        expect(parseKey(toKey(some))).toEqual(some);
      }),
    );
  });

  it("makes keys that survive UTF-8", () => {
    fc.assert(
      fc.property(parts, (some) => {
        expect(Buffer.from(toKey(some)).toString()).toBe(toKey(some));
      }),
    );
  });

  it("gives different parts different keys", () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        expect(toKey(left) === toKey(right)).toBe(JSON.stringify(left) === JSON.stringify(right));
      }),
    );
  });

  it("orders keys as their first differing parts are ordered", () => {
    const wellFormed = fc.array(anyText, { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(wellFormed, wellFormed, (left, right) => {
        const byParts = compareKeys(left[0]!, right[0]!) || compareKeys(left[1]!, right[1]!);

        expect(Math.sign(compareKeys(toKey(left), toKey(right)))).toBe(Math.sign(byParts));
      }),
    );
  });
});

describe("keysUnder", () => {
  it("holds exactly the keys that begin with the prefix and go on", () => {
    fc.assert(
      fc.property(parts, parts, (prefix, other) => {
        const { start, end } = keysUnder(prefix);
        const isInside = (some: readonly string[]): boolean =>
          compareKeys(toKey(some), start) >= 0 && compareKeys(toKey(some), end) < 0;
        const goesOn = other.length > prefix.length && prefix.every((one, index) => other[index] === one);

        expect(isInside([...prefix, ...other])).toBe(true);
        expect(isInside(prefix)).toBe(false);
        expect(isInside(other)).toBe(goesOn);
      }),
    );
  });
});

describe("keyAfter", () => {
  it("is behind the key and before every other key behind it", () => {
    fc.assert(
      fc.property(parts, parts, (some, other) => {
        const after = keyAfter(toKey(some));

        expect(compareKeys(toKey(some), after)).toBeLessThan(0);
        if (compareKeys(toKey(other), toKey(some)) > 0) {
          expect(compareKeys(after, toKey(other))).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

describe("compareKeys", () => {
  it("orders as the UTF-8 bytes are ordered", () => {
    const text = fc.oneof(anyText, fc.string({ unit: fc.constantFrom("\ue000", "\uffff", "😀", "a") }));
    fc.assert(
      fc.property(text, text, (left, right) => {
        const byBytes = Buffer.compare(Buffer.from(left), Buffer.from(right));

        expect(Math.sign(compareKeys(left, right))).toBe(byBytes);
      }),
    );
  });
});
