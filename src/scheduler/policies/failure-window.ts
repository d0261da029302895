/**
 * Successes and failures of the last `windowMs`, in ten buckets: the oldest is dropped whole, so what is counted is
 * between nine and ten tenths of the window. Recording and asking are O(1); an idle window costs nothing.
 */

const BUCKETS = 10;

interface Bucket {
  /** Which tenth of a window it holds, counted from the epoch. */
  slot: number;
  total: number;
  failed: number;
}

export class FailureWindow {
  readonly #slotMs: number;
  readonly #buckets: readonly Bucket[];

  constructor(windowMs: number) {
    this.#slotMs = windowMs / BUCKETS;
    this.#buckets = Array.from({ length: BUCKETS }, () => ({ slot: -1, total: 0, failed: 0 }));
  }

  record(failed: boolean, now: number): void {
    const slot = Math.floor(now / this.#slotMs);
    const bucket = this.#buckets[slot % BUCKETS];
    if (bucket === undefined) return;
    if (bucket.slot !== slot) Object.assign(bucket, { slot, total: 0, failed: 0 });
    bucket.total += 1;
    if (failed) bucket.failed += 1;
  }

  /** Whether at least `minimumVolume` attempts are in it and at least `ratio` of them failed. */
  isFailing(ratio: number, minimumVolume: number, now: number): boolean {
    const oldest = Math.floor(now / this.#slotMs) - BUCKETS;
    let total = 0;
    let failed = 0;
    for (const bucket of this.#buckets) {
      if (bucket.slot <= oldest) continue;
      total += bucket.total;
      failed += bucket.failed;
    }
    return total >= minimumVolume && failed >= ratio * total;
  }

  clear(): void {
    for (const bucket of this.#buckets) bucket.slot = -1;
  }
}
