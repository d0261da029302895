/**
 * Where context items live: five tables, changed together in one batch.
 *
 *     items        tenant, audience, position            → item       what a call may read, in the order of creation
 *     item-places  tenant, id                            → place      finds an item by its id
 *     agent-items  tenant, agent, position               → audience   finds what an agent owns, to export and forget it
 *     item-terms   (`item-terms.ts`)                                  finds items by their words
 *     item-sources tenant, id, id of what was made of it → nothing    finds what was made from an item, to forget it too
 *
 * A position (`item-position.ts`) orders items by their creation.
 *
 * Reading goes through the keys of `items`, which begin with tenant and audience, and those come from the caller and
 * the grants to it: an item of another tenant or audience has no key that a caller's read can name.
 *
 * The id is a hash of owner, audience and content, so putting an item again finds the one that is there. Puts of one
 * agent take turns to see each other; two processes on one Redis that put the same new item in the same moment may
 * store it twice, under one id: reading shows it once and forgetting takes out both.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { KeyParts } from "../../storage/key.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import { type AudienceName, nameOf, readingAudience } from "./access.ts";
import { candidateFinder, type PositionedItem } from "./candidates.ts";
import { currentOf } from "./current.ts";
import type { GrantStore } from "./grants.ts";
import type { Audience, Caller, ContextItem } from "./item.ts";
import { beforeAllOf, createdAtOf, positionMaker } from "./item-position.ts";
import { createItemTerms } from "./item-terms.ts";
import { Lanes } from "./lanes.ts";
import { countRemoved, withoutSecrets } from "./secrets.ts";

export interface ItemStore {
  /**
   * Puts items of one agent, all or none; what is there already stays as it is. Contents are within bounds, and lose
   * their secrets here, however they came.
   */
  put<const Entries extends readonly NewItem[]>(
    owner: ItemOwner,
    entries: Entries,
  ): Promise<PutItems<Entries>>;

  /** The item, if this caller may read it. */
  get(id: string, caller: Caller): Promise<ContextItem | undefined>;

  /** Items this caller may read that may match a query and hold now, in the order of creation (`candidates.ts`). */
  candidates(caller: Caller, query: string): Promise<readonly ContextItem[]>;

  /** A page of what this caller may read, the newest first. */
  page(
    caller: Caller,
    range: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<ItemPage>;

  /** What an agent owns, whatever the audience, in the order of creation; without an agent: the whole tenant's. */
  owned(subject: ItemSubject): AsyncIterable<OwnedItem>;

  /** The item of an id, whoever may read it: for what is asked in the name of the tenant. */
  find(tenant: string, id: string): Promise<ContextItem | undefined>;

  /** What was made from an item, whoever owns it, and what was made from that. */
  madeFrom(tenant: string, id: string): AsyncIterable<OwnedItem>;

  /** Who owns each item of a tenant and who reads it, without reading the items. */
  audiences(tenant: string): AsyncIterable<Pick<ContextItem, "agentId" | "audience">>;
}

export interface ItemOwner {
  readonly tenant: string;
  readonly agentId: string;
}

export interface NewItem
  extends Pick<
    ContextItem,
    | "sessionId"
    | "audience"
    | "role"
    | "content"
    | "title"
    | "occurredAt"
    | "validFrom"
    | "validTo"
    | "supersedes"
    | "trust"
    | "lineage"
    | "subject"
    | "tool"
    | "expiresAt"
  > {
  /** @defaultValue now */
  readonly createdAt?: number | undefined;
}

interface PutItems<Entries extends readonly NewItem[]> {
  /** As they are stored: one an entry, in their order. */
  readonly items: { readonly [Index in keyof Entries]: ContextItem };
  /** How many of them are new. */
  readonly written: number;
  /** Those that are new. */
  readonly added: readonly ContextItem[];
  /** How many secrets were taken out of those. */
  readonly secrets: number;
}

interface ItemPage {
  readonly items: readonly ContextItem[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

export interface ItemSubject {
  readonly tenant: string;
  readonly agentId?: string | undefined;
  readonly id?: string | undefined;
}

export interface OwnedItem {
  readonly item: ContextItem;
  /** What takes the item out of every table. */
  removal(): Promise<readonly StorageOperation[]>;
}

interface Place extends Pick<ContextItem, "agentId" | "audience"> {
  readonly position: string;
}

/** Two processes that put one item in the same moment do so within this, whatever their clocks say. */
const COPIES_WITHIN_MS = 60_000;

/** The items in `storage`. One store a storage: puts take turns within it. */
export function createItemStore(
  storage: Storage,
  clock: Clock,
  grants: Pick<GrantStore, "readableBy">,
): ItemStore {
  const items = table<ContextItem>(storage, "items");
  const places = table<Place>(storage, "item-places");
  const agentItems = table<Audience>(storage, "agent-items");
  const terms = createItemTerms(storage);
  const findCandidates = candidateFinder(items, terms);
  const made = table<null>(storage, "item-sources");
  const lanes = new Lanes();
  const toPosition = positionMaker();

  async function put<Entries extends readonly NewItem[]>(
    owner: ItemOwner,
    entries: Entries,
  ): Promise<PutItems<Entries>> {
    const { tenant, agentId } = owner;
    const now = clock.now();
    const found = await Promise.all(
      entries.map(async ({ createdAt = now, ...given }) => {
        const entry = { ...given, content: withoutSecrets(given.content) };
        const secrets = countRemoved(given.content, entry.content);
        const id = idOf(owner, entry);
        const place = await places.get([tenant, id]);
        const item: ContextItem = { id, ...owner, ...entry, createdAt };
        return place === undefined
          ? { item, isNew: true, secrets }
          : { item: { ...item, createdAt: createdAtOf(place.position) }, isNew: false, secrets: 0 };
      }),
    );
    const written = new Map<string, ContextItem>();
    let removed = 0;
    for (const { item, isNew, secrets } of found) {
      if (!isNew || written.has(item.id)) continue;
      written.set(item.id, item);
      removed += secrets;
    }
    const operations: StorageOperation[] = [];
    for (const item of written.values()) {
      const { id, audience, lineage = [] } = item;
      const place = { audience: audienceKey(tenant, nameOf(audience, agentId)), position: toPosition(item) };
      const puts = [
        items.put([...place.audience, place.position], item),
        places.put([tenant, id], { agentId, audience, position: place.position }),
        agentItems.put([tenant, agentId, place.position], audience),
        ...lineage.map((source) => made.put([tenant, source, id], null)),
        ...(await terms.puts(place, item)),
      ];
      for (const operation of until(item.expiresAt, now, puts)) operations.push(operation);
    }
    if (operations.length > 0) await storage.batch(operations);
    return {
      items: found.map(({ item }) => item) as PutItems<Entries>["items"],
      written: written.size,
      added: [...written.values()],
      secrets: removed,
    };
  }

  async function* owned({ tenant, agentId, id }: ItemSubject): AsyncGenerator<OwnedItem> {
    const place = id === undefined ? undefined : await places.get([tenant, id]);
    if (id !== undefined && (place === undefined || (agentId ?? place.agentId) !== place.agentId)) return;
    const owner = place?.agentId ?? agentId;
    const moment = place === undefined ? undefined : createdAtOf(place.position);
    const after = moment === undefined ? undefined : [beforeAllOf(Math.max(0, moment - COPIES_WITHIN_MS))];
    for await (const [key, audience] of agentItems.scan(owner === undefined ? [tenant] : [tenant, owner], {
      after,
    })) {
      const [, ownerId = "", position = ""] = key;
      if (moment !== undefined && createdAtOf(position) > moment + COPIES_WITHIN_MS) return;
      if (id !== undefined && !position.endsWith(id)) continue;
      const itemPlace = { audience: audienceKey(tenant, nameOf(audience, ownerId)), position };
      const itemKey = [...itemPlace.audience, position];
      const item = await items.get(itemKey);
      if (item === undefined) continue; // forgotten since this page was read
      yield {
        item,
        removal: async () => [
          items.delete(itemKey),
          places.delete([tenant, item.id]),
          agentItems.delete(key),
          ...(item.lineage ?? []).map((source) => made.delete([tenant, source, item.id])),
          ...(await terms.removals(itemPlace, item)),
        ],
      };
    }
  }

  async function* madeFrom(tenant: string, id: string, seen = new Set([id])): AsyncGenerator<OwnedItem> {
    for await (const [[, , madeId = ""]] of made.scan([tenant, id])) {
      if (seen.has(madeId)) continue;
      seen.add(madeId);
      yield* owned({ tenant, id: madeId });
      yield* madeFrom(tenant, madeId, seen);
    }
  }

  /** Places that this caller may read: its own first. */
  async function readableKeys(caller: Caller): Promise<readonly KeyParts[]> {
    const own = readingAudience(caller);
    if (own === undefined) return [];
    const granted = await grants.readableBy(caller);
    return [own, ...granted].map((name) => audienceKey(caller.tenant, name));
  }

  /** The newest of several places together, the newest first. */
  async function readNewest(caller: Caller, limit: number, after?: string): Promise<PositionedItem[]> {
    const range = { reverse: true, limit, after: after === undefined ? undefined : [after] };
    const found: PositionedItem[] = [];
    const prefixes = await readableKeys(caller);
    for (const prefix of prefixes) {
      for await (const [key, item] of items.range(prefix, range))
        found.push({ item, position: key.at(-1) ?? "" });
    }
    if (prefixes.length <= 1) return found;
    return found
      .sort((left, right) => (left.position < right.position ? 1 : left.position > right.position ? -1 : 0))
      .slice(0, limit);
  }

  return {
    put: (owner, entries) =>
      lanes.run(JSON.stringify([owner.tenant, owner.agentId]), () => put(owner, entries)),
    async get(id, caller) {
      const place = await places.get([caller.tenant, id]);
      if (place === undefined) return undefined;
      for (const prefix of await readableKeys(caller)) {
        const item = await items.get([...prefix, place.position]);
        if (item !== undefined) return item;
      }
      return undefined;
    },
    candidates: async (caller, query) =>
      currentOf(await findCandidates(await readableKeys(caller), query), clock.now()),
    async page(caller, { limit, after }) {
      const found = await readNewest(caller, limit + 1, after);
      const shown = found.slice(0, limit);
      return {
        items: shown.map(({ item }) => item),
        nextAfter: found.length > limit ? shown.at(-1)?.position : undefined,
      };
    },
    owned,
    async find(tenant, id) {
      const place = await places.get([tenant, id]);
      if (place === undefined) return undefined;
      return items.get([...audienceKey(tenant, nameOf(place.audience, place.agentId)), place.position]);
    },
    madeFrom,
    async *audiences(tenant) {
      for await (const [[, agentId = ""], audience] of agentItems.scan([tenant])) yield { agentId, audience };
    },
  };
}

/** The same puts, of entries that are gone at a moment: all that is kept of an item goes with it. */
function until(
  expiresAt: number | undefined,
  now: number,
  puts: readonly StorageOperation[],
): readonly StorageOperation[] {
  if (expiresAt === undefined) return puts;
  const ttlMs = Math.max(1, expiresAt - now);
  return puts.map((operation) => (operation.type === "put" ? { ...operation, ttlMs } : operation));
}

function audienceKey(tenant: string, name: AudienceName): KeyParts {
  const border = name.indexOf(":");
  return [tenant, name.slice(0, border), name.slice(border + 1)];
}

function idOf({ tenant, agentId }: ItemOwner, entry: Omit<NewItem, "createdAt">): string {
  const said = [tenant, agentId, entry.sessionId ?? null, entry.audience, entry.role, entry.content];
  const { title, occurredAt, validFrom, validTo, supersedes } = entry;
  // Only where they are given, so that what was stored without them keeps its id.
  if (title !== undefined || occurredAt !== undefined) said.push(title ?? null, String(occurredAt ?? ""));
  const validity = [validFrom, validTo, supersedes];
  if (validity.some((one) => one !== undefined)) said.push(JSON.stringify(validity));
  const { trust, lineage, subject } = entry;
  if (trust !== undefined || lineage !== undefined || subject !== undefined) {
    said.push(JSON.stringify({ trust, lineage, subject }));
  }
  return `ctx_${createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 32)}`;
}
