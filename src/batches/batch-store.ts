/**
 * Where batches live: four tables.
 *
 *     batches         tenant, id           → what was asked, and where it stands
 *     batch-counts    tenant, id           → how many lines have ended, and how
 *     batch-lines     tenant, id, number   → what has become of a line; gone when the batch's files are written
 *     open-batches    tenant, id           → a batch that somebody has to take on
 *
 * A record is changed by compare-and-set: whoever cancels a batch may be another process than the one that runs it. A
 * line and the counts with it are written together, by the one that runs the batch.
 */
import { type KeyParts, toKey } from "../storage/key.ts";
import type { Storage } from "../storage/storage.ts";
import { type Table, table } from "../storage/table.ts";
import { isAnswered, type OutputLine } from "./batch-line.ts";
import type { BatchObject, ListPage, ListQuery } from "./objects.ts";
import { pageOf } from "./pages.ts";

/** A batch by its name. */
export interface BatchRef {
  readonly tenant: string;
  readonly id: string;
}

/** What holds for every call of a batch; kept with it. */
export interface BatchContext {
  readonly agentId?: string | undefined;
  /** Agents whose responses its lines may go on from. */
  readonly agents?: readonly string[] | undefined;
  readonly sessionId?: string | undefined;
  readonly group?: string | undefined;
  readonly share?: boolean | "read" | "write" | undefined;
  readonly maxInputTokens?: number | undefined;
  readonly cache?: string | undefined;
  readonly priority: number;
}

/** No more lines are run: how it ends, and the files that are being written. */
export interface Ending {
  readonly status: "completed" | "expired" | "cancelled";
  readonly outputFileId: string;
  readonly errorFileId: string;
}

export interface BatchRecord {
  readonly object: Omit<BatchObject, "request_counts">;
  readonly context: BatchContext;
  /** Models that lines may ask for. */
  readonly models?: readonly string[] | undefined;
  /** How long its output files are kept. */
  readonly keptSeconds?: number | undefined;
  /** Lines; 0 before they are counted. */
  readonly total: number;
  readonly ending?: Ending | undefined;
  /** It goes through a vendor's own batch API. */
  readonly vendor?: VendorRecord | undefined;
}

/** Where a batch is that a vendor runs. */
export interface VendorRecord {
  /** Id of the deployment that takes it. */
  readonly deployment: string;
  /** Models that its lines ask for. */
  readonly models: readonly string[];
  /** The vendor's id of it; `undefined`: not begun there. */
  readonly id?: string | undefined;
}

/** Lines that have ended. */
export interface Tally {
  readonly completed: number;
  readonly failed: number;
}

const RECORDS = "batches";
const NOTHING_YET: Tally = { completed: 0, failed: 0 };
const DELETED_AT_ONCE = 256;

/** Numbers of this many digits are ordered as texts as they are as numbers. */
const DIGITS = 8;

export class BatchStore {
  readonly #storage: Storage;
  readonly #records: Table<BatchRecord>;
  readonly #counts: Table<Tally>;
  readonly #lines: Table<OutputLine>;
  readonly #open: Table<true>;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#records = table(storage, RECORDS);
    this.#counts = table(storage, "batch-counts");
    this.#lines = table(storage, "batch-lines");
    this.#open = table(storage, "open-batches");
  }

  async add(tenant: string, record: BatchRecord): Promise<BatchObject> {
    const key = [tenant, record.object.id];
    await this.#storage.batch([this.#records.put(key, record), this.#open.put(key, true)]);
    return { ...record.object, request_counts: { total: record.total, ...NOTHING_YET } };
  }

  get({ tenant, id }: BatchRef): Promise<BatchRecord | undefined> {
    return this.#records.get([tenant, id]);
  }

  /** @param isSeen - whether a batch is one for this list */
  list(
    tenant: string,
    query: ListQuery,
    isSeen: (record: BatchRecord) => boolean,
  ): Promise<ListPage<BatchObject>> {
    return pageOf(this.#records, tenant, query, { usual: 20, most: 100 }, (record) =>
      isSeen(record) ? this.toObject(tenant, record) : undefined,
    );
  }

  /** A record as callers see it, with its counts. */
  async toObject(tenant: string, { object, total }: BatchRecord): Promise<BatchObject> {
    const { completed, failed } = (await this.#counts.get([tenant, object.id])) ?? NOTHING_YET;
    return { ...object, request_counts: { total, completed, failed } };
  }

  /**
   * Changes a record, whoever else does so too: `change` is asked again with what they made of it.
   *
   * @param change - gives the record as it is to be, or `undefined`: it stays
   * @returns the record as it is now; `undefined`: there is none
   */
  async change(
    { tenant, id }: BatchRef,
    change: (record: BatchRecord) => BatchRecord | undefined,
  ): Promise<BatchRecord | undefined> {
    const key = toKey([RECORDS, tenant, id]);
    for (;;) {
      const bytes = await this.#storage.get(key);
      if (bytes === undefined) return undefined;
      const record = JSON.parse(Buffer.from(bytes).toString()) as BatchRecord;
      const changed = change(record);
      if (changed === undefined) return record;
      const written = Buffer.from(JSON.stringify(changed));
      if (await this.#storage.compareAndSet(key, bytes, written)) return changed;
    }
  }

  /** Keeps what has become of a line. @param counts - of all lines that have ended, with this one */
  async saveLine({ tenant, id }: BatchRef, number: number, line: OutputLine, counts: Tally): Promise<void> {
    await this.#storage.batch([
      this.#lines.put([tenant, id, String(number).padStart(DIGITS, "0")], line),
      this.#counts.put([tenant, id], counts),
    ]);
  }

  async saveCounts({ tenant, id }: BatchRef, counts: Tally): Promise<void> {
    await this.#storage.batch([this.#counts.put([tenant, id], counts)]);
  }

  /** The lines that have ended, by their number in the file's order. */
  async *lines({ tenant, id }: BatchRef): AsyncGenerator<readonly [number: number, line: OutputLine]> {
    for await (const [key, line] of this.#lines.scan([tenant, id])) yield [Number(key.at(-1)), line];
  }

  /** Batches that are not at their end, the oldest of a tenant first; all tenants' where none is named. */
  async *open(tenant?: string): AsyncGenerator<BatchRef> {
    for await (const [[owner = "", id = ""]] of this.#open.scan(tenant === undefined ? [] : [tenant])) {
      yield { tenant: owner, id };
    }
  }

  /** Takes out what a batch at its end does not need any more. */
  async close({ tenant, id }: BatchRef): Promise<void> {
    let keys: KeyParts[] = [];
    const flush = async (): Promise<void> => {
      await this.#storage.batch(keys.map((key) => this.#lines.delete(key)));
      keys = [];
    };
    for await (const [key] of this.#lines.scan([tenant, id])) {
      keys.push(key);
      if (keys.length === DELETED_AT_ONCE) await flush();
    }
    await flush();
    await this.#storage.batch([this.#open.delete([tenant, id])]);
  }
}

/** The same counts with one more line. */
export function counted(counts: Tally, line: OutputLine): Tally {
  const { completed, failed } = counts;
  return isAnswered(line) ? { completed: completed + 1, failed } : { completed, failed: failed + 1 };
}
