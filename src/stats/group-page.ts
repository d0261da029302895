import type { CallContext } from "../chat.ts";
import type { ListOptions } from "../core/contexts.ts";
import { type GroupFacts, NO_FACTS } from "../core/sharing/groups.ts";
import type { LedgerRow } from "./ledger.ts";
import { pageByName } from "./page.ts";
import { seesGroup } from "./seen.ts";

/** A group of agents that share, and what is known of it. */
export interface ContextGroup extends GroupFacts {
  readonly group: string;
  /** Agents that have called for it or written to it, by name. */
  readonly members: readonly string[];
}

export interface GroupPage {
  readonly groups: readonly ContextGroup[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

/** The groups of a tenant that a call may know of, in the order of their names. */
export async function pageOfGroups(
  rows: AsyncIterable<LedgerRow>,
  stored: ReadonlyMap<string, GroupFacts>,
  call: CallContext,
  options: ListOptions,
): Promise<GroupPage> {
  const members = new Map<string, Set<string>>();
  const join = (group: string, agentId: string | undefined): void => {
    const others = members.get(group) ?? new Set();
    members.set(group, agentId === undefined ? others : others.add(agentId));
  };
  for await (const { group, agentId } of rows) if (group !== undefined) join(group, agentId);
  for (const [group, { writers }] of stored) {
    join(group, undefined);
    for (const { agentId } of writers) join(group, agentId);
  }
  const groups = [...members]
    .filter(([group]) => seesGroup(call, group))
    .map(([group, its]) => ({ group, members: [...its].sort(), ...(stored.get(group) ?? NO_FACTS) }));
  const { page, nextAfter } = pageByName(groups, ({ group }) => group, options);
  return { groups: page, nextAfter };
}
