/**
 * What went from one agent to another, and who allowed it. What is read is written down before it is given: where that
 * fails, nothing is.
 *
 *     audit   tenant, moment and a random id   → entry, for a while
 *
 * An agent's own words in its own memory are nobody else's affair: reading and writing those is not written down.
 */
import type { Clock } from "../../clock.ts";
import { newRequestId } from "../../request-id.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import { type AudienceName, nameOf } from "./access.ts";
import type { Grant } from "./grants.ts";
import type { Caller, ContextItem } from "./item.ts";
import { positionMaker } from "./item-position.ts";

/** One thing that was done across agents. */
export interface AuditEntry {
  readonly action: "read" | "write" | "grant" | "revoke";
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who did it; `undefined`: who speaks for the tenant. */
  readonly agentId: string | undefined;
  readonly sessionId: string | undefined;
  /** Whose items: an agent's own, or a group's. */
  readonly audience: AudienceName;
  /** Who wrote the items. */
  readonly agents: readonly string[];
  /** Which items; none of a grant, which is for all. */
  readonly itemIds: readonly string[];
  /** Of a grant: who may read, or no longer. */
  readonly reader?: AudienceName | undefined;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

export interface AuditTrail {
  /** Writes down that a caller reads these; nothing where all of them are its own. */
  read(caller: Actor, items: readonly AuditedItem[]): Promise<void>;
  /** Writes down that a caller wrote these; nothing where they are its own memory. */
  wrote(caller: Actor, items: readonly AuditedItem[]): Promise<void>;
  /** Writes down who may read what from now on, or no longer. */
  granted(action: "grant" | "revoke", caller: Actor, grant: Pick<Grant, "owner" | "reader">): Promise<void>;
  /** The newest first; of an agent, what it did and what was done with what it wrote. */
  page(
    tenant: string,
    range: {
      readonly agentId: string | undefined;
      readonly limit: number;
      readonly after?: string | undefined;
    },
  ): Promise<AuditPage>;
  /** All entries of a tenant. */
  scan(tenant: string): AsyncIterable<KeptAudit>;
}

/** Who does something. */
type Actor = Pick<Caller, "tenant" | "agentId" | "sessionId">;

type AuditedItem = Pick<ContextItem, "id" | "agentId" | "audience">;

interface KeptAudit {
  readonly entry: AuditEntry;
  readonly removal: StorageOperation;
  /** The same entry without the ids of items that are gone. */
  readonly without: (itemIds: ReadonlySet<string>) => StorageOperation;
}

/** The trail in `storage`, each entry kept for `ttlMs`. */
export function createAuditTrail(storage: Storage, clock: Clock, ttlMs: number): AuditTrail {
  const trail = table<AuditEntry>(storage, "audit");
  const toPosition = positionMaker();

  async function write(tenant: string, entries: readonly Omit<AuditEntry, "at">[]): Promise<void> {
    if (entries.length === 0) return;
    const at = clock.now();
    await storage.batch(
      entries.map((entry) => {
        const position = toPosition({ id: newRequestId(), createdAt: at });
        return trail.put([tenant, position], { ...entry, at }, { ttlMs });
      }),
    );
  }

  return {
    read: (caller, items) =>
      write(
        caller.tenant,
        toEntries(
          "read",
          caller,
          items.filter(({ agentId }) => agentId !== caller.agentId),
        ),
      ),
    wrote: (caller, items) =>
      write(
        caller.tenant,
        toEntries(
          "write",
          caller,
          items.filter(({ audience, agentId }) => audience !== "agent" || agentId !== caller.agentId),
        ),
      ),
    granted: (action, { tenant, agentId, sessionId }, { owner, reader }) =>
      write(tenant, [{ action, agentId, sessionId, audience: owner, reader, agents: [], itemIds: [] }]),
    async page(tenant, { agentId, limit, after: begin }) {
      const entries: AuditEntry[] = [];
      let last: string | undefined;
      const after = begin === undefined ? undefined : [begin];
      for await (const [key, entry] of trail.scan([tenant], { reverse: true, after })) {
        if (agentId !== undefined && !concerns(entry, agentId)) continue;
        if (entries.length === limit) return { entries, nextAfter: last };
        entries.push(entry);
        last = key[1];
      }
      return { entries, nextAfter: undefined };
    },
    async *scan(tenant) {
      for await (const [key, entry] of trail.scan([tenant])) {
        yield {
          entry,
          removal: trail.delete(key),
          without: (itemIds) =>
            trail.put(
              key,
              { ...entry, itemIds: entry.itemIds.filter((id) => !itemIds.has(id)) },
              { ttlMs: Math.max(1, entry.at + ttlMs - clock.now()) },
            ),
        };
      }
    },
  };
}

/** One an audience: what is read of two is two lines. */
function toEntries(
  action: "read" | "write",
  { agentId, sessionId }: Actor,
  items: readonly AuditedItem[],
): readonly Omit<AuditEntry, "at">[] {
  const byAudience = new Map<AudienceName, AuditedItem[]>();
  for (const item of items) {
    const audience = nameOf(item.audience, item.agentId);
    byAudience.set(audience, [...(byAudience.get(audience) ?? []), item]);
  }
  return [...byAudience].map(([audience, its]) => ({
    action,
    agentId,
    sessionId,
    audience,
    agents: [...new Set(its.map((item) => item.agentId))],
    itemIds: its.map(({ id }) => id),
  }));
}

/** Whether an agent is in an entry: it did it, or it is the one whose words or memory it is about. */
export function concerns({ agentId, audience, agents, reader }: AuditEntry, asked: string): boolean {
  const own = nameOf("agent", asked);
  return agentId === asked || agents.includes(asked) || audience === own || reader === own;
}
