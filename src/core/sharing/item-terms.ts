/**
 * The words of items, so that those of a large store that may match a query are found without reading it.
 *
 *     item-terms   tenant, audience, stem, position   → [how often the item has it, how many words the item has]
 *
 * An item's words are put and deleted in the batch that puts and deletes the item, and follow from the item alone: nothing
 * is read to write them, none is there without its item, and none is left behind.
 *
 * The ids of what an item supersedes are among its words: no text has a word with "_" in it, and what hides an old item
 * is found by the old one's id.
 *
 * A query is answered from its rarest words: of each, the newest items that have it, up to a bound. So what a lookup
 * costs does not depend on how large the store is. A word that more items have than are read of it tells little, and
 * what it tells of older items is left to the words beside it.
 */
import type { KeyParts } from "../../storage/key.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import { Breather } from "../breather.ts";
import { bm25, countTerms } from "../retrieval/bm25.ts";
import { contentWords, stem } from "../retrieval/terms.ts";
import type { ContextItem } from "./item.ts";

export interface ItemTerms {
  /** Puts the words of an item in. */
  puts(place: ItemPlace, item: ItemText): Promise<readonly StorageOperation[]>;

  /** Takes the words of an item out. */
  removals(place: ItemPlace, item: ItemText): Promise<readonly StorageOperation[]>;

  /** Positions of the items of an audience that say that they supersede the one of this id. */
  superseding(audience: KeyParts, id: string): Promise<readonly string[]>;

  /** Items of an audience that share words with the query, the best first. */
  find(audience: KeyParts, query: string): Promise<readonly TermMatch[]>;
}

/** What of an item has words. */
type ItemText = Pick<ContextItem, "title" | "content" | "supersedes">;

/** Where an item is: the parts of its audience's keys, tenant first, and its position among them. */
export interface ItemPlace {
  readonly audience: KeyParts;
  readonly position: string;
}

export interface TermMatch extends ItemPlace {
  /** Comparable within one audience only. */
  readonly score: number;
}

/** Longer runs of letters and digits are data, and told apart by how they begin. */
const LONGEST_STEM = 64;

/** Different words of one item that are found, the first ones: 256 KiB of prose have some 6,000, of numbers any number. */
const MOST_STEMS = 8_192;

/** Characters of an item that are read in one go: some milliseconds. */
const SLICE = 16 * 1024;

/** Different words of a query that are looked up, the last ones: what is asked stands last. */
const MOST_ASKED = 64;

/** Postings read of each word asked, to see which are rare. */
const PROBED = 64;

/** Postings read of one word, and of all together. */
const MOST_OF_ONE = 2_048;
const MOST_POSTINGS = 8_192;

/** Items found. The exact ranker reads every word of them. */
const MOST_FOUND = 200;

type Posting = readonly [frequency: number, length: number];

/** The words of the items in `storage`. */
export function createItemTerms(storage: Storage): ItemTerms {
  const terms = table<Posting>(storage, "item-terms");

  async function read(audience: KeyParts, word: string, limit: number): Promise<Postings> {
    const postings: [string, Posting][] = [];
    for await (const [key, posting] of terms.range([...audience, word], { reverse: true, limit })) {
      postings.push([key.at(-1) ?? "", posting]);
    }
    return { word, postings };
  }

  /** Postings of the words asked, of the rarest first, until enough are read. */
  async function* readRarest(audience: KeyParts, asked: readonly string[]): AsyncGenerator<Postings> {
    const probes = await Promise.all(asked.map((word) => read(audience, word, PROBED)));
    let left = MOST_POSTINGS;
    for (const probe of probes.sort((a, b) => a.postings.length - b.postings.length)) {
      if (left <= 0) return;
      const isRare = probe.postings.length < PROBED;
      const found = isRare ? probe : await read(audience, probe.word, Math.min(MOST_OF_ONE, left));
      left -= found.postings.length;
      yield found;
    }
  }

  return {
    async puts({ audience, position }, item) {
      const { counts, length } = await countStems(item);
      return [...counts].map(([word, frequency]) =>
        terms.put([...audience, word, position], [frequency, length]),
      );
    },
    async removals({ audience, position }, item) {
      const { counts } = await countStems(item);
      return [...counts.keys()].map((word) => terms.delete([...audience, word, position]));
    },
    async superseding(audience, id) {
      return (await read(audience, id, MOST_OF_ONE)).postings.map(([position]) => position);
    },
    async find(audience, query) {
      const asked = [...new Set(stemsOf(query))].slice(-MOST_ASKED);
      const items = new Map<string, { counts: Map<string, number>; length: number }>();
      for await (const { word, postings } of readRarest(audience, asked)) {
        for (const [position, [frequency, length]] of postings) {
          const item = items.get(position);
          if (item === undefined) items.set(position, { counts: new Map([[word, frequency]]), length });
          else item.counts.set(word, frequency);
        }
      }
      const matches = bm25(new Set(asked), [...items.values()]);
      return [...items.keys()]
        .map((position, index) => ({ audience, position, score: matches[index]?.score ?? 0 }))
        .sort((a, b) => b.score - a.score || (a.position < b.position ? 1 : -1))
        .slice(0, MOST_FOUND);
    },
  };
}

interface Postings {
  readonly word: string;
  /** The newest first. */
  readonly postings: readonly (readonly [position: string, posting: Posting])[];
}

/** Reads an item a slice at a time, so that a long one does not hold up the process. */
async function countStems({ title = "", content, supersedes = [] }: ItemText) {
  const breather = new Breather();
  const stems: string[] = [];
  for (const slice of `${title}\n${content}`.match(SLICES) ?? []) {
    for (const stem of stemsOf(slice)) stems.push(stem);
    await breather.after(slice.length);
  }
  const { counts, length } = countTerms(stems);
  const kept = new Map([...counts].slice(0, MOST_STEMS));
  for (const id of supersedes) kept.set(id, 1);
  return { counts: kept, length };
}

/** Parts that end before white space where there is any, so that no word is parted. */
const SLICES = new RegExp(`[\\s\\S]{1,${SLICE}}(?=\\s|$)|[\\s\\S]{1,${SLICE}}`, "gu");

function stemsOf(text: string): readonly string[] {
  return contentWords(text).map((word) => stem(word).slice(0, LONGEST_STEM));
}
