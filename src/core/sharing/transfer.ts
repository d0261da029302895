/**
 * Items as lines of JSON, to take them out and in again:
 *
 *     {"id":"ctx_…","agentId":"planner","sessionId":"s1","audience":"group:trip","role":"user","content":"…","createdAt":1700000000000}
 *
 * A line names no tenant: it belongs to whoever imports it, and the id, a hash over the tenant too, is made anew.
 * What a line supersedes, or was made from, it names by the id of where it came from (`import-links.ts`).
 */
import type { CallContext } from "../../chat.ts";
import { isPromptCompilerError, PromptCompilerError } from "../../errors.ts";
import { parseRecord } from "../../wires/read.ts";
import { agentOf, callerOf, tenantOf, writtenAudience } from "./access.ts";
import { readValidity } from "./current.ts";
import { hasLinks, type ImportedItem, ImportLinks } from "./import-links.ts";
import type { ContextItem } from "./item.ts";
import { checkItemContent, checkItemFacts, checkItemRole, isMoment } from "./item-content.ts";
import type { ItemStore } from "./item-store.ts";
import { boundTrust, checkProvenance } from "./provenance.ts";

/** What came of an import. */
export interface ImportReceipt {
  /** Items that are new. */
  readonly written: number;
  /** Items that were there already, and stay as they were. */
  readonly existing: number;
}

/** Who hears of an import while it goes on. */
interface ImportListener {
  /** Hears of the items that are new, before those behind them are written. */
  readonly onAdded: (items: readonly ContextItem[]) => Promise<void>;
  /** Hears how many lines are done. */
  readonly onProgress: ((items: number) => void) | undefined;
}

/** Items and characters of one batch of an import: some milliseconds of work, and one wait for the disk. */
const BATCH_SIZE = 64;
const BATCH_CHARACTERS = 16 * 1024;

/** The line of an item, without its line break. */
export function toLine({ tenant: _, ...item }: ContextItem): string {
  return JSON.stringify(item);
}

/**
 * Puts the items of lines. Blank lines are skipped. A bad line ends the import; what came before it may be stored, and
 * importing again stores nothing twice.
 *
 * @throws PromptCompilerError `PC_INVALID_REQUEST` naming the line; `PC_FORBIDDEN` if the call names an agent and the
 *   line belongs to another one, or to a group that is not the call's
 */
export async function importLines(
  store: ItemStore,
  lines: Iterable<string> | AsyncIterable<string>,
  call: CallContext,
  { onAdded, onProgress }: ImportListener,
): Promise<ImportReceipt> {
  const tenant = tenantOf(call);
  let total = 0;
  let written = 0;
  let agentId = "";
  let batch: ImportedItem[] = [];
  let characters = 0;
  const links = new ImportLinks((id) => store.find(tenant, id));
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const stored = await store.put(
      { tenant, agentId },
      batch.map(({ entry }) => entry),
    );
    for (const [index, item] of stored.items.entries()) {
      const imported = batch[index];
      if (imported !== undefined) links.stored(imported, item);
    }
    await onAdded(stored.added);
    written += stored.written;
    total += batch.length;
    onProgress?.(total);
    batch = [];
    characters = 0;
  };
  const take = async (imported: ImportedItem): Promise<void> => {
    const isFull = batch.length === BATCH_SIZE || characters >= BATCH_CHARACTERS;
    if (imported.agentId !== agentId || isFull) await flush();
    agentId = imported.agentId;
    batch.push(imported);
    characters += imported.entry.content.length;
  };
  const takeLinked = async (imported: ImportedItem): Promise<boolean> => {
    // What it names may be among those that are not stored yet.
    await flush();
    const resolved = await links.tryResolve(imported);
    if (resolved !== undefined) await take(await withTrust(resolved, store, tenant));
    return resolved !== undefined;
  };

  let number = 0;
  for await (const line of lines) {
    call.signal?.throwIfAborted();
    number += 1;
    if (line.trim() === "") continue;
    const parsed = parseLine(line, number, call);
    if (hasLinks(parsed)) await takeLinked(parsed);
    else await take(parsed);
  }
  for (let isProgress = true; isProgress; ) {
    isProgress = false;
    for (const imported of links.takeWaiting()) if (await takeLinked(imported)) isProgress = true;
  }
  for (const imported of links.takeWaiting()) {
    await take(await withTrust(links.resolve(imported), store, tenant));
  }
  await flush();
  return { written, existing: total - written };
}

/** An item that relies on no more than those it was made from. */
async function withTrust(imported: ImportedItem, store: ItemStore, tenant: string): Promise<ImportedItem> {
  const { entry } = imported;
  return { ...imported, entry: { ...entry, ...(await boundTrust(entry, (id) => store.find(tenant, id))) } };
}

function parseLine(line: string, number: number, call: CallContext): ImportedItem {
  try {
    return parseItem(line, call);
  } catch (error) {
    if (!isPromptCompilerError(error)) throw error;
    throw new PromptCompilerError(error.code, `line ${number}: ${error.message}`, { param: error.param });
  }
}

function parseItem(line: string, call: CallContext): ImportedItem {
  const fields = parseRecord(line);
  if (fields === undefined) throw new PromptCompilerError("PC_INVALID_REQUEST", "is not a JSON object");
  const { content, role, title, occurredAt, createdAt } = fields;
  const group = parseGroup(fields["audience"]);
  // An item is what a call of its owner would have written: so the ids are checked, and the audience is made, as there.
  const owner = callerOf({
    tenant: tenantOf(call),
    agentId: parseText(fields, "agentId"),
    sessionId: parseText(fields, "sessionId"),
    group,
    share: "write",
  });
  const { agentId, sessionId } = owner;
  const audience = writtenAudience(owner);
  if (agentId === undefined || audience === undefined) throw toInvalid("agentId", "is missing");
  const speaksFor = agentOf(call);
  if (speaksFor !== undefined && (agentId !== speaksFor || (group !== undefined && group !== call.group))) {
    throw new PromptCompilerError(
      "PC_FORBIDDEN",
      "a call that names an agent imports items of that agent, with its own audience or the call's group",
    );
  }
  checkItemContent(content);
  checkItemRole(role);
  if (!isMoment(createdAt)) throw toInvalid("createdAt", "must be milliseconds since the epoch");
  const tool = parseText(fields, "tool");
  const facts = { title, occurredAt };
  checkItemFacts(facts);
  return {
    id: parseText(fields, "id"),
    agentId,
    entry: {
      sessionId,
      audience,
      role,
      content,
      createdAt,
      ...(facts.title !== undefined && { title: facts.title }),
      ...(facts.occurredAt !== undefined && { occurredAt: facts.occurredAt }),
      ...readValidity({
        validFrom: fields["validFrom"],
        validTo: fields["validTo"],
        supersedes: fields["supersedes"],
      }),
      ...checkProvenance({
        trust: fields["trust"],
        lineage: fields["lineage"],
        subject: fields["subject"],
        expiresAt: fields["expiresAt"],
      }),
      ...(tool !== undefined && { tool }),
    },
  };
}

function parseText(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === "string") return value;
  throw toInvalid(name, "must be a text");
}

function parseGroup(audience: unknown): string | undefined {
  if (audience === "agent") return undefined;
  const group = typeof audience === "string" ? /^group:(.+)$/s.exec(audience)?.[1] : undefined;
  if (group === undefined) throw toInvalid("audience", 'must be "agent" or "group:" and the id of a group');
  return group;
}

function toInvalid(param: string, fault: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", `${param} ${fault}`, { param });
}
