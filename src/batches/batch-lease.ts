/**
 * Who runs a batch: of the processes that share a storage, one at a time.
 *
 *     free ──take──▶ held ──renew, in time──▶ held ──release──▶ free
 *                      └── leaseMs without: its process is dead ──▶ free
 *
 * The storage tells the time: processes need not agree on it.
 */
import { randomUUID } from "node:crypto";
import { toKey } from "../storage/key.ts";
import type { Storage } from "../storage/storage.ts";
import type { BatchRef } from "./batch-store.ts";

export class BatchLeases {
  readonly #storage: Storage;
  readonly #ttlMs: number;
  /** Names this process. */
  readonly #owner = Buffer.from(randomUUID());

  constructor(storage: Storage, ttlMs: number) {
    this.#storage = storage;
    this.#ttlMs = ttlMs;
  }

  /** @returns whether it is ours now */
  tryTake(batch: BatchRef): Promise<boolean> {
    return this.#storage.compareAndSet(keyOf(batch), undefined, this.#owner, { ttlMs: this.#ttlMs });
  }

  /** @returns whether it is still ours */
  renew(batch: BatchRef): Promise<boolean> {
    return this.#storage.compareAndSet(keyOf(batch), this.#owner, this.#owner, { ttlMs: this.#ttlMs });
  }

  /** Does nothing where it is not ours. */
  async release(batch: BatchRef): Promise<void> {
    await this.#storage.compareAndSet(keyOf(batch), this.#owner, undefined);
  }
}

function keyOf({ tenant, id }: BatchRef): string {
  return toKey(["batch-leases", tenant, id]);
}
