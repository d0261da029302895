/**
 * Answers to `/v1/responses` that a vendor keeps: who it is, so that what is asked of them later gets there.
 *
 *     vendor-responses   id, tenant   → the deployment that answered
 *
 * A vendor keeps them for its whole account: that they are one tenant's is known here only. An id that nobody here has seen
 * may be of before, or of a caller's own; one that another tenant was answered with is not there.
 */
import type { CallContext } from "../chat.ts";
import { callerOf, reaches } from "../core/sharing/access.ts";
import type { ForgottenItems } from "../core/sharing/forget.ts";
import type { Storage, StorageOperation } from "../storage/storage.ts";
import { type Table, table } from "../storage/table.ts";
import { deleteAll, mayRepeat, type Sources } from "./forgotten.ts";

/** Who keeps an answer. */
export interface VendorResponse extends Sources {
  /** Id of the deployment that answered. */
  readonly deployment: string;
  /** The model that was asked for. */
  readonly model?: string | undefined;
}

/** An answer of somebody else's. */
export const STRANGERS = "a stranger's";

/** What a vendor calls an answer goes into a path of ours. */
const ID = /^[\w-]{1,256}$/;

export class VendorResponses {
  readonly #storage: Storage;
  readonly #records: Table<VendorResponse>;
  readonly #ttlMs: number;

  constructor(storage: Storage, ttlMs: number) {
    this.#storage = storage;
    this.#records = table(storage, "vendor-responses");
    this.#ttlMs = ttlMs;
  }

  /** Who keeps the answer, as far as it is the caller's to know; `undefined`: nobody here has seen it. */
  async find(id: string, call: CallContext): Promise<VendorResponse | typeof STRANGERS | undefined> {
    if (!ID.test(id)) return undefined;
    const own = await this.#records.get([id, callerOf(call).tenant]);
    if (own !== undefined) return reaches(call, own.agentId) ? own : STRANGERS;
    for await (const _ of this.#records.range([id], { limit: 1 })) return STRANGERS;
    return undefined;
  }

  async put(tenant: string, id: string, record: VendorResponse): Promise<void> {
    if (!ID.test(id)) return;
    await this.#storage.batch([this.#records.put([id, tenant], record, { ttlMs: this.#ttlMs })]);
  }

  /** Takes out the way to every answer that may repeat what is being forgotten. Looks at all there are. */
  forget(forgotten: ForgottenItems): Promise<void> {
    return deleteAll(this.#storage, this.#deletions(forgotten));
  }

  async *#deletions(forgotten: ForgottenItems): AsyncGenerator<StorageOperation> {
    for await (const [key, record] of this.#records.scan([])) {
      if (key[1] === forgotten.tenant && mayRepeat(record, forgotten)) yield this.#records.delete(key);
    }
  }
}
