import fc from "fast-check";
import { expect, it } from "vitest";
import { Heap } from "../../src/scheduler/heap.ts";

interface Item {
  readonly rank: number;
}

type Step = { readonly add: number } | { readonly remove: number };

const step = fc.oneof(
  fc.record({ add: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ remove: fc.nat(200) }),
);

it("has the smallest at hand after any sequence of arrivals and departures", () => {
  fc.assert(
    fc.property(fc.array<Step>(step, { maxLength: 200 }), (steps) => {
      const heap = new Heap<Item>((one, other) => one.rank < other.rank);
      const model: Item[] = [];

      for (const each of steps) {
        if ("add" in each) {
          const item = { rank: each.add };
          model.push(item);
          heap.add(item);
        } else if (model.length > 0) {
          const [item] = model.splice(each.remove % model.length, 1);
          expect(heap.remove(item!)).toBe(true);
          expect(heap.remove(item!)).toBe(false);
        }
        const smallest = model.length === 0 ? undefined : Math.min(...model.map(({ rank }) => rank));
        expect([heap.size, heap.first?.rank]).toEqual([model.length, smallest]);
      }
    }),
  );
});

it("counts who comes before somebody who is not in it", () => {
  const heap = new Heap<Item>((one, other) => one.rank < other.rank);
  for (const rank of [1, 2, 3, 5, 8]) heap.add({ rank });

  expect(heap.countBefore({ rank: 4 })).toBe(3);
});
