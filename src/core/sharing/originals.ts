/**
 * What a compile cut, to be had back: texts under the hash of their content, for a while.
 *
 *     originals   tenant, hash, agent   → text
 *
 * The handle is "pc:" and 32 hexadecimal digits of SHA-256 over tenant and text: the same text gives the same handle
 * at every compile, and a handle of another tenant finds nothing. The agent whose call it was is in the key, so that
 * what an agent left here goes when the agent is forgotten.
 *
 * Cutting the same text again writes nothing while more than half of its time is left: a handle in a report is good
 * for at least that half.
 */
import { hash } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import type { Caller } from "./item.ts";

export interface Originals {
  /** Keeps texts; gives their handles, in order. */
  put(caller: Pick<Caller, "tenant" | "agentId">, texts: readonly string[]): Promise<readonly string[]>;
  get(tenant: string, handle: string): Promise<string | undefined>;
  /** Everything kept for a tenant. */
  scan(tenant: string): AsyncIterable<KeptOriginal>;
}

export interface KeptOriginal {
  /** Whose call it was; `undefined`: the call did not say. */
  readonly agentId: string | undefined;
  readonly text: string;
  readonly removal: StorageOperation;
}

interface Original {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly keptSince: number;
}

const HANDLE = /^pc:[0-9a-f]{32}$/;

/** Whether this is the handle of an original, by its form. */
export function isHandle(id: string): boolean {
  return HANDLE.test(id);
}

/** The originals in `storage`, each kept for `ttlMs`. */
export function createOriginals(storage: Storage, clock: Clock, ttlMs: number): Originals {
  const originals = table<Original>(storage, "originals");

  return {
    async put({ tenant, agentId = "" }, texts) {
      const handles = texts.map((text) => handleOf(tenant, text));
      const keptSince = clock.now();
      const operations = await Promise.all(
        [...new Map(handles.map((handle, index) => [handle, texts[index] ?? ""]))].map(
          async ([handle, text]): Promise<readonly StorageOperation[]> => {
            const key = [tenant, handle, agentId];
            const kept = await originals.get(key);
            if (kept !== undefined && keptSince - kept.keptSince < ttlMs / 2) return [];
            return [originals.put(key, { text, keptSince }, { ttlMs })];
          },
        ),
      );
      if (operations.some((some) => some.length > 0)) await storage.batch(operations.flat());
      return handles;
    },
    async get(tenant, handle) {
      for await (const [, { text }] of originals.range([tenant, handle], { limit: 1 })) return text;
      return undefined;
    },
    async *scan(tenant) {
      for await (const [key, { text }] of originals.scan([tenant])) {
        yield { agentId: key[2] || undefined, text, removal: originals.delete(key) };
      }
    },
  };
}

/** The handle under which a text is found, once it is kept. */
export function handleOf(tenant: string, text: string): string {
  return `pc:${hash("sha256", JSON.stringify([tenant, text])).slice(0, 32)}`;
}
