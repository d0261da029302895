/**
 * What an item was made from, and how far it is to be relied on.
 *
 *     trust of an item      above 0 and at most 1; 1 where nothing is said
 *     of one made from others   no more than the least of theirs
 *
 * Trust is what whoever writes an item says of it; it cannot be raised by writing the same again in other words. Where
 * shared context is chosen, trust multiplies the score, and what was made from items never stands above the best of them
 * (`outranked.ts`). With an item that is forgotten goes what was made from it.
 */
import { invalidField } from "../invalid-field.ts";
import { checkItemIds } from "./current.ts";
import type { ContextItem } from "./item.ts";

/** What an item was made from, how far it is to be relied on, what it is about, and until when it is kept. */
export type Provenance = Pick<ContextItem, "trust" | "lineage" | "subject" | "expiresAt">;

/** Characters a subject may have. */
const MAX_SUBJECT_LENGTH = 512;

/** How far an item is to be relied on. */
export function trustOf({ trust = 1 }: Pick<ContextItem, "trust">): number {
  return trust;
}

/** What is said of an item's provenance, without what is not said. @throws PromptCompilerError `PC_INVALID_REQUEST` naming the field */
export function checkProvenance(said: { readonly [Name in keyof Provenance]: unknown }): Provenance {
  const { trust, lineage, subject, expiresAt } = said;
  if (trust !== undefined && !(typeof trust === "number" && trust > 0 && trust <= 1)) {
    throw invalidField("trust", "must be a number above 0, at most 1");
  }
  checkItemIds(lineage, "lineage");
  if (
    subject !== undefined &&
    (typeof subject !== "string" || subject === "" || subject.length > MAX_SUBJECT_LENGTH)
  ) {
    throw invalidField("subject", `must be a text of 1 to ${MAX_SUBJECT_LENGTH} characters`);
  }
  if (expiresAt !== undefined && !(typeof expiresAt === "number" && Number.isFinite(expiresAt))) {
    throw invalidField("expiresAt", "must be milliseconds since the epoch");
  }
  return {
    ...(trust !== undefined && { trust }),
    ...(lineage !== undefined && { lineage: [...lineage] }),
    ...(subject !== undefined && { subject }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/**
 * The same provenance, relied on no more than what the item was made from.
 *
 * @param find - an item that it was made from; `undefined`: that one is gone
 */
export async function boundTrust(
  provenance: Provenance,
  find: (id: string) => Promise<Pick<ContextItem, "trust"> | undefined>,
): Promise<Provenance> {
  const sources = await Promise.all((provenance.lineage ?? []).map(find));
  const trusts = [provenance, ...sources.filter((source) => source !== undefined)].map(trustOf);
  const trust = Math.min(...trusts);
  return trust < 1 ? { ...provenance, trust } : provenance;
}

/** When an item that is added now is taken out. @throws PromptCompilerError `PC_INVALID_REQUEST` naming `ttlMs` */
export function expiryAfter(ttlMs: unknown, now: number): number | undefined {
  if (ttlMs === undefined) return undefined;
  if (typeof ttlMs === "number" && Number.isFinite(ttlMs) && ttlMs > 0) return now + ttlMs;
  throw invalidField("ttlMs", "must be a positive number of milliseconds");
}
