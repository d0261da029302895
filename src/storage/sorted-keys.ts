import { compareKeys } from "./key-order.ts";

/** More keys than this in a block part it in two: moving keys up within one is as cheap as finding the place. */
const LARGEST_BLOCK = 1_024;

/**
 * A set of keys in their order, in blocks, each in order and all before the next: adding or deleting one moves the keys
 * of its block only, however many there are.
 */
export class SortedKeys {
  /** Never without a block. */
  #blocks: string[][] = [[]];

  add(key: string): void {
    const at = this.#blockOf(key);
    const block = this.#blocks[at] ?? [];
    const place = firstNotBefore(block, key);
    if (block[place] === key) return;
    block.splice(place, 0, key);
    if (block.length > LARGEST_BLOCK) this.#blocks.splice(at + 1, 0, block.splice(LARGEST_BLOCK / 2));
  }

  delete(key: string): void {
    const at = this.#blockOf(key);
    const block = this.#blocks[at] ?? [];
    const place = firstNotBefore(block, key);
    if (block[place] !== key) return;
    block.splice(place, 1);
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1);
  }

  clear(): void {
    this.#blocks = [[]];
  }

  /** Keys from `start` on and before `end`, in order. Nothing may be added or deleted meanwhile. */
  *between(start: string, end: string): Iterable<string> {
    let from = firstNotBefore(this.#blocks[this.#blockOf(start)] ?? [], start);
    for (let at = this.#blockOf(start); at < this.#blocks.length; at++, from = 0) {
      const block = this.#blocks[at] ?? [];
      for (let place = from; place < block.length; place++) {
        const key = block[place] ?? "";
        if (compareKeys(key, end) >= 0) return;
        yield key;
      }
    }
  }

  /** The same from the last to the first. */
  *betweenReversed(start: string, end: string): Iterable<string> {
    const last = this.#blockOf(end);
    let from = firstNotBefore(this.#blocks[last] ?? [], end) - 1;
    for (let at = last; at >= 0; from = (this.#blocks[--at]?.length ?? 0) - 1) {
      const block = this.#blocks[at] ?? [];
      for (let place = from; place >= 0; place--) {
        const key = block[place] ?? "";
        if (compareKeys(key, start) < 0) return;
        yield key;
      }
    }
  }

  /** The block in which a key is, or would be put: the last that does not begin behind it. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (compareKeys(this.#blocks[middle]?.[0] ?? "", key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Index of the first key of a block that is not before `key`. */
function firstNotBefore(block: readonly string[], key: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(block[middle] ?? "", key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
