/**
 * LevelDB, embedded: one directory, one process.
 *
 *     "e" + key                        the entry: 8 bytes of expiry (milliseconds as a double; 0: never), then the value
 *     "x" + expiry (16 digits) + key   a reminder that this entry may have expired by then
 *
 * An expired entry is not returned from the moment it expires. Its bytes are taken out by later commits: each deletes,
 * with what it writes, the entries of the oldest reminders that are due. So expiry needs no timer and no scan.
 *
 * Commits are synchronous: they resolve when the disk has them.
 */
import { resolve } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { ChainedBatch, ClassicLevel } from "classic-level";
import { type Clock, systemClock } from "../clock.ts";
import { PromptCompilerError } from "../errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { OpenOnce } from "./open-once.ts";
import type { Storage, StorageEntry, StorageOperation, StorageRange } from "./storage.ts";

export interface LevelOptions {
  /** Decides when entries expire. @defaultValue the real clock */
  readonly clock?: Clock | undefined;
}

/** A storage in `directory`, which is made at the first operation; one process at a time can have it open. */
export function level(directory: string, options: LevelOptions = {}): Storage {
  if (typeof directory !== "string" || directory === "") {
    throw new TypeError(`level: directory must be a path, got ${JSON.stringify(directory)}`);
  }
  return new LevelStorage(directory, options.clock ?? systemClock);
}

type Database = ClassicLevel<string, Uint8Array>;
type Batch = ChainedBatch<Database, string, Uint8Array>;

interface Opened {
  readonly database: Database;
  readonly commits: GroupCommit;
}

const ENTRY = "e";
const REMINDER = "x";
const EXPIRY_BYTES = 8;
const EXPIRY_DIGITS = 16;

/** Entries that are read at once; LevelDB gives fewer where they are large. */
const READ_AHEAD = 256;

/** A commit takes out this many more expired entries than it writes entries: so they never pile up. */
const SWEEP_AHEAD = 64;

/** Files of 2 MB that LevelDB keeps open, all of them mapped into memory: so that what it takes stays bounded. */
const OPEN_FILES = 128;

/** Operations handed to LevelDB in one go: some milliseconds. */
const OPERATIONS_A_TURN = 512;

class LevelStorage implements Storage {
  readonly name: string;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #life: OpenOnce<Opened>;

  constructor(directory: string, clock: Clock) {
    this.name = `level:${directory}`;
    this.#directory = resolve(directory);
    this.#clock = clock;
    this.#life = new OpenOnce({
      open: () => this.#open(),
      close: ({ database }) => database.close(),
      toClosedError: () => new PromptCompilerError("PC_CLOSED", `storage ${this.name} is closed`),
    });
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#life.use(({ database }) => this.#read(database, key));
  }

  async batch(operations: readonly StorageOperation[]): Promise<void> {
    await this.#life.use(({ commits }) => commits.write(operations));
  }

  async *range(range: StorageRange): AsyncGenerator<StorageEntry> {
    // LevelDB's iterators read from a snapshot taken when they are made.
    const iterator = await this.#life.use(async ({ database }) =>
      database.iterator({
        gte: ENTRY + range.start,
        lt: ENTRY + range.end,
        reverse: range.reverse ?? false,
      }),
    );
    try {
      let left = range.limit ?? Number.POSITIVE_INFINITY;
      while (left > 0) {
        const entries = await this.#life.use(() => iterator.nextv(Math.min(left, READ_AHEAD)));
        if (entries.length === 0) return;
        for (const [key, stored] of entries) {
          const value = this.#valueOf(stored);
          if (value === undefined) continue;
          yield [key.slice(ENTRY.length), value];
          if (this.#life.closed) throw this.#life.toClosedError();
          left -= 1;
        }
      }
    } finally {
      await iterator.close();
    }
  }

  compareAndSet(
    key: string,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    options: { readonly ttlMs?: number | undefined } = {},
  ): Promise<boolean> {
    const operation: StorageOperation =
      value === undefined ? { type: "delete", key } : { type: "put", key, value, ttlMs: options.ttlMs };
    return this.#life.use(({ commits }) => commits.write([operation], { key, expected }));
  }

  close(): Promise<void> {
    return this.#life.close();
  }

  async #open(): Promise<Opened> {
    // On demand: the native binding is loaded by those who store on disk only.
    const { ClassicLevel } = await import("classic-level");
    const database: Database = new ClassicLevel(this.#directory, {
      valueEncoding: "view",
      maxOpenFiles: OPEN_FILES,
    });
    try {
      await database.open();
    } catch (error) {
      throw toUnavailable(this.#directory, error);
    }
    const commits = new GroupCommit({
      read: (key) => this.#read(database, key),
      commit: (operations) => this.#commit(database, operations),
    });
    return { database, commits };
  }

  async #read(database: Database, key: string): Promise<Uint8Array | undefined> {
    const stored = await database.get(ENTRY + key);
    return stored === undefined ? undefined : this.#valueOf(stored);
  }

  #valueOf(stored: Uint8Array): Uint8Array | undefined {
    const expiresAt = expiryOf(stored);
    return expiresAt !== 0 && expiresAt <= this.#clock.now() ? undefined : stored.subarray(EXPIRY_BYTES);
  }

  async #commit(database: Database, operations: readonly StorageOperation[]): Promise<void> {
    const batch = database.batch();
    try {
      await this.#fill(batch, operations);
      await this.#sweep(database, batch, operations);
      await batch.write({ sync: true });
    } catch (error) {
      await batch.close();
      throw error;
    }
  }

  async #fill(batch: Batch, operations: readonly StorageOperation[]): Promise<void> {
    const now = this.#clock.now();
    for (const [index, operation] of operations.entries()) {
      if (index % OPERATIONS_A_TURN === OPERATIONS_A_TURN - 1) await turn();
      const key = ENTRY + operation.key;
      if (operation.type === "delete") {
        batch.del(key);
        continue;
      }
      const expiresAt = operation.ttlMs === undefined ? 0 : now + operation.ttlMs;
      batch.put(key, withExpiry(operation.value, expiresAt));
      if (expiresAt !== 0) batch.put(reminderOf(expiresAt, operation.key), new Uint8Array());
    }
  }

  /** Takes out some of what has expired. */
  async #sweep(database: Database, batch: Batch, operations: readonly StorageOperation[]): Promise<void> {
    const written = new Set(operations.map(({ key }) => key));
    const range = { gte: REMINDER, lt: reminderOf(this.#clock.now() + 1, "") };
    for await (const reminder of database.keys({ ...range, limit: operations.length + SWEEP_AHEAD })) {
      const key = reminder.slice(REMINDER.length + EXPIRY_DIGITS);
      batch.del(reminder);
      // An entry that was written anew since then has another expiry, or none.
      if (!written.has(key) && (await this.#isExpired(database, key))) batch.del(ENTRY + key);
    }
  }

  async #isExpired(database: Database, key: string): Promise<boolean> {
    const stored = await database.get(ENTRY + key);
    return stored !== undefined && this.#valueOf(stored) === undefined;
  }
}

function expiryOf(stored: Uint8Array): number {
  return new DataView(stored.buffer, stored.byteOffset).getFloat64(0);
}

function withExpiry(value: Uint8Array, expiresAt: number): Uint8Array {
  const stored = Buffer.allocUnsafe(EXPIRY_BYTES + value.length);
  stored.writeDoubleBE(expiresAt);
  stored.set(value, EXPIRY_BYTES);
  return stored;
}

function reminderOf(expiresAt: number, key: string): string {
  return REMINDER + String(Math.ceil(expiresAt)).padStart(EXPIRY_DIGITS, "0") + key;
}

function toUnavailable(directory: string, error: unknown): PromptCompilerError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const why =
    code === "LEVEL_LOCKED"
      ? "is in use by another process"
      : `cannot be opened (${cause instanceof Error ? cause.message : String(cause)})`;
  return new PromptCompilerError(
    "PC_STORAGE_UNAVAILABLE",
    `storage directory ${directory} ${why}: set PC_DATA_DIR to a directory of this process's own, or REDIS_URL to share a Redis`,
    { cause },
  );
}
