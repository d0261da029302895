import type { Grant, GrantStore } from "./grants.ts";
import type { ItemStore } from "./item-store.ts";

/** What is stored of a group. */
export interface GroupFacts {
  /** Items of its shared context. */
  readonly entries: number;
  /** Who wrote them, by name. */
  readonly writers: readonly GroupWriter[];
  /** From it and to it. */
  readonly grants: readonly Grant[];
}

/** An agent that writes to a group. */
export interface GroupWriter {
  readonly agentId: string;
  readonly entries: number;
}

/** Of a group nothing is stored of. */
export const NO_FACTS: GroupFacts = { entries: 0, writers: [], grants: [] };

interface StoredGroup {
  readonly writers: Map<string, number>;
  readonly grants: Grant[];
}

/** What is stored of each group of a tenant. Reads one small record an item, and all grants. */
export async function storedGroups(
  { items, grants }: { readonly items: Pick<ItemStore, "audiences">; readonly grants: GrantStore },
  tenant: string,
): Promise<ReadonlyMap<string, GroupFacts>> {
  const groups = new Map<string, StoredGroup>();
  const groupOf = (name: string): StoredGroup => {
    const group = groups.get(name) ?? { writers: new Map<string, number>(), grants: [] };
    groups.set(name, group);
    return group;
  };
  for await (const { agentId, audience } of items.audiences(tenant)) {
    const name = groupName(audience);
    if (name === undefined) continue;
    const { writers } = groupOf(name);
    writers.set(agentId, (writers.get(agentId) ?? 0) + 1);
  }
  for await (const { grant } of grants.scan(tenant)) {
    for (const name of [groupName(grant.owner), groupName(grant.reader)]) {
      if (name !== undefined) groupOf(name).grants.push(grant);
    }
  }
  return new Map(Array.from(groups, ([name, { writers, grants: its }]) => [name, toFacts(writers, its)]));
}

function groupName(audience: string): string | undefined {
  return audience.startsWith("group:") ? audience.slice("group:".length) : undefined;
}

function toFacts(writers: ReadonlyMap<string, number>, grants: readonly Grant[]): GroupFacts {
  const named = Array.from(writers, ([agentId, entries]) => ({ agentId, entries }));
  return {
    entries: named.reduce((sum, { entries }) => sum + entries, 0),
    writers: named.sort((left, right) => (left.agentId < right.agentId ? -1 : 1)),
    grants,
  };
}
