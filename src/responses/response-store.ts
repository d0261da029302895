/**
 * Where answers to `/v1/responses` live that no vendor keeps: one table.
 *
 *     responses   tenant, id   → the answer, and what it was asked with
 *
 * A conversation is a chain: each answer names the one before it, and only what is new is kept with each.
 */
import type { CallContext } from "../chat.ts";
import { callerOf, reaches } from "../core/sharing/access.ts";
import type { ForgottenItems } from "../core/sharing/forget.ts";
import type { Storage, StorageOperation } from "../storage/storage.ts";
import { type Table, table } from "../storage/table.ts";
import type { WireBody } from "../wires/wire.ts";
import { deleteAll, mayRepeat, type Sources } from "./forgotten.ts";

/** An answer as it is kept. */
export interface StoredResponse extends Sources {
  readonly response: WireBody & { readonly id: string };
  /** What was new in its request, in order. */
  readonly input: readonly (WireBody & { readonly id: string })[];
}

export class ResponseStore {
  readonly #storage: Storage;
  readonly #records: Table<StoredResponse>;
  readonly #ttlMs: number;

  constructor(storage: Storage, ttlMs: number) {
    this.#storage = storage;
    this.#records = table(storage, "responses");
    this.#ttlMs = ttlMs;
  }

  /** The answer, if it is the caller's to see. */
  async get(id: string, call: CallContext): Promise<StoredResponse | undefined> {
    const record = await this.#records.get([callerOf(call).tenant, id]);
    return record && reaches(call, record.agentId) ? record : undefined;
  }

  async put(tenant: string, record: StoredResponse): Promise<void> {
    const operation = this.#records.put([tenant, record.response.id], record, { ttlMs: this.#ttlMs });
    await this.#storage.batch([operation]);
  }

  /** @returns whether there was such an answer */
  async delete(id: string, call: CallContext): Promise<boolean> {
    if ((await this.get(id, call)) === undefined) return false;
    await this.#storage.batch([this.#records.delete([callerOf(call).tenant, id])]);
    return true;
  }

  /** Takes out every answer that may repeat what is being forgotten. */
  forget(forgotten: ForgottenItems): Promise<void> {
    return deleteAll(this.#storage, this.#deletions(forgotten));
  }

  async *#deletions(forgotten: ForgottenItems): AsyncGenerator<StorageOperation> {
    for await (const [key, record] of this.#records.scan([forgotten.tenant])) {
      if (mayRepeat(record, forgotten)) yield this.#records.delete(key);
    }
  }
}
