import type { CallContext } from "../chat.ts";
import type { Clock } from "../clock.ts";
import type { Ranker } from "../ranker.ts";
import type { ContextPage, Contexts, ListOptions } from "./contexts.ts";
import { invalidField } from "./invalid-field.ts";
import { checkLimit, DEFAULT_PAGE } from "./page-limit.ts";
import { inGroups, toRankedText } from "./retrieval/ranked-items.ts";
import { agentOf, tenantOf, writtenAudience } from "./sharing/access.ts";
import {
  callerFor,
  checkGrant,
  ownedBy,
  refuseUnlessShared,
  sharingCaller,
  spokenFor,
} from "./sharing/call-rights.ts";
import { readValidity } from "./sharing/current.ts";
import { type ContextTables, forget } from "./sharing/forget.ts";
import { checkItemContent, checkItemFacts, checkItemRole } from "./sharing/item-content.ts";
import { learnedFrom } from "./sharing/learned.ts";
import { isHandle } from "./sharing/originals.ts";
import { boundTrust, checkProvenance, expiryAfter } from "./sharing/provenance.ts";
import { importLines, toLine } from "./sharing/transfer.ts";

const DEFAULT_HITS = 10;

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
        throw invalidField("lineage", `names ${id}, which is not there, or not this call's to read`);
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
    forget: async (subject, call, { onProgress } = {}) => forget(tables, ownedBy(subject, call), onProgress),
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
