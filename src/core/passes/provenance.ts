/**
 * What the provenance of items has to say where they are chosen: how far each is relied on, that nothing stands above
 * what it was made from, and that items which contradict each other come together, the newest first.
 */
import { conflictsOf } from "../sharing/conflicts.ts";
import type { ContextItem } from "../sharing/item.ts";
import { trustOf } from "../sharing/provenance.ts";

/** A part of an item, and how well it matches. */
interface RankedPart {
  readonly item: ContextItem;
  readonly score: number;
}

/** The same parts in the same order: scores multiplied by trust, and of what was made from others at most their best. */
export function weigh<Part extends RankedPart>(parts: readonly Part[]): readonly Part[] {
  if (!parts.some(({ item }) => item.trust !== undefined || item.lineage !== undefined)) return parts;
  const trusted = parts.map((part) => ({ ...part, score: part.score * trustOf(part.item) }));
  const best = new Map<string, number>();
  for (const { item, score } of trusted) best.set(item.id, Math.max(best.get(item.id) ?? 0, score));
  return trusted.map((part) => {
    const sources = (part.item.lineage ?? []).flatMap((id) => best.get(id) ?? []);
    return sources.length === 0 ? part : { ...part, score: Math.min(part.score, Math.max(...sources)) };
  });
}

/** Of two that match as well, the one that was made from nothing goes first. */
export function compareOrigin(left: RankedPart, right: RankedPart): number {
  return Number(left.item.lineage !== undefined) - Number(right.item.lineage !== undefined);
}

/** The same parts, each followed by the best of every item that contradicts its own, whether that matches or not. */
export function withRivals<Part extends RankedPart>(
  ranked: readonly Part[],
  all: readonly Part[],
): readonly Part[] {
  const conflicts = conflictsOf([...new Set(all.map(({ item }) => item))]);
  if (conflicts.size === 0) return ranked;
  const bestOf = new Map<ContextItem, Part>();
  for (const part of [...ranked, ...all]) if (!bestOf.has(part.item)) bestOf.set(part.item, part);
  const together = new Set<Part>();
  for (const part of ranked) {
    together.add(part);
    for (const rival of conflicts.get(part.item) ?? []) {
      const best = rival === part.item ? undefined : bestOf.get(rival);
      if (best !== undefined) together.add(best);
    }
  }
  return [...together];
}

/** Parts in the order in which they were said, those of items that contradict each other together, the newest first. */
export function inOrder<Part extends RankedPart & { readonly index: number }>(
  parts: readonly Part[],
): readonly Part[] {
  const conflicts = conflictsOf([...new Set(parts.map(({ item }) => item))]);
  const place = (part: Part): readonly [matter: number, place: number, index: number] => {
    const matter = conflicts.get(part.item);
    if (matter === undefined) return [part.index, 0, part.index];
    const first = Math.min(...parts.filter(({ item }) => matter.includes(item)).map(({ index }) => index));
    return [first, matter.indexOf(part.item), part.index];
  };
  return parts
    .map((part) => ({ part, place: place(part) }))
    .sort(({ place: a }, { place: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
    .map(({ part }) => part);
}

/** Whether two items say different things of one matter. */
export function areRivals(left: ContextItem, right: ContextItem): boolean {
  return left !== right && conflictsOf([left, right]).size > 0;
}
