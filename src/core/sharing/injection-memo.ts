/**
 * Remembers what was injected for a user turn, so that its whole tool loop gets the same bytes: the prompt stays in the
 * provider's cache, and the model does not see its context change while it works.
 *
 *     injections   tenant, key   → text and the ids of the items in it, for a day
 */
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";

/** What was injected once. */
export interface Injection {
  readonly text: string;
  readonly itemIds: readonly string[];
}

export interface InjectionMemo {
  get(tenant: string, key: string): Promise<Injection | undefined>;
  /** Remembers, unless something is remembered already: gives what stands, to be injected by all. */
  put(tenant: string, key: string, injection: Injection): Promise<Injection>;
  /** Everything remembered for a tenant. */
  scan(tenant: string): AsyncIterable<RememberedInjection>;
}

export interface RememberedInjection {
  readonly itemIds: readonly string[];
  readonly removal: StorageOperation;
}

const TTL_MS = 24 * 60 * 60 * 1000;

/** The memo in `storage`. */
export function createInjectionMemo(storage: Storage): InjectionMemo {
  const injections = table<Injection>(storage, "injections");

  return {
    get: (tenant, key) => injections.get([tenant, key]),
    async put(tenant, key, injection) {
      const isFirst = await injections.putIfAbsent([tenant, key], injection, { ttlMs: TTL_MS });
      return isFirst ? injection : ((await injections.get([tenant, key])) ?? injection);
    },
    async *scan(tenant) {
      for await (const [key, { itemIds }] of injections.scan([tenant])) {
        yield { itemIds, removal: injections.delete(key) };
      }
    },
  };
}
