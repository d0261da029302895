/**
 * How much was used in the last minute, to the second.
 *
 *     ┌───┬───┬───┬─ … ─┬───┐
 *     │ 3 │ 0 │ 7 │     │ 2 │   61 slots of a second each; their sum is `total`
 *     └───┴───┴───┴─ … ─┴───┘
 *       ▲ leaves next      ▲ now
 *
 * What was used counts for a minute at least and for a second more at most: a limit held against this total is held in
 * every span of 60 s. The extra slot is the second that is under way. Time that goes backwards stands still here.
 *
 * O(1) for each use, amortised: a slot is emptied once each time round. 61 numbers of memory.
 */

/** Length of a slot. */
export const SLOT_MS = 1_000;
/** A minute, and the second under way. */
export const SLOTS = 61;

export class SlidingWindow {
  readonly #slots = new Float64Array(SLOTS);
  #slot = 0;
  #total = 0;

  /** What counts at this moment. */
  total(now: number): number {
    this.#moveTo(now);
    return this.#total;
  }

  /** @returns the slot it went into, to be named again in `correct` */
  add(amount: number, now: number): number {
    this.#moveTo(now);
    this.#change(this.#slot, amount);
    return this.#slot;
  }

  /** Changes what was added to `slot`; if that no longer counts, nothing. */
  correct(slot: number, difference: number, now: number): void {
    this.#moveTo(now);
    if (slot > this.#slot - SLOTS) this.#change(slot, difference);
  }

  /** Milliseconds until `amount` more stays within `limit`; 0: now. @param amount - at most `limit` */
  roomIn(amount: number, limit: number, now: number): number {
    let excess = this.total(now) + amount - limit;
    if (excess <= 0) return 0;
    for (let slot = this.#slot - SLOTS + 1; slot <= this.#slot; slot += 1) {
      excess -= this.#slots[indexOf(slot)] ?? 0;
      if (excess <= 0) return (slot + SLOTS) * SLOT_MS - now;
    }
    return SLOTS * SLOT_MS;
  }

  /** The slots that hold something: how many seconds ago, and how much. */
  *used(now: number): Generator<readonly [age: number, amount: number]> {
    this.#moveTo(now);
    for (let age = 0; age < SLOTS; age += 1) {
      const amount = this.#slots[indexOf(this.#slot - age)] ?? 0;
      if (amount !== 0) yield [age, amount];
    }
  }

  #change(slot: number, difference: number): void {
    this.#slots[indexOf(slot)] = (this.#slots[indexOf(slot)] ?? 0) + difference;
    this.#total += difference;
  }

  #moveTo(now: number): void {
    const slot = Math.floor(now / SLOT_MS);
    if (slot - this.#slot >= SLOTS) {
      this.#slots.fill(0);
      this.#total = 0;
      this.#slot = slot;
    }
    while (this.#slot < slot) {
      this.#slot += 1;
      this.#change(this.#slot, -(this.#slots[indexOf(this.#slot)] ?? 0));
    }
  }
}

function indexOf(slot: number): number {
  return ((slot % SLOTS) + SLOTS) % SLOTS;
}
