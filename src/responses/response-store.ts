/**
 * Where answers to `/v1/responses` live that no vendor keeps: one table.
 *
 *     responses   tenant, id   → the answer, and what it was asked with
 *
 * A conversation is a chain: each answer names the one before it, and only what is new is kept with each.
 */
import type { ForgottenItems } from "../core/sharing/forget.ts";
import type { Storage, StorageOperation } from "../storage/storage.ts";
import { type Table, table } from "../storage/table.ts";
import type { WireBody } from "../wires/wire.ts";

/** An answer as it is kept. */
export interface StoredResponse {
  readonly response: WireBody & { readonly id: string };
  /** What was new in its request, in order. */
  readonly input: readonly (WireBody & { readonly id: string })[];
  readonly agentId?: string | undefined;
  /** Shared context that the model was shown. */
  readonly contextIds: readonly string[];
}

const DELETED_AT_ONCE = 256;

export class ResponseStore {
  readonly #storage: Storage;
  readonly #records: Table<StoredResponse>;
  readonly #ttlMs: number;

  constructor(storage: Storage, ttlMs: number) {
    this.#storage = storage;
    this.#records = table(storage, "responses");
    this.#ttlMs = ttlMs;
  }

  get(tenant: string, id: string): Promise<StoredResponse | undefined> {
    return this.#records.get([tenant, id]);
  }

  async put(tenant: string, record: StoredResponse): Promise<void> {
    const operation = this.#records.put([tenant, record.response.id], record, { ttlMs: this.#ttlMs });
    await this.#storage.batch([operation]);
  }

  /** @returns whether there was such an answer */
  async delete(tenant: string, id: string): Promise<boolean> {
    if ((await this.get(tenant, id)) === undefined) return false;
    await this.#storage.batch([this.#records.delete([tenant, id])]);
    return true;
  }

  /** Takes out every answer that may repeat what is being forgotten: its agents', and those that were shown it. */
  async forget({ tenant, wholeTenant, itemIds, agentIds }: ForgottenItems): Promise<void> {
    let removals: StorageOperation[] = [];
    for await (const [key, { agentId, contextIds }] of this.#records.scan([tenant])) {
      const isConcerned =
        wholeTenant ||
        (agentId !== undefined && agentIds.has(agentId)) ||
        contextIds.some((id) => itemIds.has(id));
      if (!isConcerned) continue;
      removals.push(this.#records.delete(key));
      if (removals.length < DELETED_AT_ONCE) continue;
      await this.#storage.batch(removals);
      removals = [];
    }
    if (removals.length > 0) await this.#storage.batch(removals);
  }
}
