/**
 * What calls came to, and who made them: sums of real events, kept in the storage.
 *
 *     sums     of the tenant, by agent, by day, or by both
 *     agents   each with its last call and its groups
 *     groups   each with its members, what they wrote, and the grants from and to it
 *
 * A question reads the rows of its days once, a page of the storage at a time, and holds one line of its answer for each
 * agent, day or group; `groups` reads, besides, one small record an item of shared context.
 */
import type { CallContext } from "../chat.ts";
import type { ListOptions } from "../core/contexts.ts";
import { tenantOf } from "../core/sharing/access.ts";
import type { GroupFacts } from "../core/sharing/groups.ts";
import { type AgentPage, pageOfAgents } from "./agent-page.ts";
import { type GroupPage, pageOfGroups } from "./group-page.ts";
import type { CallLedger, DayRange, LedgerRow } from "./ledger.ts";
import { seesRow } from "./seen.ts";
import { pageOfSums, type SumsPage, type SumsQuery } from "./sums-page.ts";

/** Sums of calls: what `/v1/pc/stats`, `/agents` and `/context-groups` serve. A call is told what is its own to know. */
export interface Stats {
  /** A page of sums, in the order of day and agent. */
  sums(call?: CallContext, query?: SumsQuery): Promise<SumsPage>;

  /** A page of the agents that have called, in the order of their ids; of an agent's call, itself. */
  agents(call?: CallContext, options?: ListOptions): Promise<AgentPage>;

  /** A page of the groups that were called for, written to or granted, by name; of an agent's call, the call's group. */
  groups(call?: CallContext, options?: ListOptions): Promise<GroupPage>;
}

/** How sums of calls are kept. */
export interface StatsOptions {
  /** How long, in whole days: 400 days. @defaultValue 34_560_000_000 */
  readonly ttlMs?: number | undefined;
}

/** What an option of `stats` is when it is left out. */
export const statsDefaults = { ttlMs: 400 * 24 * 60 * 60 * 1000 };

/** Where the facts come from. */
interface StatsSources {
  /** `undefined`: calls are not counted, and there are none. */
  readonly ledger: CallLedger | undefined;
  /** What is stored of the groups of a tenant. */
  readonly storedGroups: (tenant: string) => Promise<ReadonlyMap<string, GroupFacts>>;
  readonly now: () => number;
}

/** The stats of these sources. */
export function createStats({ ledger, storedGroups, now }: StatsSources): Stats {
  async function* rowsOf(call: CallContext, range?: DayRange): AsyncGenerator<LedgerRow> {
    if (ledger === undefined) return;
    for await (const row of ledger.rows(tenantOf(call), range)) {
      call.signal?.throwIfAborted();
      yield row;
    }
  }

  async function* rowsSeen(call: CallContext, range?: DayRange): AsyncGenerator<LedgerRow> {
    for await (const row of rowsOf(call, range)) if (seesRow(call, row)) yield row;
  }

  return {
    sums: (call = {}, query = {}) => pageOfSums((range) => rowsSeen(call, range), call, query, now()),
    agents: (call = {}, options = {}) => pageOfAgents(rowsSeen(call), options),
    groups: async (call = {}, options = {}) =>
      pageOfGroups(rowsOf(call), await storedGroups(tenantOf(call)), call, options),
  };
}
