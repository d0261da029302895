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
 *
 * A long conversation cuts the same texts in every call, so what is known to be kept is remembered here, and not asked for
 * again. That holds while the tenant's mark stands, which whoever forgets anything takes away, in any process:
 *
 *     kept        tenant   → since when nothing was taken out before its time
 *
 * so a call costs one read, and one more for each text that it is the first to cut.
 */
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import { Breather } from "../breather.ts";
import type { Caller } from "./item.ts";

export interface Originals {
  /** Keeps texts; gives their handles, in order. */
  put(caller: Pick<Caller, "tenant" | "agentId">, texts: readonly string[]): Promise<readonly string[]>;
  get(tenant: string, handle: string): Promise<string | undefined>;
  /** The handle under which a text is found, once it is kept. */
  handleOf(tenant: string, text: string): string;
  /** Everything kept for a tenant. */
  scan(tenant: string): AsyncIterable<KeptOriginal>;
  /** Goes with every removal: in no process is anything of the tenant taken to be kept. */
  unmark(tenant: string): StorageOperation;
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

/** Texts that are looked for, and written, at once. */
const PAGE = 128;

/** Of texts that are remembered. */
const MEMO_BYTES = 16 * 1024 * 1024;

/** What an entry costs besides its text. */
const MEMO_ENTRY_BYTES = 512;

/** What is known of a text; of two callers who cut the same, the last. */
interface KnownText {
  readonly tenant: string;
  readonly handle: string;
  kept?: { readonly mark: number; readonly agentId: string; readonly since: number };
}

/** The originals in `storage`, each kept for `ttlMs`. */
export function createOriginals(storage: Storage, clock: Clock, ttlMs: number): Originals {
  const originals = table<Original>(storage, "originals");
  const marks = table<number>(storage, "kept");
  const known = new LRUCache<string, KnownText>({
    maxSize: MEMO_BYTES,
    sizeCalculation: (_known, text) => 2 * text.length + MEMO_ENTRY_BYTES,
  });

  function knownText(tenant: string, text: string): KnownText {
    let found = known.get(text);
    if (found?.tenant !== tenant) {
      found = { tenant, handle: handleOf(tenant, text) };
      known.set(text, found);
    }
    return found;
  }

  return {
    handleOf: (tenant, text) => knownText(tenant, text).handle,
    async put({ tenant, agentId = "" }, texts) {
      const now = clock.now();
      const isLasting = (since: number): boolean => now - since < ttlMs / 2;
      const marked = await marks.get([tenant]);
      const mark = marked ?? now;
      const unsure = new Map<string, string>();
      const handles = texts.map((text) => {
        const { handle, kept } = knownText(tenant, text);
        const isKept = kept?.mark === mark && kept.agentId === agentId && isLasting(kept.since);
        if (!isKept) unsure.set(handle, text);
        return handle;
      });
      const entries = [...unsure];
      const breather = new Breather();
      for (let from = 0; from < entries.length; from += PAGE) {
        const page = entries.slice(from, from + PAGE);
        const writes: StorageOperation[] = [];
        const looked = await Promise.all(
          page.map(async ([handle, text]) => {
            const key = [tenant, handle, agentId];
            const before = await originals.get(key);
            const since = before !== undefined && isLasting(before.keptSince) ? before.keptSince : now;
            if (since !== before?.keptSince)
              writes.push(originals.put(key, { text, keptSince: now }, { ttlMs }));
            return { text, since };
          }),
        );
        if (marked === undefined && from === 0) writes.push(marks.put([tenant], mark, { ttlMs }));
        if (writes.length > 0) await storage.batch(writes);
        for (const { text, since } of looked) knownText(tenant, text).kept = { mark, agentId, since };
        await breather.after(page.reduce((sum, [, text]) => sum + text.length, 0));
      }
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
    unmark: (tenant) => marks.delete([tenant]),
  };
}

/** The handle under which a text is found, once it is kept. */
export function handleOf(tenant: string, text: string): string {
  return `pc:${hash("sha256", JSON.stringify([tenant, text])).slice(0, 32)}`;
}
