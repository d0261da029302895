/**
 * Who may read and write what: the whole rule.
 *
 *     share     group   audience      read   write
 *     false     any     none          –      –
 *     true      none    "agent"       yes    yes        the agent's own memory, across its sessions
 *     true      g       "group:g"     yes    yes        with every agent that calls with that group
 *     "read"    …       as above      yes    –
 *     "write"   …       as above      –      yes
 *
 *     a grant of audience X to audience Y       calls whose audience is Y read X as well; nobody writes more
 *     who grants and revokes X                  of agent a's own: agent a; of any: who speaks for the whole tenant
 *
 * A call has one audience, for reading and for writing. Were a call of a group to read the agent's private memory too,
 * its answer could carry that memory into the group; so a grant, too, is to an audience, and holds in its calls only.
 * And nothing crosses a tenant: the tenant comes first in every key.
 */
import { type CallContext, DEFAULT_TENANT } from "../../chat.ts";
import { PromptCompilerError } from "../../errors.ts";
import { matchesPattern } from "../../name-pattern.ts";
import type { Audience, Caller } from "./item.ts";

/** Characters an id may have: longer ones are attacks or mistakes. */
const MAX_ID_LENGTH = 256;

/** Ids of a call by the name under which a caller knows them. */
const HEADERS = {
  tenant: "tenant",
  agentId: "X-PC-Agent-ID",
  sessionId: "X-PC-Session-ID",
  group: "X-PC-Context-Group",
} as const;

/**
 * The caller of a call. An empty id is none.
 *
 * @throws PromptCompilerError `PC_INVALID_REQUEST` if it shares and does not say who it is, or an id is too long
 */
export function callerOf(call: CallContext): Caller {
  const share = shareOf(call);
  const caller: Caller = {
    tenant: tenantOf(call),
    agentId: idOf(call, "agentId"),
    sessionId: idOf(call, "sessionId"),
    group: idOf(call, "group"),
    read: share === true || share === "read",
    write: share === true || share === "write",
  };
  if (share !== false && caller.agentId === undefined) {
    throw new PromptCompilerError(
      "PC_INVALID_REQUEST",
      "sharing context needs the id of the agent: set agentId (header X-PC-Agent-ID)",
      { param: "agentId" },
    );
  }
  return caller;
}

function shareOf({ share = false }: CallContext): true | false | "read" | "write" {
  if ([true, false, "read", "write"].includes(share)) return share;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `share must be true, false, "read" or "write", got ${JSON.stringify(share)}`,
    { param: "share" },
  );
}

/** The tenant of a call. */
export function tenantOf(call: CallContext): string {
  return idOf(call, "tenant") ?? DEFAULT_TENANT;
}

/** The agent of a call; `undefined`: the call speaks for its whole tenant. */
export function agentOf(call: CallContext): string | undefined {
  return idOf(call, "agentId");
}

/**
 * Whether a call may see what an agent of its tenant has: a file, a batch, a response. Who may speak for some agents only
 * sees only theirs, and nothing that is no agent's.
 *
 * @param owner - the agent; `undefined`: it was made without one
 */
export function reaches({ agents }: Pick<CallContext, "agents">, owner: string | undefined): boolean {
  if (agents === undefined) return true;
  return owner !== undefined && agents.some((pattern) => matchesPattern(pattern, owner));
}

/** The audience whose items this caller may read. */
export function readableAudience(caller: Caller): Audience | undefined {
  return caller.read ? audienceOf(caller) : undefined;
}

/** The audience of what this caller writes. */
export function writtenAudience(caller: Caller): Audience | undefined {
  return caller.write ? audienceOf(caller) : undefined;
}

function audienceOf(caller: Caller): Audience {
  return caller.group === undefined ? "agent" : `group:${caller.group}`;
}

/** An audience by its full name: `agent:<id>` is an agent's own, `group:<id>` a group's. */
export type AudienceName = `agent:${string}` | `group:${string}`;

/** The full name of an audience of an agent. */
export function nameOf(audience: Audience, agentId: string): AudienceName {
  return audience === "agent" ? `agent:${agentId}` : audience;
}

/** The audience in whose name this caller reads; `undefined`: it reads nothing. */
export function readingAudience(caller: Caller): AudienceName | undefined {
  const audience = readableAudience(caller);
  return audience === undefined || caller.agentId === undefined
    ? undefined
    : nameOf(audience, caller.agentId);
}

/** @throws PromptCompilerError `PC_INVALID_REQUEST`, naming the field, if this names no audience */
export function checkAudienceName(name: unknown, param: string): asserts name is AudienceName {
  const id = typeof name === "string" ? /^(?:agent|group):(.+)$/s.exec(name)?.[1] : undefined;
  if (id !== undefined && id.length <= MAX_ID_LENGTH) return;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `${param} must be "agent:" or "group:" and an id of at most ${MAX_ID_LENGTH} characters`,
    { param },
  );
}

/** @throws PromptCompilerError `PC_FORBIDDEN` unless this call may say who reads `owner` */
export function checkMayGrant(call: CallContext, owner: AudienceName): void {
  const agentId = agentOf(call);
  const speaksForAll = agentId === undefined && call.agents === undefined;
  if (speaksForAll || (agentId !== undefined && owner === nameOf("agent", agentId))) return;
  throw new PromptCompilerError(
    "PC_FORBIDDEN",
    "an agent says who reads what is its own; for a group, leave agentId out to speak for the tenant",
    { param: "owner" },
  );
}

function idOf(call: CallContext, name: keyof typeof HEADERS): string | undefined {
  const id = call[name];
  if (id === undefined || id === "") return undefined;
  if (typeof id !== "string" || id.length > MAX_ID_LENGTH) {
    throw new PromptCompilerError(
      "PC_INVALID_REQUEST",
      `${name} (${HEADERS[name]}) must be a text of at most ${MAX_ID_LENGTH} characters`,
      { param: name },
    );
  }
  return id;
}
