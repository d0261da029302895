/**
 * Forgetting: an item is gone when no table holds a word of it.
 *
 * What goes with an item: the item's own entries; items that were made from it, whoever owns them; injections that have it in their text; originals of its own agent
 * that contain its content, and every original with a block of shared context in it, since a block does not say which
 * items it is made of; its id in the audit trail, since that is a hash of its content; and the frozen blocks of all its
 * conversations, which are written anew from what the caller sends. With an agent go all its items and all its originals,
 * the grants from and to it and what the trail says of it, with a tenant everything. Copies go first: what is cut short by
 * a crash is completed by forgetting again. What superseded an item goes on naming its id.
 */
import { mentionsInjected } from "../../shared-block.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import type { DecisionStore } from "../blocks/decision-store.ts";
import { nameOf } from "./access.ts";
import { type AuditTrail, concerns } from "./audit.ts";
import type { GrantStore } from "./grants.ts";
import type { InjectionMemo } from "./injection-memo.ts";
import type { ItemStore, ItemSubject, OwnedItem } from "./item-store.ts";
import type { KeptOriginal, Originals } from "./originals.ts";

/** How much was forgotten. */
export interface ForgetReceipt {
  readonly items: number;
  readonly injections: number;
  readonly originals: number;
  /** Conversations whose frozen blocks are gone. */
  readonly conversations: number;
}

/** Where words are kept. */
export interface ContextTables {
  readonly storage: Storage;
  readonly items: ItemStore;
  readonly originals: Originals;
  readonly injections: InjectionMemo;
  readonly decisions: DecisionStore;
  readonly grants: GrantStore;
  readonly audit: AuditTrail;
  /** Resolves when all items can be found by their words; absent: they can. */
  readonly migrated?: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** Throws out copies that are kept elsewhere, such as cached answers; before this resolves nothing is forgotten here. */
  readonly forgetCopies?: ((forgotten: ForgottenItems) => Promise<unknown>) | undefined;
}

/** What is being forgotten. */
export interface ForgottenItems {
  readonly tenant: string;
  /** Everything of the tenant. */
  readonly wholeTenant: boolean;
  /** The agent of which everything is forgotten; `undefined`: of none, or of all. */
  readonly wholeAgent: string | undefined;
  readonly itemIds: ReadonlySet<string>;
  /** Who owned it. */
  readonly agentIds: ReadonlySet<string>;
}

/** Items and characters that are forgotten in one go, and operations of one batch, which parts no item. */
const SLICE_ITEMS = 4_000;
const SLICE_CHARACTERS = 4 * 1024 * 1024;
const BATCH_SIZE = 2_000;

/** Items between two reports of progress. */
const ITEMS_A_REPORT = 64;

/** Forgets an item, what an agent owns, or a tenant. What is not there is not counted and is no mistake. */
export async function forget(
  tables: ContextTables,
  subject: ItemSubject,
  onProgress: ((items: number) => void) | undefined,
): Promise<ForgetReceipt> {
  const receipt = { items: 0, injections: 0, originals: 0, conversations: 0 };
  let slice: OwnedItem[] = [];
  let characters = 0;
  const forgetSlice = async (): Promise<void> => {
    const before = receipt.items;
    const gone = await forgetOwned(tables, subject, slice, (items) => onProgress?.(before + items));
    receipt.items += gone.items;
    receipt.injections += gone.injections;
    receipt.originals += gone.originals;
    receipt.conversations += gone.conversations;
    slice = [];
    characters = 0;
  };
  for await (const one of tables.items.owned(subject)) {
    slice.push(one);
    characters += one.item.content.length;
    // What was made from it may repeat it, whoever made it.
    if (!isTenant(subject)) {
      for await (const made of tables.items.madeFrom(subject.tenant, one.item.id)) {
        slice.push(made);
        characters += made.item.content.length;
      }
    }
    if (slice.length >= SLICE_ITEMS || characters >= SLICE_CHARACTERS) await forgetSlice();
  }
  // The last, and the only one where nothing is owned: there may still be originals.
  await forgetSlice();
  return receipt;
}

function isTenant({ id, agentId }: ItemSubject): boolean {
  return id === undefined && agentId === undefined;
}

/** Forgets some of the subject's items, and what is kept of them elsewhere. */
async function forgetOwned(
  tables: ContextTables,
  subject: ItemSubject,
  owned: readonly OwnedItem[],
  onProgress: (items: number) => void,
): Promise<ForgetReceipt> {
  const { tenant } = subject;
  const ids = new Set(owned.map(({ item }) => item.id));
  const isWholeTenant = isTenant(subject);

  const injections: StorageOperation[] = [];
  for await (const { itemIds, removal } of tables.injections.scan(tenant)) {
    if (isWholeTenant || itemIds.some((id) => ids.has(id))) injections.push(removal);
  }
  const originals: StorageOperation[] = [];
  for await (const original of tables.originals.scan(tenant)) {
    const mayQuote = owned.length > 0 && mentionsInjected(original.text);
    if (isWholeTenant || mayQuote || isOfSubject(original, subject, owned)) originals.push(original.removal);
  }

  const agentIds = new Set(owned.map(({ item }) => item.agentId));
  if (subject.id === undefined && subject.agentId !== undefined) agentIds.add(subject.agentId);
  const conversations: StorageOperation[] = [];
  for await (const { agentId, removal } of tables.decisions.scan(tenant)) {
    if (isWholeTenant || (agentId !== undefined && agentIds.has(agentId))) conversations.push(removal);
  }
  const wholeAgent = subject.id === undefined ? subject.agentId : undefined;
  await tables.forgetCopies?.({ tenant, wholeTenant: isWholeTenant, wholeAgent, itemIds: ids, agentIds });

  const traces = await tracesOf(tables, subject, ids);
  const unmark = tables.originals.unmark(tenant);
  const batches = new Batches(tables.storage);
  for (const removal of [...injections, ...originals, ...conversations, ...traces, unmark])
    await batches.add([removal]);
  for (const [index, { removal }] of owned.entries()) {
    await batches.add(await removal());
    if (index % ITEMS_A_REPORT === ITEMS_A_REPORT - 1) onProgress(index + 1);
  }
  await batches.end();
  onProgress(ids.size);
  return {
    items: ids.size,
    injections: injections.length,
    originals: originals.length,
    conversations: conversations.length,
  };
}

function isOfSubject(
  original: KeptOriginal,
  { id, agentId }: ItemSubject,
  owned: readonly OwnedItem[],
): boolean {
  if (id === undefined) return original.agentId === agentId;
  return owned.some(({ item }) => item.agentId === original.agentId && original.text.includes(item.content));
}

/** What takes the subject out of the grants and the audit trail. */
async function tracesOf(
  { grants, audit }: ContextTables,
  { tenant, agentId, id }: ItemSubject,
  itemIds: ReadonlySet<string>,
): Promise<readonly StorageOperation[]> {
  const traces: StorageOperation[] = [];
  if (id === undefined) {
    const own = agentId === undefined ? undefined : nameOf("agent", agentId);
    for await (const { grant, removal } of grants.scan(tenant)) {
      if (own === undefined || own === grant.owner || own === grant.reader) traces.push(removal);
    }
  }
  for await (const { entry, removal, without } of audit.scan(tenant)) {
    const isOfSubject = id === undefined && (agentId === undefined || concerns(entry, agentId));
    if (isOfSubject) traces.push(removal);
    else if (entry.itemIds.some((itemId) => itemIds.has(itemId))) traces.push(without(itemIds));
  }
  return traces;
}

/** Writes operations some at a time; those of one item together. */
class Batches {
  readonly #storage: Storage;
  #waiting: StorageOperation[] = [];

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async add(operations: readonly StorageOperation[]): Promise<void> {
    this.#waiting = this.#waiting.concat(operations);
    if (this.#waiting.length >= BATCH_SIZE) await this.end();
  }

  async end(): Promise<void> {
    if (this.#waiting.length > 0) await this.#storage.batch(this.#waiting);
    this.#waiting = [];
  }
}
