/**
 * A quantile of the latest observations: a ring of 128, sorted anew after every sixteenth. What it says is at most
 * fifteen observations old; observing and asking cost O(1) besides.
 */

const KEPT = 128;
const SORTED_EVERY = 16;

export class LatencyQuantile {
  readonly #quantile: number;
  readonly #ring: number[] = [];
  #observed = 0;
  #value: number | undefined;

  /** @param quantile - in (0, 1) */
  constructor(quantile: number) {
    this.#quantile = quantile;
  }

  /** In the unit observed; `undefined` before the sixteenth observation. */
  get value(): number | undefined {
    return this.#value;
  }

  observe(ms: number): void {
    this.#ring[this.#observed % KEPT] = ms;
    this.#observed += 1;
    if (this.#observed % SORTED_EVERY !== 0) return;
    const sorted = this.#ring.toSorted((one, other) => one - other);
    this.#value = sorted[Math.min(sorted.length - 1, Math.floor(this.#quantile * sorted.length))];
  }
}
