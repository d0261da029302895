/**
 * Who sees which sums: a call that names an agent sees that agent's; one that names none sees the whole tenant's, but for
 * what its key is kept from (`agents` and `groups` of the call).
 */
import type { CallContext } from "../chat.ts";
import { agentOf, reaches } from "../core/sharing/access.ts";
import { matchesPattern } from "../name-pattern.ts";
import type { LedgerRow } from "./ledger.ts";

/** Whether a call may know what an agent's calls for a group came to. */
export function seesRow(
  call: CallContext,
  { agentId, group }: Pick<LedgerRow, "agentId" | "group">,
): boolean {
  const asked = agentOf(call);
  if (asked !== undefined && asked !== agentId) return false;
  return reaches(call, agentId) && (group === undefined || mayName(call, group));
}

/** Whether a call may know who is in a group: of an agent's call only the group it is made for. */
export function seesGroup(call: CallContext, group: string): boolean {
  const speaksForAll = agentOf(call) === undefined && call.agents === undefined;
  return mayName(call, group) && (speaksForAll || call.group === group);
}

function mayName({ groups }: CallContext, group: string): boolean {
  return groups === undefined || groups.some((pattern) => matchesPattern(pattern, group));
}
