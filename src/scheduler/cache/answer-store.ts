/**
 * Kept answers: the latest in memory, all of them in a table.
 *
 *     get ──▶ memory, bounded by bytes ──not there──▶ storage, if it answers in time ──▶ memory
 *     put ──▶ memory and, without waiting, storage
 *
 *     <kind>-answers         tenant, key → the answer            both for as long as an answer is good
 *     <kind>-answer-facts    tenant, key → what it was made of   read to find what is to be thrown out, or is alike
 *     <kind>-answer-epochs   tenant → another word after each clearing
 *
 * The exact cache keeps answers of the kind "cached", the semantic one (`similar-answers.ts`) of the kind "similar".
 *
 * A cache must not make a call slower or fail it: a storage that is away (`patient-storage.ts`) is one that has nothing.
 *
 * Thrown out is thrown out, in every process on the same storage. A call reads the epoch of its tenant first, once a second
 * at most; what is in memory from another epoch is not given; and what was asked before a clearing is not kept after it.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { Storage } from "../../storage/storage.ts";
import { type AnswerEntry, AnswerTables } from "./answer-tables.ts";
import { type AnswerFacts, bytesOf, type CachedAnswer } from "./cached-answer.ts";
import type { Patience } from "./patient-storage.ts";
import type { WrittenQuestion } from "./question.ts";

/** What a cache keeps its answers in. */
export interface AnswerStore {
  /** The longest answer that is worth writing down, in bytes of memory. */
  readonly maxAnswerBytes: number;
  /** How things stand as a call begins; `undefined`: nobody knows, so nothing is to be given or kept. Never rejects. */
  epoch(tenant: string): Promise<Epoch | undefined>;
  /** An answer that is still good. Never rejects. */
  get(tenant: string, key: string, epoch: Epoch): Promise<CachedAnswer | undefined>;
  /** Keeps an answer in place of what was there, unless something was cleared since the call's `epoch`. */
  put(answer: CachedAnswer, epoch: Epoch): void;
  /**
   * Throws out what matches; resolves when it is gone from memory and storage, rejects where the storage fails.
   *
   * @param tenant - `undefined`: of every tenant
   * @returns how many answers that were still good the storage, or without one the memory, held
   */
  clear(tenant: string | undefined, matches: (facts: AnswerFacts) => boolean): Promise<number>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** A store whose answers are found by their scope as well: keys are paths, "scope/key". */
export interface ScopedAnswerStore extends AnswerStore {
  /** Whether nothing was cleared here since. */
  isCurrent(epoch: Epoch): boolean;
  /** Of a scope in the storage, those with the last keys, the last first. Never rejects. */
  latest(tenant: string, scope: string, limit: number, epoch: Epoch): Promise<readonly AnswerEntry[]>;
  /** @param question - to be found by `latest` */
  put(answer: CachedAnswer, epoch: Epoch, question?: WrittenQuestion): void;
}

/** A span without clearings. */
export interface Epoch {
  /** Clearings of this process. */
  readonly clearings: number;
  /** The storage's word for it. */
  readonly stored: string;
  /** Until when the call waits for the storage. */
  readonly deadline: number;
}

export interface AnswerStoreOptions {
  /** Which answers, so that those of several caches lie apart. */
  readonly kind: string;
  readonly maxBytes: number;
  readonly ttlMs: number;
  readonly storage: Storage | undefined;
  /** Whether `close` closes the storage too. */
  readonly ownsStorage: boolean;
  readonly patience: Patience;
  readonly clock: Clock;
}

/** An answer may take an eighth of the memory: no single one pushes all others out. */
const LARGEST_SHARE = 8;

/** How long a tenant's epoch is taken for granted: so long another process may still give what was cleared here. */
const EPOCH_MS = 1_000;

const MOST_TENANTS = 10_000;

export function createAnswerStore(options: AnswerStoreOptions): ScopedAnswerStore {
  return new LayeredAnswerStore(options);
}

interface Remembered {
  readonly answer: CachedAnswer;
  /** The epoch it is of. */
  readonly stored: string;
}

class LayeredAnswerStore implements ScopedAnswerStore {
  readonly maxAnswerBytes: number;
  readonly #options: AnswerStoreOptions;
  readonly #memory: LRUCache<string, Remembered>;
  readonly #tables: AnswerTables | undefined;
  readonly #epochs = new LRUCache<string, { readonly stored: string; readonly readAt: number }>({
    max: MOST_TENANTS,
  });
  readonly #writing = new Set<Promise<void>>();
  #clearings = 0;

  constructor(options: AnswerStoreOptions) {
    this.#options = options;
    this.maxAnswerBytes = Math.floor(options.maxBytes / LARGEST_SHARE);
    this.#memory = new LRUCache({
      maxSize: Math.ceil(options.maxBytes),
      sizeCalculation: ({ answer }) => bytesOf(answer),
    });
    // A storage in memory would keep everything a second time, and without bound.
    const { storage, kind } = options;
    this.#tables = storage && storage.name !== "memory" ? new AnswerTables(storage, kind) : undefined;
  }

  async epoch(tenant: string): Promise<Epoch | undefined> {
    const { clock, patience } = this.#options;
    const clearings = this.#clearings;
    const deadline = patience.deadline();
    const tables = this.#tables;
    if (tables === undefined) return { clearings, stored: "", deadline };
    const now = clock.now();
    const known = this.#epochs.get(tenant);
    if (known !== undefined && now < known.readAt + EPOCH_MS) {
      return { clearings, stored: known.stored, deadline };
    }
    const stored = await patience.ask(() => tables.epoch(tenant), deadline);
    if (stored === "away") return undefined;
    if (clearings === this.#clearings) this.#epochs.set(tenant, { stored, readAt: now });
    return { clearings, stored, deadline };
  }

  isCurrent({ clearings }: Epoch): boolean {
    return clearings === this.#clearings;
  }

  async get(tenant: string, key: string, epoch: Epoch): Promise<CachedAnswer | undefined> {
    const remembered = this.#memory.get(memoryKey(tenant, key));
    if (remembered?.stored === epoch.stored) return this.#ifGood(remembered.answer);
    const tables = this.#tables;
    if (tables === undefined) return undefined;
    const answer = await this.#options.patience.ask(() => tables.get(tenant, key), epoch.deadline);
    if (answer === undefined || answer === "away" || !this.isCurrent(epoch)) return undefined;
    this.#remember(answer, epoch);
    return this.#ifGood(answer);
  }

  async latest(
    tenant: string,
    scope: string,
    limit: number,
    { deadline }: Epoch,
  ): Promise<readonly AnswerEntry[]> {
    const tables = this.#tables;
    if (tables === undefined) return [];
    const found = await this.#options.patience.ask(() => tables.latest(tenant, scope, limit), deadline);
    return found === "away" ? [] : found;
  }

  put(answer: CachedAnswer, epoch: Epoch, question?: WrittenQuestion): void {
    if (!this.isCurrent(epoch)) return;
    this.#remember(answer, epoch);
    const tables = this.#tables;
    if (tables === undefined) return;
    const { patience, ttlMs } = this.#options;
    const writing = patience
      .write(async () => {
        const isSameEpoch = (await tables.epoch(answer.facts.tenant)) === epoch.stored;
        if (isSameEpoch && this.isCurrent(epoch)) await tables.put(answer, ttlMs, question);
      })
      .finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  async clear(tenant: string | undefined, matches: (facts: AnswerFacts) => boolean): Promise<number> {
    this.#clearings += 1;
    let cleared = 0;
    for (const [key, { answer }] of [...this.#memory.entries()]) {
      const { facts } = answer;
      if ((tenant === undefined || facts.tenant === tenant) && matches(facts)) {
        this.#memory.delete(key);
        if (this.#ifGood(answer)) cleared += 1;
      }
    }
    if (this.#tables === undefined) return cleared;
    // What was written before must not arrive behind the clearing.
    await Promise.all(this.#writing);
    try {
      return await this.#tables.clear(tenant, matches);
    } finally {
      this.#epochs.clear();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#writing);
    this.#memory.clear();
    if (this.#options.ownsStorage) await this.#options.storage?.close();
  }

  #remember(answer: CachedAnswer, { stored }: Epoch): void {
    this.#memory.set(memoryKey(answer.facts.tenant, answer.facts.key), { answer, stored });
  }

  #ifGood(answer: CachedAnswer): CachedAnswer | undefined {
    return this.#options.clock.now() < answer.storedAt + this.#options.ttlMs ? answer : undefined;
  }
}

/** Keys are of one length, so no two pairs give the same text. */
function memoryKey(tenant: string, key: string): string {
  return key + tenant;
}
