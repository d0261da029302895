/**
 * Where files live: a record each, and their bytes in pieces, so that no file is ever held whole.
 *
 *     files        tenant, id           → what is told of the file
 *     file-pieces  tenant, id, number   → up to 256 KiB of its bytes, as they are
 *
 * The record is written last and deleted first, and the pieces outlive it: a file that can be found is whole. Two files may be written at once,
 * also under one id, if it is with the same bytes: that is how a batch that was broken off writes its output again.
 */
import { toKey } from "../storage/key.ts";
import type { Storage } from "../storage/storage.ts";
import { table } from "../storage/table.ts";
import { newOrderedId } from "./ids.ts";
import { type FileObject, type ListPage, type ListQuery, toSeconds } from "./objects.ts";
import { pageOf } from "./pages.ts";

const PIECE_BYTES = 256 * 1024;

/** As long as OpenAI keeps what batches read and write: 30 days. */
export const KEPT_SECONDS = 30 * 24 * 60 * 60;

/** The first piece is written before the record; no upload takes longer than a day. */
const PIECES_OUTLIVE_MS = 24 * 60 * 60 * 1000;

/** Deletes are put into a batch so many at a time. */
const DELETED_AT_ONCE = 256;

/** A file as it is kept. */
export interface FileRecord {
  readonly object: FileObject;
  readonly pieces: number;
  /** Whose it is, within the tenant. */
  readonly agentId?: string | undefined;
}

/** What is said of a new file. */
export interface FileFacts {
  readonly filename: string;
  readonly purpose: FileObject["purpose"];
  /** Whose it is, within the tenant. */
  readonly agentId?: string | undefined;
  /** Seconds from its creation until it is gone. @defaultValue 30 days */
  readonly keptSeconds?: number | undefined;
  /** @defaultValue a new one */
  readonly id?: string | undefined;
}

/** Takes a file's bytes as they come. */
export interface FileWriter {
  add(bytes: Uint8Array): Promise<void>;
  /** All have come: from here on the file is there. */
  end(): Promise<FileObject>;
  /** No more will come: takes out what was written. */
  discard(): Promise<void>;
}

export class FileStore {
  readonly #storage: Storage;
  readonly #now: () => number;
  readonly #records;

  /** @param now - milliseconds since the epoch */
  constructor(storage: Storage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
    this.#records = table<FileRecord>(storage, "files");
  }

  newId(): string {
    return newOrderedId("file-", this.#now());
  }

  writer(
    tenant: string,
    { filename, purpose, agentId, keptSeconds = KEPT_SECONDS, id = this.newId() }: FileFacts,
  ): FileWriter {
    const ttlMs = keptSeconds * 1000;
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    let pieces = 0;
    let bytes = 0;
    const write = async (piece: Uint8Array): Promise<void> => {
      const key = pieceKey(tenant, id, pieces);
      await this.#storage.batch([{ type: "put", key, value: piece, ttlMs: ttlMs + PIECES_OUTLIVE_MS }]);
      pieces += 1;
    };
    return {
      add: async (part) => {
        bytes += part.length;
        waitingBytes += part.length;
        waiting.push(part);
        if (waitingBytes < PIECE_BYTES) return;
        const all = Buffer.concat(waiting);
        const whole = all.length - (all.length % PIECE_BYTES);
        for (let start = 0; start < whole; start += PIECE_BYTES) {
          await write(all.subarray(start, start + PIECE_BYTES));
        }
        // A copy: what is left is not to keep all that it was cut from.
        waiting = [Buffer.from(all.subarray(whole))];
        waitingBytes = all.length - whole;
      },
      end: async () => {
        if (waitingBytes > 0) await write(Buffer.concat(waiting));
        const createdAt = toSeconds(this.#now());
        const object: FileObject = {
          id,
          object: "file",
          bytes,
          created_at: createdAt,
          expires_at: createdAt + keptSeconds,
          filename,
          purpose,
          status: "processed",
        };
        await this.#storage.batch([this.#records.put([tenant, id], { object, pieces, agentId }, { ttlMs })]);
        return object;
      },
      discard: () => this.#deletePieces(tenant, id, pieces),
    };
  }

  get(tenant: string, id: string): Promise<FileRecord | undefined> {
    return this.#records.get([tenant, id]);
  }

  /** @param isSeen - whether a file is one for this list */
  list(
    tenant: string,
    query: ListQuery,
    isSeen: (record: FileRecord) => boolean,
  ): Promise<ListPage<FileObject>> {
    return pageOf(this.#records, tenant, query, { usual: 100, most: 10_000 }, (record) =>
      isSeen(record) ? record.object : undefined,
    );
  }

  /** The file's bytes, a piece at a time; `undefined`: there is no such file. Throws where it is deleted meanwhile. */
  async read(tenant: string, id: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const record = await this.#records.get([tenant, id]);
    return record && this.#pieces(tenant, id, record.pieces);
  }

  /** @returns whether there was such a file */
  async delete(tenant: string, id: string): Promise<boolean> {
    const record = await this.#records.get([tenant, id]);
    if (record === undefined) return false;
    await this.#storage.batch([this.#records.delete([tenant, id])]);
    await this.#deletePieces(tenant, id, record.pieces);
    return true;
  }

  async *#pieces(tenant: string, id: string, pieces: number): AsyncGenerator<Uint8Array> {
    for (let number = 0; number < pieces; number += 1) {
      const piece = await this.#storage.get(pieceKey(tenant, id, number));
      if (piece === undefined) throw new Error(`file ${id} was deleted while it was read`);
      yield piece;
    }
  }

  async #deletePieces(tenant: string, id: string, pieces: number): Promise<void> {
    for (let first = 0; first < pieces; first += DELETED_AT_ONCE) {
      const count = Math.min(DELETED_AT_ONCE, pieces - first);
      const keys = Array.from({ length: count }, (_, offset) => pieceKey(tenant, id, first + offset));
      await this.#storage.batch(keys.map((key) => ({ type: "delete", key })));
    }
  }
}

function pieceKey(tenant: string, id: string, number: number): string {
  return toKey(["file-pieces", tenant, id, String(number)]);
}
