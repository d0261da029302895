import type { ListOptions } from "../core/contexts.ts";
import type { LedgerRow } from "./ledger.ts";
import { pageByName } from "./page.ts";
import { addSums, type CallSums, NO_CALLS } from "./sums.ts";

/** An agent, and what its calls came to. */
export interface AgentActivity extends CallSums {
  /** Absent: calls that named no agent. */
  readonly agentId?: string | undefined;
  /** Groups it has called for, by name. */
  readonly groups: readonly string[];
  /** Milliseconds since the epoch. */
  readonly lastCallAt: number;
}

export interface AgentPage {
  readonly agents: readonly AgentActivity[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

/** The agents of rows, in the order of their ids. */
export async function pageOfAgents(rows: AsyncIterable<LedgerRow>, options: ListOptions): Promise<AgentPage> {
  const agents = new Map<string, AgentActivity>();
  for await (const { agentId, group, sums, lastCallAt } of rows) {
    const before = agents.get(agentId ?? "") ?? { ...NO_CALLS, groups: [], lastCallAt: 0 };
    const groups = new Set([...before.groups, ...(group === undefined ? [] : [group])]);
    agents.set(agentId ?? "", {
      ...(agentId !== undefined && { agentId }),
      groups: [...groups].sort(),
      lastCallAt: Math.max(before.lastCallAt, lastCallAt),
      ...addSums(before, sums),
    });
  }
  const { page, nextAfter } = pageByName(agents.values(), ({ agentId = "" }) => agentId, options);
  return { agents: page, nextAfter };
}
