import type { Clock } from "../../clock.ts";
import type { EventListener } from "../../telemetry.ts";

/** How long a call waits for the storage of a cache, in milliseconds. */
const PATIENCE_MS = 50;
/** How long a storage that failed is left alone, in milliseconds. */
const REST_MS = 5_000;

/**
 * Asks a storage, but not for long: what fails, or is not there within 50 ms, is "away", and so is everything for five
 * seconds after that. One "degraded" event tells of it.
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
  async ask<T>(work: () => Promise<T>): Promise<T | "away"> {
    if (this.#clock.now() < this.#restsUntil) return "away";
    const waiting = new AbortController();
    const late = this.#clock.sleep(PATIENCE_MS, waiting.signal).then(
      () => new Error(`the storage did not answer in ${PATIENCE_MS} ms`),
      () => undefined,
    );
    try {
      const answered = await Promise.race([work().then((value) => ({ value })), late]);
      if (answered !== undefined && "value" in answered) return answered.value;
      return this.#rest(answered);
    } catch (error) {
      return this.#rest(error);
    } finally {
      waiting.abort();
    }
  }

  #rest(error: unknown): "away" {
    this.#restsUntil = this.#clock.now() + REST_MS;
    this.#emit({ type: "degraded", callId: undefined, what: "storage", error });
    return "away";
  }
}
