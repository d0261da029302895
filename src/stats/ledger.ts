/**
 * Where sums of calls are kept: a row a day, agent and group, for every process that wrote one.
 *
 *     call-sums   tenant, day, agent, group, writer   → sums, and when the last call ended
 *
 * A writer owns its rows and writes them whole, as they have grown: nobody reads before writing, two processes never meet
 * in one row, and a write that failed is made good by the next. Who reads adds the rows of all writers.
 *
 * A call changes one row in memory. Rows that have changed are written in one batch, and those that change meanwhile in
 * the next: one write is under way at most, however many calls end, and there is no timer. A process that is killed loses
 * what the write under way had not written.
 *
 * What is older than `ttlMs` is taken out when its tenant's first call of a day is written, and read by nobody before.
 */
import type { Clock } from "../clock.ts";
import type { Caller } from "../core/sharing/item.ts";
import { newRequestId } from "../request-id.ts";
import type { Storage, StorageOperation } from "../storage/storage.ts";
import { table } from "../storage/table.ts";
import type { EventListener } from "../telemetry.ts";
import { addSums, type CallSums, NO_CALLS, sumsOf } from "./sums.ts";

/** Whose call it is. */
export type CallOwner = Pick<Caller, "tenant" | "agentId" | "group">;

/** What the calls of one day, agent and group came to, in one process. */
export interface LedgerRow {
  /** In UTC, "2026-11-24". */
  readonly day: string;
  readonly agentId: string | undefined;
  readonly group: string | undefined;
  readonly sums: Partial<CallSums>;
  /** Milliseconds since the epoch. */
  readonly lastCallAt: number;
}

export interface CallLedger {
  /** Hears of a call's events, counts them for its owner, and hands them on to `emit`. */
  listener(owner: CallOwner, emit: EventListener): EventListener;
  /** Rows of a tenant by day, those of this process up to this moment within. */
  rows(tenant: string, range?: DayRange): AsyncIterable<LedgerRow>;
  /** Takes out what is known of an agent's calls, or of a whole tenant's. */
  forget(tenant: string, agentId: string | undefined): Promise<void>;
  /** Writes what is not written yet. */
  close(): Promise<void>;
}

/** Days, both of them within. */
export interface DayRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

interface KeptRow {
  readonly sums: Partial<CallSums>;
  readonly lastCallAt: number;
}

interface OpenRow extends KeptRow {
  readonly key: readonly [tenant: string, day: string, agentId: string, group: string, writer: string];
  sums: CallSums;
  lastCallAt: number;
}

/** Rows that a process keeps in memory: for more agents a day it begins new ones. */
const MOST_OPEN_ROWS = 10_000;

/** The day of a moment, in UTC. */
export function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, "2026-11-24".length);
}

/** The ledger in `storage`. @param emit - hears of it when writing begins to fail */
export function createCallLedger(
  storage: Storage,
  clock: Clock,
  ttlMs: number,
  emit: EventListener,
): CallLedger {
  const kept = table<KeptRow>(storage, "call-sums");
  const open = new Map<string, OpenRow>();
  const changed = new Set<OpenRow>();
  /** Tenants whose old rows were taken out today. */
  const swept = new Set<string>();
  let writer = newRequestId();
  let openDay = "";
  let writing: Promise<void> | undefined;
  let isFailing = false;

  function rowOf({ tenant, agentId = "", group = "" }: CallOwner, now: number): OpenRow {
    const day = dayOf(now);
    if (day !== openDay || open.size >= MOST_OPEN_ROWS) {
      // A row that is begun again must not take the place of what was written of it.
      open.clear();
      writer = newRequestId();
      if (day !== openDay) swept.clear();
      openDay = day;
    }
    const name = JSON.stringify([tenant, agentId, group]);
    const found = open.get(name);
    if (found !== undefined) return found;
    const row: OpenRow = { key: [tenant, day, agentId, group, writer], sums: NO_CALLS, lastCallAt: now };
    open.set(name, row);
    return row;
  }

  async function writeChanged(): Promise<void> {
    while (changed.size > 0) {
      const rows = [...changed];
      changed.clear();
      try {
        const expired = await expiredOf(rows);
        await storage.batch([
          ...expired,
          ...rows.map(({ key, sums, lastCallAt }) => kept.put(key, { sums, lastCallAt })),
        ]);
        for (const { key } of rows) swept.add(key[0]);
        isFailing = false;
      } catch (error) {
        for (const row of rows) changed.add(row);
        throw error;
      }
    }
  }

  function write(): Promise<void> {
    writing ??= writeChanged().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  /** Told once, not with every call, until it is well again. */
  function tell(error: unknown): void {
    if (!isFailing) emit({ type: "degraded", callId: undefined, what: "stats", error });
    isFailing = true;
  }

  /** Removals of what is too old, of tenants whose first rows of a day these are. */
  async function expiredOf(rows: readonly OpenRow[]): Promise<readonly StorageOperation[]> {
    const begun = new Set(rows.map(({ key }) => key[0]).filter((tenant) => !swept.has(tenant)));
    const removals: StorageOperation[] = [];
    for (const tenant of begun) {
      for await (const [key] of kept.scan([tenant])) {
        if ((key[1] ?? "") >= oldestDay()) break;
        removals.push(kept.delete(key));
      }
    }
    return removals;
  }

  function oldestDay(): string {
    return dayOf(Math.max(0, clock.now() - ttlMs));
  }

  return {
    listener: (owner, listen) => (event) => {
      const sums = sumsOf(event);
      if (sums !== undefined) {
        const now = clock.now();
        const row = rowOf(owner, now);
        row.sums = addSums(row.sums, sums);
        row.lastCallAt = now;
        changed.add(row);
        if (event.type === "call-end") write().catch(tell);
      }
      listen(event);
    },
    async *rows(tenant, { from = "", to } = {}) {
      await (changed.size > 0 ? write() : writing);
      const first = from > oldestDay() ? from : oldestDay();
      for await (const [key, row] of kept.scan([tenant], { after: [first] })) {
        const [, day = "", agentId = "", group = ""] = key;
        if (to !== undefined && day > to) return;
        yield { day, agentId: agentId || undefined, group: group || undefined, ...row };
      }
    },
    async forget(tenant, agentId) {
      await writing?.catch(tell);
      const isOfSubject = (key: readonly string[]): boolean =>
        key[0] === tenant && (agentId === undefined || key[2] === agentId);
      for (const [name, row] of open) if (isOfSubject(row.key)) open.delete(name);
      for (const row of changed) if (isOfSubject(row.key)) changed.delete(row);
      // What they come to from here on is written beside what is taken out, not over it.
      writer = newRequestId();
      const removals: StorageOperation[] = [];
      for await (const [key] of kept.scan([tenant]))
        if (isOfSubject([key[0] ?? "", "", key[2] ?? ""])) removals.push(kept.delete(key));
      if (removals.length > 0) await storage.batch(removals);
    },
    close: async () => {
      if (changed.size > 0) await write().catch(tell);
      await writing?.catch(() => undefined);
    },
  };
}
