import { KeyLimits } from "./key-limits.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** What this process knows of one key whose limits are in Redis: all it has reserved itself, and what Redis was not told. */
export class RedisWindow {
  readonly own = new KeyLimits();
  /** Reservations whose answer is not here yet. */
  pending = 0;
  /** The most places that Redis was told of. */
  told = 0;
  readonly #untold = { requests: new SlidingWindow(), tokens: new SlidingWindow() };

  /** Notes a change that did not reach Redis. @param at - when what is changed was reserved */
  noteUntold(requests: number, tokens: number, at: number): void {
    this.#untold.requests.add(requests, at);
    this.#untold.tokens.add(tokens, at);
  }

  /** Everything that Redis may not know, as arguments of the script RETURN; from here on it counts as told. */
  takeUntold(now: number): readonly number[] {
    const told = (["requests", "tokens"] as const).flatMap((what) => {
      const all = new Map(this.own[what].used(now));
      const untold = new Map(this.#untold[what].used(now));
      const ages = [...new Set([...all.keys(), ...untold.keys()])];
      return [ages.length, ...ages.flatMap((age) => [age, all.get(age) ?? 0, untold.get(age) ?? 0])];
    });
    this.#untold.requests = new SlidingWindow();
    this.#untold.tokens = new SlidingWindow();
    return told;
  }
}
