/** So many places, for whoever comes first: the lines that one process runs at once. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a place; `leave` gives it back. @throws `signal.reason` as soon as `signal` aborts */
  take(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (this.#free > 0) {
        this.#free -= 1;
        return resolve();
      }
      const giveUp = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      this.#waiting.add(enter);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  leave(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#free += 1;
    } else {
      this.#waiting.delete(first);
      first();
    }
  }
}
