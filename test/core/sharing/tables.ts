import { createDecisionStore } from "../../../src/core/blocks/decision-store.ts";
import type { Contexts } from "../../../src/core/contexts.ts";
import { createContexts } from "../../../src/core/create-contexts.ts";
import { createAuditTrail } from "../../../src/core/sharing/audit.ts";
import type { ContextTables } from "../../../src/core/sharing/forget.ts";
import { createGrantStore } from "../../../src/core/sharing/grants.ts";
import { createInjectionMemo } from "../../../src/core/sharing/injection-memo.ts";
import { createItemStore } from "../../../src/core/sharing/item-store.ts";
import { createOriginals } from "../../../src/core/sharing/originals.ts";
import type { Ranker } from "../../../src/ranker.ts";
import { memory } from "../../../src/storage/memory.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { FakeClock } from "../../fake-clock.ts";

/** A day. */
export const ORIGINALS_TTL_MS = 24 * 60 * 60 * 1000;

/** Two days. */
export const AUDIT_TTL_MS = 2 * ORIGINALS_TTL_MS;

/** Scores a document by how many of the query's words are in it. */
const countingRanker: Ranker = {
  name: "counting",
  rank: (query, documents) =>
    documents.map((document) => {
      const words = (typeof document === "string" ? document : document.text).split(" ");
      return query.split(" ").filter((word) => words.includes(word)).length;
    }),
};

/** The tables of shared context, over a storage in memory, and the public API over them. */
export function emptyTables(): ContextTables & { readonly clock: FakeClock; readonly contexts: Contexts } {
  const clock = new FakeClock();
  const storage = memory({ clock });
  const grants = createGrantStore(storage, clock);
  const tables: ContextTables = {
    storage,
    items: createItemStore(storage, clock, grants),
    originals: createOriginals(storage, clock, ORIGINALS_TTL_MS),
    injections: createInjectionMemo(storage),
    decisions: createDecisionStore(storage, ORIGINALS_TTL_MS),
    grants,
    audit: createAuditTrail(storage, clock, AUDIT_TTL_MS),
  };
  return { ...tables, clock, contexts: createContexts(tables, countingRanker, clock) };
}

/** Every key and value of a storage, but for its version, as one text: what a search for residue searches. */
export async function dumpOf(storage: Storage): Promise<string> {
  const lines: string[] = [];
  for await (const [key, value] of storage.range({ start: "", end: "\u{10ffff}" })) {
    if (key === "format") continue;
    lines.push(`${key} = ${new TextDecoder().decode(value)}`);
  }
  return lines.join("\n");
}

export async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}
