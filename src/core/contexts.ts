import type { CallContext } from "../chat.ts";
import type { Clock } from "../clock.ts";
import { PromptCompilerError } from "../errors.ts";
import type { Ranker } from "../ranker.ts";
import { inGroups, toRankedText } from "./retrieval/ranked-items.ts";
import {
  type AudienceName,
  agentOf,
  callerOf,
  checkAudienceName,
  checkMayGrant,
  nameOf,
  tenantOf,
  writtenAudience,
} from "./sharing/access.ts";
import type { AuditPage } from "./sharing/audit.ts";
import { readValidity } from "./sharing/current.ts";
import { type ContextTables, type ForgetReceipt, forget } from "./sharing/forget.ts";
import type { Grant, GrantPage } from "./sharing/grants.ts";
import type { Caller, ContextItem, ItemRole } from "./sharing/item.ts";
import { checkItemContent, checkItemFacts, checkItemRole } from "./sharing/item-content.ts";
import type { ItemSubject } from "./sharing/item-store.ts";
import { type Learned, learnedFrom } from "./sharing/learned.ts";
import { isHandle } from "./sharing/originals.ts";
import { boundTrust, checkProvenance } from "./sharing/provenance.ts";
import { type ImportReceipt, importLines, toLine } from "./sharing/transfer.ts";

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

const DEFAULT_HITS = 10;
const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1_000;

/** Items between two reports of an export's progress. */
const EXPORTS_A_REPORT = 100;

/** The contexts in `tables`; `ranker` is what search ranks with. */
export function createContexts(tables: ContextTables, ranker: Ranker, clock: Pick<Clock, "now">): Contexts {
  const { items, originals, grants, audit } = tables;

  async function list(
    call: CallContext,
    { limit = DEFAULT_PAGE, after }: ListOptions = {},
  ): Promise<ContextPage> {
    const caller = sharingCaller(call, "read");
    checkLimit(limit);
    const page = await items.page(caller, { limit, after });
    await audit.read(caller, page.items);
    return page;
  }

  return {
    async add({ content, role = "note", title, occurredAt, ttlMs, ...rest }, call) {
      const caller = sharingCaller(call, "write");
      checkItemContent(content);
      checkItemRole(role);
      checkItemFacts({ title, occurredAt });
      const validity = readValidity(rest);
      const expiresAt = expiryAfter(ttlMs, clock.now());
      const { trust, lineage, subject } = rest;
      const said = checkProvenance({ trust, lineage, subject, expiresAt });
      const provenance = await boundTrust(said, async (id) => {
        const source = await items.get(id, { ...caller, read: true });
        if (source !== undefined) return source;
        throw invalid("lineage", `names ${id}, which is not there, or not this call's to read`);
      });
      const { tenant, agentId = "", sessionId } = caller;
      const audience = writtenAudience(caller) ?? "agent";
      const { items: stored, added } = await items.put({ tenant, agentId }, [
        {
          sessionId,
          audience,
          role,
          content,
          ...(title !== undefined && { title }),
          ...(occurredAt !== undefined && { occurredAt }),
          ...validity,
          ...provenance,
        },
      ]);
      await audit.wrote(caller, added);
      return stored[0];
    },
    async search(query, call, { limit = DEFAULT_HITS } = {}) {
      const caller = sharingCaller(call, "read");
      checkLimit(limit);
      // Who searches by hand wants all there is; calls go on with what is found by now.
      await tables.migrated?.(call.signal);
      const candidates = inGroups(await items.candidates(caller, query));
      call.signal?.throwIfAborted();
      const texts = candidates.map((item) => toRankedText(item));
      if (texts.length > 0) await ranker.prepare?.(query, texts, call.signal);
      const scores = ranker.rank(query, texts);
      const hits = candidates
        .map((item, index) => ({ item, score: scores[index] ?? 0 }))
        .filter(({ score }) => score > 0)
        .sort((left, right) => right.score - left.score)
        .slice(0, limit);
      await audit.read(
        caller,
        hits.map(({ item }) => item),
      );
      return hits;
    },
    list,
    async learned(call, options) {
      const { items: page, nextAfter } = await list(call, options);
      return { learned: page.flatMap(learnedFrom), nextAfter };
    },
    async get(idOrHandle, call) {
      if (!isHandle(idOrHandle)) {
        const caller = sharingCaller(call, "read");
        const item = await items.get(idOrHandle, caller);
        if (item !== undefined) await audit.read(caller, [item]);
        return item;
      }
      const content = await originals.get(tenantOf(call), idOrHandle);
      return content === undefined ? undefined : { id: idOrHandle, content };
    },
    forget: async (subject, call, { onProgress } = {}) =>
      forget(tables, toSubject(subject, call), onProgress),
    async *export(call, { onProgress } = {}) {
      refuseUnlessShared(call, "read");
      let exported = 0;
      for await (const { item } of items.owned({ tenant: tenantOf(call), agentId: agentOf(call) })) {
        call.signal?.throwIfAborted();
        yield toLine(item);
        exported += 1;
        if (exported % EXPORTS_A_REPORT === 0) onProgress?.(exported);
      }
      onProgress?.(exported);
    },
    async import(lines, call, { onProgress } = {}) {
      refuseUnlessShared(call, "write");
      return importLines(items, lines, call, {
        onAdded: (added) => audit.wrote(callerFor(call), added),
        onProgress,
      });
    },
    async grant(asked, call) {
      const { owner, reader } = checkGrant(asked, call);
      const caller = callerFor(call);
      const { grant, isNew } = await grants.put(caller.tenant, { owner, reader, grantedBy: caller.agentId });
      if (isNew) await audit.granted("grant", caller, grant);
      return grant;
    },
    async revoke(asked, call) {
      const { owner, reader } = checkGrant(asked, call);
      const wasThere = await grants.delete(tenantOf(call), { owner, reader });
      if (wasThere) await audit.granted("revoke", callerFor(call), { owner, reader });
      return wasThere;
    },
    async grants(call, { limit = DEFAULT_PAGE, after } = {}) {
      checkLimit(limit);
      return grants.page(tenantOf(call), { limit, after, of: spokenFor(call) });
    },
    async audit(call, { limit = DEFAULT_PAGE, after } = {}) {
      checkLimit(limit);
      return audit.page(tenantOf(call), { agentId: agentOf(call), limit, after });
    },
  };
}

function checkGrant({ owner, reader }: NewGrant, call: CallContext): NewGrant {
  checkAudienceName(owner, "owner");
  checkAudienceName(reader, "reader");
  if (owner === reader) {
    throw new PromptCompilerError("PC_INVALID_REQUEST", "reader reads its own without a grant", {
      param: "reader",
    });
  }
  checkMayGrant(call, owner);
  return { owner, reader };
}

/** The audiences that a call may know the grants of; `undefined`: it speaks for the whole tenant. */
function spokenFor(call: CallContext): readonly AudienceName[] | undefined {
  const agentId = agentOf(call);
  if (agentId === undefined) return undefined;
  return [nameOf("agent", agentId), ...(call.group ? [nameOf(`group:${call.group}`, agentId)] : [])];
}

/** Who does this: an agent, or who speaks for the tenant. */
function callerFor(call: CallContext): Pick<Caller, "tenant" | "agentId" | "sessionId"> {
  return { tenant: tenantOf(call), agentId: agentOf(call), sessionId: call.sessionId };
}

/** The caller, who may do this. */
function sharingCaller(call: CallContext, right: "read" | "write"): Caller {
  refuseUnlessShared(call, right);
  return callerOf({ ...call, share: call.share ?? true });
}

function refuseUnlessShared({ share = true }: CallContext, right: "read" | "write"): void {
  if (share === true || share === right) return;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `this needs share to be true or "${right}", got ${JSON.stringify(share)}`,
    { param: "share" },
  );
}

function expiryAfter(ttlMs: unknown, now: number): number | undefined {
  if (ttlMs === undefined) return undefined;
  if (typeof ttlMs === "number" && Number.isFinite(ttlMs) && ttlMs > 0) return now + ttlMs;
  throw invalid("ttlMs", "must be a positive number of milliseconds");
}

function invalid(param: string, fault: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", `${param} ${fault}`, { param });
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_PAGE) return;
  throw new PromptCompilerError(
    "PC_INVALID_REQUEST",
    `limit must be a whole number from 1 to ${LARGEST_PAGE}, got ${limit}`,
    { param: "limit" },
  );
}

function toSubject(subject: ForgetSubject, call: CallContext): ItemSubject {
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
