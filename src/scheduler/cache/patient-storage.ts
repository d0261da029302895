import { type Clock, type StopTimer, startTimer } from "../../clock.ts";
import type { EventListener } from "../../telemetry.ts";

/** How long a call waits for the storage of a cache, in milliseconds. */
const PATIENCE_MS = 50;
/** How long a write, for which nobody waits, may take. */
export const WRITE_PATIENCE_MS = 5_000;
/** How long a storage that failed is left alone, in milliseconds. */
const REST_MS = 5_000;

/**
 * Asks a storage, but not for long: what fails, or is not there within 50 ms, is "away", and so is everything for five
 * seconds after that, or until what was late arrives after all: a database that is being opened is soon there. One
 * "degraded" event tells of it.
 */
export class PatientStorage {
  readonly #clock: Clock;
  readonly #emit: EventListener;
  #restsUntil = 0;

  constructor({ clock, emit }: { readonly clock: Clock; readonly emit: EventListener }) {
    this.#clock = clock;
    this.#emit = emit;
  }

  /** Never rejects. What `work` does after it was given up on is ignored. */
  async ask<T>(work: () => Promise<T>, patienceMs = PATIENCE_MS): Promise<T | "away"> {
    if (this.#clock.now() < this.#restsUntil) return "away";
    let stop: StopTimer = () => undefined;
    const late = new Promise<Error>((resolve) => {
      const ring = (): void => resolve(new Error(`the storage did not answer in ${patienceMs} ms`));
      stop = startTimer(this.#clock, patienceMs, ring);
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

  #arrived(): void {
    this.#restsUntil = 0;
  }

  #rest(error: unknown): "away" {
    this.#restsUntil = this.#clock.now() + REST_MS;
    this.#emit({ type: "degraded", callId: undefined, what: "storage", error });
    return "away";
  }
}
