/**
 * Takes things one by one, always the one with the highest value, where taking one can only lower the values of others.
 *
 * Values are looked at again only for what comes to the top (lazy greedy, Minoux 1978). Of equal values the first is
 * taken. A thing whose value is 0 is never taken.
 *
 * @param count - things are known by their index, 0 to count − 1
 * @param worthNow - never above what it was at an earlier call
 * @param take - called with each thing in turn
 */
export function takeBestFirst(
  count: number,
  worthNow: (index: number) => number,
  take: (index: number) => void,
): void {
  const heap = new Heap();
  for (let index = 0; index < count; index++) heap.push({ index, value: worthNow(index) });
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const value = worthNow(top.index);
    if (value <= 0) continue;
    if (value < top.value) heap.push({ index: top.index, value });
    else take(top.index);
  }
}

interface Entry {
  readonly index: number;
  readonly value: number;
}

/** A binary heap, the best on top. */
class Heap {
  readonly #entries: Entry[] = [];

  push(entry: Entry): void {
    let at = this.#entries.length;
    this.#entries.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBetter(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Entry | undefined {
    const [top] = this.#entries;
    const last = this.#entries.pop();
    if (last === undefined || this.#entries.length === 0) return top;
    this.#entries[0] = last;
    for (let at = 0; ; ) {
      let best = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (this.#isBetter(child, best)) best = child;
      if (best === at) return top;
      this.#swap(at, best);
      at = best;
    }
  }

  #isBetter(left: number, right: number): boolean {
    const a = this.#entries[left];
    const b = this.#entries[right];
    if (a === undefined || b === undefined) return false;
    return a.value > b.value || (a.value === b.value && a.index < b.index);
  }

  #swap(left: number, right: number): void {
    const a = this.#entries[left];
    const b = this.#entries[right];
    if (a === undefined || b === undefined) return;
    this.#entries[left] = b;
    this.#entries[right] = a;
  }
}
