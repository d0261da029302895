/**
 * For whom a call by hand reads, writes, grants and forgets: an agent, where it names one, or the whole tenant. The rules of
 * who may are in `access.ts`.
 */
import type { CallContext } from "../../chat.ts";
import { PromptCompilerError } from "../../errors.ts";
import type { ForgetSubject, NewGrant } from "../contexts.ts";
import { invalidField } from "../invalid-field.ts";
import {
  type AudienceName,
  agentOf,
  callerOf,
  checkAudienceName,
  checkMayGrant,
  nameOf,
  tenantOf,
} from "./access.ts";
import type { Caller } from "./item.ts";
import type { ItemSubject } from "./item-store.ts";

/** The caller of an operation on shared context. @throws PromptCompilerError where its `share` does not allow it */
export function sharingCaller(call: CallContext, right: "read" | "write"): Caller {
  refuseUnlessShared(call, right);
  return callerOf({ ...call, share: call.share ?? true });
}

/** @throws PromptCompilerError `PC_INVALID_REQUEST` where a call's `share` does not allow this; left out, it does */
export function refuseUnlessShared({ share = true }: CallContext, right: "read" | "write"): void {
  if (share === true || share === right) return;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `this needs share to be true or "${right}", got ${JSON.stringify(share)}`,
    { param: "share" },
  );
}

/** Who does this: an agent, or who speaks for the tenant. */
export function callerFor(call: CallContext): Pick<Caller, "tenant" | "agentId" | "sessionId"> {
  return { tenant: tenantOf(call), agentId: agentOf(call), sessionId: call.sessionId };
}

/** The audiences that a call may know the grants of; `undefined`: it speaks for the whole tenant. */
export function spokenFor(call: CallContext): readonly AudienceName[] | undefined {
  const agentId = agentOf(call);
  if (agentId === undefined) return undefined;
  return [nameOf("agent", agentId), ...(call.group ? [nameOf(`group:${call.group}`, agentId)] : [])];
}

/** A grant that this call may make and take back. @throws PromptCompilerError otherwise */
export function checkGrant({ owner, reader }: NewGrant, call: CallContext): NewGrant {
  checkAudienceName(owner, "owner");
  checkAudienceName(reader, "reader");
  if (owner === reader) {
    throw invalidField("reader", "reads its own without a grant");
  }
  checkMayGrant(call, owner);
  return { owner, reader };
}

/** What this call may forget of what is owned. @throws PromptCompilerError `PC_FORBIDDEN` of another agent than its own */
export function ownedBy(subject: ForgetSubject, call: CallContext): ItemSubject {
  const tenant = tenantOf(call);
  const speaksFor = agentOf(call);
  // Checked at run time too: a subject that says nothing must not come to mean the whole tenant.
  if ("id" in subject && isId(subject.id)) return { tenant, agentId: speaksFor, id: subject.id };
  const isAgent = "agentId" in subject && isId(subject.agentId);
  if (!isAgent && !("tenant" in subject && subject.tenant === true)) {
    throw new PromptCompilerError("PC_INVALID_REQUEST", "forget needs an id, an agentId, or tenant: true");
  }
  const agentId = isAgent ? subject.agentId : undefined;
  if (speaksFor !== undefined && speaksFor !== agentId) {
    throw new PromptCompilerError(
      "PC_FORBIDDEN",
      "a call that names an agent forgets what that agent owns; leave agentId out to speak for the tenant",
    );
  }
  return { tenant, agentId };
}

function isId(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
