import type { Clock } from "../../clock.ts";
import type { Storage } from "../../storage/storage.ts";
import type { EventListener } from "../../telemetry.ts";
import { readNumbers } from "../options.ts";
import { type AnswerStore, createAnswerStore } from "./answer-store.ts";
import { type Patience, PatientStorage } from "./patient-storage.ts";

/** Answers kept and given again to the same call: `responseCache()`, or a host's own. */
export interface ResponseCache {
  /** Makes ready what keeps the answers. Called once, when the scheduler is made; opens nothing. */
  open(parts: CacheParts): AnswerStore;
}

/** What a cache is given by the scheduler it belongs to. */
export interface CacheParts {
  /** The one storage of the compiler; `undefined`: there is none, answers live in memory only. */
  readonly storage: Storage | undefined;
  /** How long `storage` is waited for; all caches on it have the same. */
  readonly patience: Patience;
  readonly clock: Clock;
  readonly emit: EventListener;
}

export interface ResponseCacheOptions {
  /** Memory that answers may take, in bytes: 64 MiB. The one that was not asked for longest goes first. @defaultValue 67_108_864 */
  readonly maxBytes?: number | undefined;
  /** How long an answer is good, in milliseconds: an hour. @defaultValue 3_600_000 */
  readonly ttlMs?: number | undefined;
  /**
   * Where answers are kept beyond memory; the cache closes it.
   *
   * @defaultValue the compiler's own storage, which the compiler closes
   */
  readonly storage?: Storage | undefined;
}

/** What an option is when it is left out. */
export const responseCacheDefaults = { maxBytes: 64 * 1024 * 1024, ttlMs: 60 * 60 * 1000 };

/**
 * Keeps the answers to repeatable calls, and gives them again: from memory, and behind that from a table in the
 * compiler's storage, which other processes and later ones share.
 *
 * @throws TypeError or RangeError naming option and value
 */
export function responseCache(options: ResponseCacheOptions = {}): ResponseCache {
  const { storage: own, ...limits } = options;
  const { maxBytes, ttlMs } = readNumbers("cache", limits, responseCacheDefaults);
  return {
    open: ({ storage, patience, clock, emit }) =>
      createAnswerStore({
        kind: "cached",
        maxBytes,
        ttlMs,
        storage: own ?? storage,
        ownsStorage: own !== undefined,
        patience: own === undefined ? patience : new PatientStorage({ clock, emit }),
        clock,
      }),
  };
}
