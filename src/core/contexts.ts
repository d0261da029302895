import type { CallContext } from "../chat.ts";
import type { AudienceName } from "./sharing/access.ts";
import type { AuditPage } from "./sharing/audit.ts";
import type { ForgetReceipt } from "./sharing/forget.ts";
import type { Grant, GrantPage } from "./sharing/grants.ts";
import type { ContextItem, ItemRole } from "./sharing/item.ts";
import type { Learned } from "./sharing/learned.ts";
import type { ImportReceipt } from "./sharing/transfer.ts";

export type { AudienceName } from "./sharing/access.ts";
export type { AuditEntry, AuditPage } from "./sharing/audit.ts";
export type { ForgetReceipt } from "./sharing/forget.ts";
export type { Grant, GrantPage } from "./sharing/grants.ts";
export type { Learned } from "./sharing/learned.ts";
export type { ImportReceipt } from "./sharing/transfer.ts";

/**
 * Shared context by hand: put in, look up, take out, own.
 *
 * A call reads and writes the audience it shares with, as everywhere: its agent's own, or its group's. Here `share` is
 * `true` where it is left out; an explicit value that does not allow the operation is refused. The others, `forget` and
 * `grant` among them, are about ownership instead: a call that names an agent speaks for that agent, one that names none
 * for the whole tenant.
 */
export interface Contexts {
  /** Adds an item; gives the one that is there if the same was added before. */
  add(entry: NewContext, call: CallContext): Promise<ContextItem>;

  /** What matches the query best of all that the call may read, the best first; nothing that does not match. */
  search(
    query: string,
    call: CallContext,
    options?: { readonly limit?: number | undefined },
  ): Promise<readonly ContextHit[]>;

  /** A page of what the call may read, the newest first. */
  list(call: CallContext, options?: ListOptions): Promise<ContextPage>;

  /**
   * What is to be learned from the items of a page, the newest first, word for word and without a model: decisions, facts,
   * identifiers, and what tools answered. `limit` counts items.
   */
  learned(call: CallContext, options?: ListOptions): Promise<LearnedPage>;

  /**
   * An item by its id, or what a compile cut by its handle ("pc:…"). `undefined` if there is none, or it is not this
   * call's to read. A handle is good within its tenant.
   */
  get(idOrHandle: string, call: CallContext): Promise<ContextItem | OriginalContext | undefined>;

  /**
   * Removes an item, all that an agent owns, or all of the tenant, and every copy kept for other purposes. An item of
   * another agent than the call's is not there for it; another agent, or the tenant, is refused with `PC_FORBIDDEN`.
   */
  forget(subject: ForgetSubject, call: CallContext, options?: ProgressOptions): Promise<ForgetReceipt>;

  /** Everything owned, whatever the audience: one line of JSON an item, without line breaks, to be imported again. */
  export(call: CallContext, options?: ProgressOptions): AsyncIterable<string>;

  /** Puts exported items in. The tenant becomes the call's; when they were created stays. */
  import(
    lines: Iterable<string> | AsyncIterable<string>,
    call: CallContext,
    options?: ProgressOptions,
  ): Promise<ImportReceipt>;

  /**
   * Lets calls of one audience read another's items as well, from now on; gives the grant that is there if it was granted
   * before. An agent grants what is its own, who speaks for the tenant any: others are refused with `PC_FORBIDDEN`.
   */
  grant(grant: NewGrant, call: CallContext): Promise<Grant>;

  /** Takes a grant back: the next call reads without it. @returns whether there was one */
  revoke(grant: NewGrant, call: CallContext): Promise<boolean>;

  /** A page of the grants from and to the call's agent and its group; without an agent, all of the tenant. */
  grants(call: CallContext, options?: ListOptions): Promise<GrantPage>;

  /** A page of what was read, written and granted across agents, the newest first: with an agent, what has to do with it. */
  audit(call: CallContext, options?: ListOptions): Promise<AuditPage>;
}

/** Who is to read whose items, each as "agent:<id>" or "group:<id>". */
export interface NewGrant {
  /** Whose items. */
  readonly owner: AudienceName;
  /** Who reads them. */
  readonly reader: AudienceName;
}

export interface NewContext {
  /** At most 256 KiB. */
  readonly content: string;
  /** @defaultValue "note" */
  readonly role?: ItemRole | undefined;
  /** What a document is about, at most 512 characters. A titled item is searched, and quoted, sentence by sentence. */
  readonly title?: string | undefined;
  /** When it was said or happened: milliseconds since the epoch. @defaultValue when it is added */
  readonly occurredAt?: number | undefined;
  /** Since when it holds, in milliseconds since the epoch: before, it is not found. */
  readonly validFrom?: number | undefined;
  /** Until when it holds. */
  readonly validTo?: number | undefined;
  /**
   * Ids of items of the same audience that this one takes the place of, at most 32: searches and calls no longer find
   * them. They stay where they are: listed, got by their ids, exported, and found again when this one is forgotten.
   */
  readonly supersedes?: readonly string[] | undefined;
  /** How far it is to be relied on: above 0, at most 1. Where context is chosen, scores are multiplied by it. @defaultValue 1 */
  readonly trust?: number | undefined;
  /**
   * Ids of items that this one was made from, at most 32, which the call may read. It is relied on no more than the least
   * of them, stands above none of them where context is chosen, and is forgotten with any of them.
   */
  readonly lineage?: readonly string[] | undefined;
  /** What it tells of, in at most 512 characters. Items of one subject that differ and hold at once are shown together. */
  readonly subject?: string | undefined;
  /** Milliseconds after which it is taken out of the storage. The same added again goes when the first goes. @defaultValue never */
  readonly ttlMs?: number | undefined;
}

export interface ContextHit {
  readonly item: ContextItem;
  /** Above 0; comparable within one search only. */
  readonly score: number;
}

export interface ListOptions {
  /** @defaultValue 100, at most 1000 */
  readonly limit?: number | undefined;
  /** `nextAfter` of the page before. */
  readonly after?: string | undefined;
}

export interface ProgressOptions {
  /** Hears now and again how many items are done so far, and at the end. What it throws ends the work. */
  readonly onProgress?: ((items: number) => void) | undefined;
}

export interface ContextPage {
  readonly items: readonly ContextItem[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

export interface LearnedPage {
  readonly learned: readonly Learned[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

/** What a compile cut. */
export interface OriginalContext {
  /** The handle. */
  readonly id: string;
  readonly content: string;
}

export type ForgetSubject =
  | { readonly id: string }
  | { readonly agentId: string }
  | { readonly tenant: true };
