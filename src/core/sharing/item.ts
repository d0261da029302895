/**
 * Shared context: one thing an agent said, was told or wrote down, with an owner and one audience.
 *
 * An item is owned by tenant, agent and session, and read by its audience: all sessions of its own agent, or the
 * members of one group. Nothing crosses a tenant. Items are immutable: the id is a hash of owner, audience and
 * content, so that capturing the same message again finds the item that is there.
 */
export interface ContextItem {
  /** "ctx_" and 32 hexadecimal digits of SHA-256 over tenant, agent, session, audience, role and content, and what else is said of it. */
  readonly id: string;
  readonly tenant: string;
  readonly agentId: string;
  readonly sessionId: string | undefined;
  readonly audience: Audience;
  /** Who said it: a person, the model, a tool; a "note" was added by hand. */
  readonly role: ItemRole;
  readonly content: string;
  /** Of a document: what it is about. A document is searched sentence by sentence. */
  readonly title?: string | undefined;
  /** Milliseconds since the epoch, when it was said or happened; `undefined`: when it was captured. */
  readonly occurredAt?: number | undefined;
  /** Milliseconds since the epoch, from when it holds; `undefined`: from the first. */
  readonly validFrom?: number | undefined;
  /** Milliseconds since the epoch, when it ceases to hold; `undefined`: never. */
  readonly validTo?: number | undefined;
  /** Ids of items of the same audience that it takes the place of: they are no longer found, and nothing is destroyed. */
  readonly supersedes?: readonly string[] | undefined;
  /** How far it is to be relied on, above 0; `undefined`: 1. No more than the least of what it was made from. */
  readonly trust?: number | undefined;
  /** Ids of items that it was made from: a summary, what was concluded. */
  readonly lineage?: readonly string[] | undefined;
  /** What it tells of: items of one subject that hold at the same time contradict each other, and are shown together. */
  readonly subject?: string | undefined;
  /** Of a tool's result: the tool. */
  readonly tool?: string | undefined;
  /** Milliseconds since the epoch, when it is taken out of the storage; `undefined`: never. */
  readonly expiresAt?: number | undefined;
  /** Milliseconds since the epoch, when it was first captured. */
  readonly createdAt: number;
}

export type ItemRole = "user" | "assistant" | "tool" | "note";

/** "agent": every session of the owner, nobody else. "group:<id>": every agent that calls with that group. */
export type Audience = "agent" | `group:${string}`;

/** Who calls, resolved: what `access.ts` decides on. */
export interface Caller {
  readonly tenant: string;
  /** Never empty where `read` or `write` is true. */
  readonly agentId: string | undefined;
  readonly sessionId: string | undefined;
  readonly group: string | undefined;
  readonly read: boolean;
  readonly write: boolean;
}
