import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, canonicalHash } from "../../../src/scheduler/cache/key.ts";

describe("canonicalHash", () => {
  it("is the same in whatever order fields were written, at any depth (defect 59)", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalHash(reversed(value))).toBe(canonicalHash(value));
      }),
    );
  });

  it("differs wherever the values differ", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const same = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));

        expect(canonicalHash(left) === canonicalHash(right)).toBe(same);
      }),
    );
  });

  it("keeps the order of lists, tells null from nothing, and 1 from 1.0 not at all", () => {
    expect(canonical([2, 1])).not.toBe(canonical([1, 2]));
    expect(canonical({ a: null })).not.toBe(canonical({}));
    expect(canonical({ a: undefined })).toBe(canonical({}));
    expect(canonical(JSON.parse("1.0"))).toBe(canonical(1));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, reversed(inner)] as const);
  return Object.fromEntries(entries.reverse());
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value)
    .map(([name, inner]) => [name, sorted(inner)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  // Not the list itself: {} is another value than [].
  return { fields };
}
