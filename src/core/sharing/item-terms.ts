/**
 * The words of items, so that those of a large store that may match a query are found without reading it.
 *
 *     item-terms   tenant, audience, stem, position   → [how often the item has it, how many words the item has]
 *
 * An item's words are put and deleted in the batch that puts and deletes the item, and follow from the item alone: nothing
 * is read to write them, none is there without its item, and none is left behind.
 *
 * The ids of what an item supersedes are among its words: no text has a word with "_" in it, and what hides an old item
 * is found by the old one's id. An item that supersedes any has the word SUPERSEDES too, so that a store without such
 * items, which most are, is known by one look.
 *
 * A query is answered from its rarest words. The newest items of each word are looked at first: the further back so many
 * of them reach, the rarer the word is. Of what may be read in all, half goes to the rarest word, half of the rest to the
 * next, and so on: what a lookup costs does not depend on how large the store is, and only what has nothing but common
 * words in common with the query can be missed, if it is old.
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

  /** Whether any item of an audience says that it supersedes another. */
  hasSuperseding(audience: KeyParts): Promise<boolean>;

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

/** Characters of a word: longer runs of letters and digits are data, and told apart by how they begin. */
const LONGEST_WORD = 64;

/** Different words of one item that are found, the first ones: 256 KiB of prose have some 6,000, of numbers any number. */
const MOST_STEMS = 8_192;

/** Characters of an item that are read in one go: some milliseconds. */
const SLICE = 16 * 1024;

/** Different words of a query that are looked up, the last ones: what is asked stands last. */
const MOST_ASKED = 64;

/** Postings read of each word asked, to see which are rare. */
const PROBED = 64;

/** Postings read of all words together. */
const MOST_POSTINGS = 8_192;

/** Items that are looked for which supersede one. */
const MOST_SUPERSEDING = 256;

/** A word that no text has: of items that supersede others. */
const SUPERSEDES = "_supersedes";

/** Items found. The exact ranker reads every word of them. */
const MOST_FOUND = 200;

type Posting = readonly [frequency: number, length: number];

/** The words of the items in `storage`. */
export function createItemTerms(storage: Storage): ItemTerms {
  const terms = table<Posting>(storage, "item-terms");
  // One for all items: many short ones hold up the process like a long one.
  const breather = new Breather();

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
    for (const probe of probes.sort(byRarity)) {
      const isAll = probe.postings.length < PROBED;
      const most = Math.max(PROBED, Math.floor(left / 2));
      const found = isAll ? probe : await read(audience, probe.word, most);
      left -= found.postings.length;
      yield found;
    }
  }

  return {
    async puts({ audience, position }, item) {
      const { counts, length } = await countStems(item, breather);
      return [...counts].map(([word, frequency]) =>
        terms.put([...audience, word, position], [frequency, length]),
      );
    },
    async removals({ audience, position }, item) {
      const { counts } = await countStems(item, breather);
      return [...counts.keys()].map((word) => terms.delete([...audience, word, position]));
    },
    async hasSuperseding(audience) {
      return (await read(audience, SUPERSEDES, 1)).postings.length > 0;
    },
    async superseding(audience, id) {
      return (await read(audience, id, MOST_SUPERSEDING)).postings.map(([position]) => position);
    },
    async find(audience, query) {
      const asked = [...new Set(stemsOf(query))].slice(-MOST_ASKED);
      const items = new Map<string, { counts: Map<string, number>; length: number }>();
      const holders = new Map<string, number>();
      let held = 0;
      for await (const { word, postings } of readRarest(audience, asked)) {
        // Of a common word only some are read; it must not pass for rarer than those before it.
        held = Math.max(held, postings.length);
        holders.set(word, held);
        for (const [position, [frequency, length]] of postings) {
          const item = items.get(position);
          if (item === undefined) items.set(position, { counts: new Map([[word, frequency]]), length });
          else item.counts.set(word, frequency);
        }
      }
      const matches = bm25(new Set(asked), [...items.values()], holders);
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

/** The rarest word first, by postings that were looked at: the fewer there are, or the further back they reach. */
function byRarity({ postings: one }: Postings, { postings: other }: Postings): number {
  if (one.length !== other.length) return one.length - other.length;
  const [reach = ""] = one.at(-1) ?? [];
  const [otherReach = ""] = other.at(-1) ?? [];
  return reach < otherReach ? -1 : reach > otherReach ? 1 : 0;
}

/** Reads an item a slice at a time, so that a long one does not hold up the process. */
async function countStems({ title = "", content, supersedes = [] }: ItemText, breather: Breather) {
  const stems: string[] = [];
  for (const slice of `${title}\n${content}`.match(SLICES) ?? []) {
    for (const stem of stemsOf(slice)) stems.push(stem);
    await breather.after(slice.length);
  }
  const { counts, length } = countTerms(stems);
  const kept = new Map([...counts].slice(0, MOST_STEMS));
  for (const id of supersedes) kept.set(id, 1);
  if (supersedes.length > 0) kept.set(SUPERSEDES, 1);
  return { counts: kept, length };
}

/** Parts that end before white space where there is any, so that no word is parted. */
const SLICES = new RegExp(`[\\s\\S]{1,${SLICE}}(?=\\s|$)|[\\s\\S]{1,${SLICE}}`, "gu");

function stemsOf(text: string): readonly string[] {
  return contentWords(text).map((word) => stem(word.slice(0, LONGEST_WORD)));
}
