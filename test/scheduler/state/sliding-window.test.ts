import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlidingWindow } from "../../../src/scheduler/state/sliding-window.ts";

describe("SlidingWindow", () => {
  it("counts what was used for a minute at least, and for a second more at most", () => {
    const window = new SlidingWindow();
    window.add(5, 100_500);

    expect(window.total(160_500)).toBe(5);
    expect(window.total(160_999)).toBe(5);
    expect(window.total(161_000)).toBe(0);
  });

  it("knows when there is room: when enough of the oldest use has left", () => {
    const window = new SlidingWindow();
    window.add(4, 0);
    window.add(3, 10_000);
    window.add(3, 20_000);

    expect(window.roomIn(0, 10, 20_000)).toBe(0);
    expect(window.roomIn(4, 10, 20_000)).toBe(41_000);
    expect(window.roomIn(5, 10, 20_000)).toBe(51_000);
    expect(window.roomIn(10, 10, 20_000)).toBe(61_000);
  });

  it("changes what was added as long as that counts, and not after", () => {
    const window = new SlidingWindow();
    const slot = window.add(10, 0);

    window.correct(slot, -4, 30_000);
    expect(window.total(30_000)).toBe(6);

    window.correct(slot, -4, 61_000);
    expect(window.total(61_000)).toBe(0);
  });

  it("stands still while time goes backwards", () => {
    const window = new SlidingWindow();
    window.add(1, 100_000);
    window.add(1, 40_000);

    expect(window.total(100_000)).toBe(2);
  });

  it("says how old each use is", () => {
    const window = new SlidingWindow();
    window.add(2, 1_000);
    window.add(3, 4_000);

    expect([...window.used(5_000)]).toEqual([
      [1, 3],
      [4, 2],
    ]);
  });

  it("never counts less than the last minute's use, and after the wait it names the amount fits", () => {
    const use = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 20_000 }));
    fc.assert(
      fc.property(fc.array(use, { maxLength: 60 }), fc.integer({ min: 0, max: 30 }), (uses, amount) => {
        const window = new SlidingWindow();
        const added: [at: number, amount: number][] = [];
        let now = 1_000_000;
        for (const [used, afterMs] of uses) {
          now += afterMs;
          window.add(used, now);
          added.push([now, used]);
          const inMinute = added.reduce((sum, [at, each]) => sum + (at > now - 60_000 ? each : 0), 0);
          expect(window.total(now)).toBeGreaterThanOrEqual(inMinute);
        }
        const wait = window.roomIn(amount, 30, now);

        expect(window.roomIn(amount, 30, now + wait)).toBe(0);
      }),
    );
  });
});
