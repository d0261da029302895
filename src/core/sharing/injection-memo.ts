/**
 * Remembers what was injected for a user turn, so that its whole tool loop gets the same bytes: the prompt stays in the
 * provider's cache, and the model does not see its context change while it works.
 *
 *     injections   tenant, key   → text and the ids of the items in it, for a day
 */
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";

/** What was injected once. */
interface Injection {
  readonly text: string;
  readonly itemIds: readonly string[];
}

export interface InjectionMemo {
  get(tenant: string, key: string): Promise<Injection | undefined>;
  /** Remembers, in place of what was remembered: the same turn, begun again, is chosen for again. */
  put(tenant: string, key: string, injection: Injection): Promise<void>;
  /** Everything remembered for a tenant. */
  scan(tenant: string): AsyncIterable<RememberedInjection>;
}

interface RememberedInjection {
  readonly itemIds: readonly string[];
  readonly removal: StorageOperation;
}

const TTL_MS = 24 * 60 * 60 * 1000;

/** The memo in `storage`. */
export function createInjectionMemo(storage: Storage): InjectionMemo {
  const injections = table<Injection>(storage, "injections");

  return {
    get: (tenant, key) => injections.get([tenant, key]),
    put: (tenant, key, injection) =>
      storage.batch([injections.put([tenant, key], injection, { ttlMs: TTL_MS })]),
    async *scan(tenant) {
      for await (const [key, { itemIds }] of injections.scan([tenant])) {
        yield { itemIds, removal: injections.delete(key) };
      }
    },
  };
}
