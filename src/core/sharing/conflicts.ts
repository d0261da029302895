/**
 * Items that say different things of one matter, all of which hold: nobody here decides which is true.
 *
 *     one matter     the same `subject`; or all say that they take the place of the same item
 *     different      in their contents
 *
 * Whoever is shown one of them is shown all, the newest first, each with its day.
 */
import type { ContextItem } from "./item.ts";

/** Of each item that others contradict, all of that matter, the newest first. @param items - such as hold now */
export function conflictsOf(items: readonly ContextItem[]): ReadonlyMap<ContextItem, readonly ContextItem[]> {
  const matters = new Map<string, ContextItem[]>();
  for (const item of items) {
    for (const matter of mattersOf(item)) matters.set(matter, [...(matters.get(matter) ?? []), item]);
  }
  const conflicts = new Map<ContextItem, readonly ContextItem[]>();
  for (const its of matters.values()) {
    if (new Set(its.map(({ content }) => content)).size < 2) continue;
    const newestFirst = its.toSorted((left, right) => heldSince(right) - heldSince(left));
    for (const item of its) if (!conflicts.has(item)) conflicts.set(item, newestFirst);
  }
  return conflicts;
}

function mattersOf({ subject, supersedes = [] }: ContextItem): readonly string[] {
  return [...(subject === undefined ? [] : [`subject ${subject}`]), ...supersedes.map((id) => `after ${id}`)];
}

function heldSince({ validFrom, occurredAt, createdAt }: ContextItem): number {
  return validFrom ?? occurredAt ?? createdAt;
}
