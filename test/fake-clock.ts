import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../src/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that moves only when told. Sleepers wake in the order of their times, those of one time in order of arrival. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = Date.parse("2026-01-01T00:00:00Z")) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** How many sleepers there are: 0 when nothing left a timer behind. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      const wake = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Moves time forward by `ms`; after each sleeper that is due, what it set going runs until it waits again. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await nextTurn();
    for (let due = this.#firstDue(end); due !== undefined; due = this.#firstDue(end)) {
      const { at, wake } = due;
      this.#sleepers = this.#sleepers.filter((other) => other !== due);
      this.#now = at;
      wake();
      await nextTurn();
    }
    this.#now = end;
  }

  #firstDue(end: number): Sleeper | undefined {
    const due = this.#sleepers.filter(({ at }) => at <= end);
    return due.reduce<Sleeper | undefined>(
      (first, sleeper) => (first && first.at <= sleeper.at ? first : sleeper),
      undefined,
    );
  }
}
