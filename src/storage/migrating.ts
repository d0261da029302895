/**
 * The version of what a storage holds, and how an older one becomes today's.
 *
 *     format   → { version, after }     `after`: how far the migration to the next version has come
 *
 *     nothing in it        new: the first write says the version
 *     no version, entries  from before versions were written: version 1
 *     an older version     its migrations run one after the other, while the storage is used
 *     a newer version      every operation is refused: what a newer release writes this one would misread
 *
 * A migration goes in steps, each one batch that also says how far it has come: a process that is killed in the middle
 * goes on from there at the next start, and so do two processes on one Redis, which do no more than the same work twice.
 * A step is small, so memory stays bounded. What needs the migration to have ended waits for `migrated`.
 */
import { PromptCompilerError } from "../errors.ts";
import { toKey } from "./key.ts";
import type { Storage, StorageOperation, StorageRange } from "./storage.ts";

/** What brings a storage from one version to the next. */
export interface Migration {
  /** What it does, for who watches: "index the words of items". */
  readonly name: string;
  /**
   * Its steps, behind `after`. What the storage is used for meanwhile may change what a step was read from: the next step
   * is asked for when the one before is written.
   */
  steps(storage: Storage, after: string | undefined): AsyncIterable<MigrationStep>;
}

export interface MigrationStep {
  readonly operations: readonly StorageOperation[];
  /** Where to go on behind this step; `undefined`: from the beginning. */
  readonly after: string | undefined;
  /** Records that this step has changed. */
  readonly records: number;
}

/** A storage that knows its version. */
export interface MigratingStorage extends Storage {
  /** Resolves when nothing of an older version is left. @throws where the storage fails, or is closed before */
  migrated(): Promise<void>;
}

interface MigratingOptions {
  /** The first brings version 1 to version 2, and so on: today's version is one more than there are. */
  readonly migrations: readonly Migration[];
  /** Hears how many records a migration has changed so far, and that it has ended. */
  readonly onProgress: (progress: { what: string; records: number; ended: boolean }) => void;
  /** Hears why a migration stopped; the next operation begins it again. */
  readonly onFailure: (error: unknown) => void;
}

interface Format {
  readonly version: number;
  readonly after?: string | undefined;
}

const FORMAT_KEY = toKey(["format"]);

/** `storage`, brought to today's version. */
export function migrating(storage: Storage, options: MigratingOptions): MigratingStorage {
  return new Migrating(storage, options);
}

class Migrating implements MigratingStorage {
  readonly name: string;
  readonly #storage: Storage;
  readonly #options: MigratingOptions;
  readonly #current: number;
  #opening: Promise<void> | undefined;
  /** What is written with the first write. */
  #stamp: StorageOperation | undefined;
  #migration: Promise<void> | undefined;
  #closed = false;

  constructor(storage: Storage, options: MigratingOptions) {
    this.name = storage.name;
    this.#storage = storage;
    this.#options = options;
    this.#current = options.migrations.length + 1;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.#opened();
    return this.#storage.get(key);
  }

  async batch(operations: readonly StorageOperation[]): Promise<void> {
    await this.#opened();
    const stamp = this.#stamp;
    await this.#storage.batch(stamp === undefined ? operations : [...operations, stamp]);
    this.#stamp = undefined;
  }

  async *range(range: StorageRange): AsyncGenerator<readonly [key: string, value: Uint8Array]> {
    await this.#opened();
    yield* this.#storage.range(range);
  }

  async compareAndSet(...write: Parameters<Storage["compareAndSet"]>): Promise<boolean> {
    await this.#opened();
    if (this.#stamp !== undefined) await this.batch([]);
    return this.#storage.compareAndSet(...write);
  }

  async migrated(): Promise<void> {
    await this.#opened();
    await this.#migration;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#migration?.catch(() => undefined);
    await this.#storage.close();
  }

  #opened(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => this.#openAgain(error));
    return this.#opening;
  }

  /** The next operation tries again. */
  #openAgain(error: unknown): never {
    this.#opening = undefined;
    throw error;
  }

  async #open(): Promise<void> {
    const format = await this.#readFormat();
    if (format === undefined) {
      this.#stamp = formatIs({ version: this.#current });
      return;
    }
    if (format.version > this.#current) throw this.#toNewerError(format.version);
    if (format.version === this.#current) return;
    this.#migration = this.#migrate(format).catch((error: unknown) => {
      if (!this.#closed) this.#options.onFailure(error);
      this.#openAgain(error);
    });
    // Who waits for it hears of its failure, and who does not has been told.
    this.#migration.catch(() => undefined);
  }

  /** `undefined`: there is nothing in it. */
  async #readFormat(): Promise<Format | undefined> {
    const bytes = await this.#storage.get(FORMAT_KEY);
    if (bytes !== undefined) return JSON.parse(Buffer.from(bytes).toString()) as Format;
    for await (const _ of this.#storage.range({ start: "", end: "\u{10ffff}", limit: 1 }))
      return { version: 1 };
    return undefined;
  }

  async #migrate(from: Format): Promise<void> {
    const { migrations, onProgress } = this.#options;
    let after = from.after;
    for (const [index, { name, steps }] of migrations.entries()) {
      const version = index + 1;
      if (version < from.version) continue;
      let records = 0;
      for await (const step of steps(this.#storage, after)) {
        if (this.#closed) throw new PromptCompilerError("PC_CLOSED", `storage ${this.name} is closed`);
        await this.#storage.batch([...step.operations, formatIs({ version, after: step.after })]);
        records += step.records;
        onProgress({ what: name, records, ended: false });
      }
      await this.#storage.batch([formatIs({ version: version + 1 })]);
      onProgress({ what: name, records, ended: true });
      after = undefined;
    }
  }

  #toNewerError(version: number): PromptCompilerError {
    return new PromptCompilerError(
      "PC_STORAGE_UNAVAILABLE",
      `storage ${this.name} is of version ${version}, and this release knows versions up to ${this.#current}: use a newer release of prompt-compiler, or another PC_DATA_DIR or REDIS_URL`,
    );
  }
}

function formatIs(format: Format): StorageOperation {
  return { type: "put", key: FORMAT_KEY, value: Buffer.from(JSON.stringify(format)) };
}
