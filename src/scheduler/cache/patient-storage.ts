import { type Clock, type StopTimer, startTimer } from "../../clock.ts";
import type { EventListener } from "../../telemetry.ts";

/** How long a call waits for the storage of a cache, in milliseconds, however often it asks. */
const PATIENCE_MS = 50;
/** How long a write, for which nobody waits, may take. */
const WRITE_PATIENCE_MS = 5_000;
/** How long a storage that failed is left alone, in milliseconds. */
const REST_MS = 5_000;

/** Asks a storage so that no call waits for it long. */
export interface Patience {
  /** Until when a call that begins now waits, all its questions together. */
  deadline(): number;
  /** Rejects never. What `work` does after it was given up on is ignored. */
  ask<T>(work: () => Promise<T>, deadline: number): Promise<T | "away">;
  /** The same where nobody waits. */
  write(work: () => Promise<void>): Promise<void>;
}

/**
 * Asks a storage, but not for long: what fails, or is not there within 50 ms, is "away", and so is everything for five
 * seconds after that, or until what was late arrives after all: a database that is being opened is soon there. One
 * "degraded" event tells of it.
 *
 * Caches on one storage share one: who finds it away spares the others the wait.
 */
export class PatientStorage implements Patience {
  readonly #clock: Clock;
  readonly #emit: EventListener;
  #restsUntil = 0;

  constructor({ clock, emit }: { readonly clock: Clock; readonly emit: EventListener }) {
    this.#clock = clock;
    this.#emit = emit;
  }

  deadline(): number {
    return this.#clock.now() + PATIENCE_MS;
  }

  async ask<T>(work: () => Promise<T>, deadline: number): Promise<T | "away"> {
    const now = this.#clock.now();
    if (now < this.#restsUntil) return "away";
    let stop: StopTimer = () => undefined;
    const late = new Promise<Error>((resolve) => {
      const ring = (): void => resolve(new Error(`the storage did not answer in ${deadline - now} ms`));
      // Where this process was busy the answer may be here, unread: that is not the storage being slow.
      stop = startTimer(this.#clock, deadline - now, () => void setImmediate(ring));
    });
    try {
      const working = work().then((value) => ({ value }));
      const answered = await Promise.race([working, late]);
      if ("value" in answered) return answered.value;
      const away = this.#rest(answered);
      working.then(
        () => this.#arrived(),
        () => undefined,
      );
      return away;
    } catch (error) {
      return this.#rest(error);
    } finally {
      stop();
    }
  }

  async write(work: () => Promise<void>): Promise<void> {
    await this.ask(work, this.#clock.now() + WRITE_PATIENCE_MS);
  }

  #arrived(): void {
    this.#restsUntil = 0;
  }

  #rest(error: unknown): "away" {
    this.#restsUntil = this.#clock.now() + REST_MS;
    this.#emit({ type: "degraded", callId: undefined, what: "storage", error });
    return "away";
  }
}
