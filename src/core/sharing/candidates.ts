/**
 * What a search or a compile chooses from, of all that a caller may read:
 *
 *     a small store    all of it
 *     a large one      what shares words with the query (`item-terms.ts`), what stands beside the best of that, since an
 *                      answer stands next to its question, and the newest, which "that" and "it" are about
 *
 * Ranking reads every word of it, so it is bounded in characters; what matches best goes before what is newest.
 */
import { LRUCache } from "lru-cache";
import type { KeyParts } from "../../storage/key.ts";
import type { Table } from "../../storage/table.ts";
import type { ContextItem } from "./item.ts";
import type { ItemTerms, TermMatch } from "./item-terms.ts";

/** Items and characters of a store that is read whole: what ranking has read within some tens of milliseconds. */
const SMALL_ITEMS = 2_000;
const MOST_CHARACTERS = 512 * 1024;

/** The newest items of a large store that are chosen from whatever the query, and the characters they may have. */
const NEWEST = 100;
const NEWEST_CHARACTERS = MOST_CHARACTERS / 8;

/** How many of the best bring what stands beside them, and how far on each side. */
const WITH_NEIGHBOURS = 48;
const NEIGHBOURS = 2;

/** Matches that are read at once. */
const READ_AHEAD = 16;

/** An item with the last part of its key, which orders items by their creation. */
export interface PositionedItem {
  readonly item: ContextItem;
  readonly position: string;
}

/** Finds what may match a query among the items of audiences, each once, in the order of creation. */
export type FindCandidates = (
  audiences: readonly KeyParts[],
  query: string,
) => Promise<readonly ContextItem[]>;

/** Candidates out of these tables. */
export function candidateFinder(items: Table<ContextItem>, terms: ItemTerms): FindCandidates {
  /** Stores seen to be large, so as not to read on in them to see it again. One that has shrunk is still found in. */
  const large = new LRUCache<string, true>({ max: 1_000 });

  /** The newest of an audience, the newest first; cut short behind the one that is over a bound. */
  async function newest(audience: KeyParts, most: number, mostCharacters: number): Promise<Newest> {
    const found: PositionedItem[] = [];
    let characters = 0;
    for await (const [key, item] of items.range(audience, { reverse: true, limit: most + 1 })) {
      characters += item.content.length;
      if (found.length === most || characters > mostCharacters) return { found, isAll: false };
      found.push({ item, position: key.at(-1) ?? "" });
    }
    return { found, isAll: true };
  }

  async function beside({ audience, position }: TermMatch): Promise<readonly PositionedItem[]> {
    const sides = [true, false].map(async (reverse) => {
      const found: PositionedItem[] = [];
      const range = items.range(audience, { reverse, after: [position], limit: NEIGHBOURS });
      for await (const [key, item] of range) found.push({ item, position: key.at(-1) ?? "" });
      return found;
    });
    return (await Promise.all(sides)).flat();
  }

  /** What matches, the best first, each with what stands beside it. */
  async function* matching(audience: KeyParts, query: string): AsyncGenerator<PositionedItem> {
    const matches = await terms.find(audience, query);
    for (let from = 0; from < matches.length; from += READ_AHEAD) {
      const found = matches.slice(from, from + READ_AHEAD).map(async (match, index) => {
        const item = await items.get([...match.audience, match.position]);
        if (item === undefined) return []; // forgotten since its words were read
        const around = from + index < WITH_NEIGHBOURS ? await beside(match) : [];
        return [{ item, position: match.position }, ...around];
      });
      yield* (await Promise.all(found)).flat();
    }
  }

  async function ofLarge(audience: KeyParts, query: string): Promise<readonly PositionedItem[]> {
    const { found } = await newest(audience, NEWEST, NEWEST_CHARACTERS);
    const chosen = new Map(found.map((one) => [one.position, one]));
    let left = MOST_CHARACTERS;
    for (const { item } of found) left -= item.content.length;
    for await (const one of matching(audience, query)) {
      if (chosen.has(one.position)) continue;
      if (one.item.content.length > left) continue;
      left -= one.item.content.length;
      chosen.set(one.position, one);
    }
    if (await terms.hasSuperseding(audience)) await addSuperseding(audience, chosen);
    return [...chosen.values()];
  }

  /** Adds what supersedes what was found, and what supersedes that: a fact must not stand there without what hides it. */
  async function addSuperseding(audience: KeyParts, chosen: Map<string, PositionedItem>): Promise<void> {
    let unseen = [...chosen.values()];
    while (unseen.length > 0) {
      const positions = await Promise.all(unseen.map(({ item }) => terms.superseding(audience, item.id)));
      const added = [...new Set(positions.flat())].filter((position) => !chosen.has(position));
      unseen = [];
      for (const position of added) {
        const item = await items.get([...audience, position]);
        if (item === undefined) continue;
        chosen.set(position, { item, position });
        unseen.push({ item, position });
      }
    }
  }

  async function ofAudience(audience: KeyParts, query: string): Promise<readonly PositionedItem[]> {
    const name = JSON.stringify(audience);
    if (!large.has(name)) {
      const { found, isAll } = await newest(audience, SMALL_ITEMS, MOST_CHARACTERS);
      if (isAll) return found;
      large.set(name, true);
    }
    return ofLarge(audience, query);
  }

  return async (audiences, query) => {
    const found = (await Promise.all(audiences.map((audience) => ofAudience(audience, query)))).flat();
    found.sort((a, b) => (a.position < b.position ? -1 : 1));
    return [...new Map(found.map(({ item }) => [item.id, item])).values()];
  };
}

interface Newest {
  readonly found: readonly PositionedItem[];
  /** There are no more. */
  readonly isAll: boolean;
}
