/**
 * A heap from which any item can be taken out: the smallest is at hand, and who leaves early leaves at once.
 * Adding and removing take O(log n).
 */
export class Heap<Item> {
  readonly #items: Item[] = [];
  readonly #places = new Map<Item, number>();
  readonly #isBefore: (one: Item, other: Item) => boolean;

  constructor(isBefore: (one: Item, other: Item) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): Item | undefined {
    return this.#items[0];
  }

  /** How many there are that come before `item`, whether that is in here or not. O(n). */
  countBefore(item: Item): number {
    return this.#items.reduce((count, other) => count + (this.#isBefore(other, item) ? 1 : 0), 0);
  }

  add(item: Item): void {
    this.#put(item, this.#items.length);
    this.#rise(item);
  }

  /** @returns whether it was in here */
  remove(item: Item): boolean {
    const place = this.#places.get(item);
    if (place === undefined) return false;
    this.#places.delete(item);
    const last = this.#items.pop();
    if (last !== undefined && last !== item) {
      this.#put(last, place);
      this.#rise(last);
      this.#sink(last);
    }
    return true;
  }

  #rise(item: Item): void {
    for (let place = this.#placeOf(item); place > 0; ) {
      const above = (place - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#isBefore(item, parent)) return;
      this.#put(parent, place);
      this.#put(item, above);
      place = above;
    }
  }

  #sink(item: Item): void {
    for (let place = this.#placeOf(item); ; ) {
      const left = 2 * place + 1;
      const [one, other] = [this.#items[left], this.#items[left + 1]];
      if (one === undefined) return;
      const [child, below] =
        other !== undefined && this.#isBefore(other, one) ? [other, left + 1] : [one, left];
      if (!this.#isBefore(child, item)) return;
      this.#put(child, place);
      this.#put(item, below);
      place = below;
    }
  }

  #placeOf(item: Item): number {
    return this.#places.get(item) ?? 0;
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item;
    this.#places.set(item, place);
  }
}
