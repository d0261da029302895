import fc from "fast-check";
import { expect, it } from "vitest";
import { compareKeys } from "../../src/storage/key-order.ts";
import { SortedKeys } from "../../src/storage/sorted-keys.ts";

const key = fc.string({ minLength: 1, maxLength: 3 });

it("agrees with a plain sorted list over any additions and deletions, many blocks of them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat(4_000)), { minLength: 2_000, maxLength: 6_000 }),
      key,
      key,
      (changes, start, end) => {
        const keys = new SortedKeys();
        const plain = new Set<string>();
        for (const [adds, number] of changes) {
          const name = number.toString(36);
          if (adds || number % 3 > 0) keys.add(name);
          else keys.delete(name);
          if (adds || number % 3 > 0) plain.add(name);
          else plain.delete(name);
        }

        const expected = [...plain]
          .filter((name) => compareKeys(name, start) >= 0 && compareKeys(name, end) < 0)
          .sort(compareKeys);
        expect([...keys.between(start, end)]).toEqual(expected);
        expect([...keys.betweenReversed(start, end)]).toEqual(expected.reverse());
        expect([...keys.between("", "\u{10ffff}")]).toEqual([...plain].sort(compareKeys));
      },
    ),
    { numRuns: 30 },
  );
});

it("is empty again when all are deleted or it is cleared", () => {
  const names = Array.from({ length: 5_000 }, (_, index) => String(index));
  const keys = new SortedKeys();
  for (const name of names) keys.add(name);

  for (const name of names) keys.delete(name);

  expect([...keys.between("", "\u{10ffff}")]).toEqual([]);
  expect([...keys.betweenReversed("", "\u{10ffff}")]).toEqual([]);
  keys.add("again");
  expect([...keys.between("", "\u{10ffff}")]).toEqual(["again"]);
  keys.clear();
  expect([...keys.between("", "\u{10ffff}")]).toEqual([]);
});
