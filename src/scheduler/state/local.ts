import { type Clock, systemClock } from "../../clock.ts";
import { type KeyLimits, limitsOf } from "./key-limits.ts";
import type { Claim, Cooldown, Reservation, SharedState } from "./shared-state.ts";

export interface LocalStateOptions {
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/**
 * State of this process alone. With several processes each has all of every limit to itself: what is meant to hold for
 * all of them together needs `redisState`. Compilers that are given the same value share it.
 */
export function localState({ clock = systemClock }: LocalStateOptions = {}): SharedState {
  return new LocalState(clock);
}

class LocalState implements SharedState {
  readonly name = "local";
  readonly #now: () => number;
  readonly #limits = new Map<string, KeyLimits>();
  #cooldowns: ReadonlyMap<string, Cooldown> = new Map();
  #known: Promise<ReadonlyMap<string, Cooldown>> | undefined;

  constructor(clock: Clock) {
    this.#now = () => clock.now();
  }

  async reserve(claim: Claim): Promise<Reservation> {
    return limitsOf(this.#limits, claim.key).reserve(claim, this.#now);
  }

  cool(key: string, cooldown: Cooldown): void {
    if (cooldown.untilMs <= (this.#cooldowns.get(key)?.untilMs ?? 0)) return;
    this.#cooldowns = new Map(this.#cooldowns).set(key, cooldown);
    this.#known = Promise.resolve(this.#cooldowns);
  }

  cooldowns(): Promise<ReadonlyMap<string, Cooldown>> | undefined {
    return this.#known;
  }

  async close(): Promise<void> {}
}
