import { LRUCache } from "lru-cache";
import { countTerms, type TermCounts } from "./bm25.ts";
import { gramsOf } from "./char-grams.ts";
import { hashOf } from "./hash.ts";
import { contentWords, stem } from "./terms.ts";

/** A text as the scores see it: what is read of it is read once. */
export class Reading {
  readonly stems: TermCounts;
  readonly #words: readonly string[];
  #grams: Int32Array | undefined;

  constructor(text: string) {
    this.#words = contentWords(text);
    this.stems = countTerms(this.#words.map(stem));
  }

  /** Hashes of the pieces of its words, as often as they occur. Most questions never ask for them. */
  get grams(): Int32Array {
    this.#grams ??= Int32Array.from(gramsOf(this.#words), hashOf);
    return this.#grams;
  }
}

/** Of remembered texts. */
const MEMO_BYTES = 32 * 1024 * 1024;

/** Reads texts, and remembers what it read by content, bounded in bytes: a conversation that grows is read once. */
export function textReader(): (text: string) => Reading {
  const readings = new LRUCache<string, Reading>({
    maxSize: MEMO_BYTES,
    // The words, their counts and three grams a character, of four bytes each, take several times the space of the text.
    sizeCalculation: (_reading, text) => 20 * text.length + 256,
  });
  return (text) => {
    let reading = readings.get(text);
    if (reading === undefined) {
      reading = new Reading(text);
      readings.set(text, reading);
    }
    return reading;
  };
}

/** Counts, of each text, the grams of a query. */
export function gramCounter(query: ReadonlySet<number>): (text: Reading) => TermCounts<number> {
  // A question has some hundred grams and a text a thousand others: a table of what may be one of them is looked at first.
  const mayBe = new Uint8Array(TABLE_SIZE);
  for (const gram of query) mayBe[gram & TABLE_MASK] = 1;
  return ({ grams }) => {
    let counts: Map<number, number> | undefined;
    for (let index = 0; index < grams.length; index++) {
      const gram = grams[index] ?? 0;
      if (mayBe[gram & TABLE_MASK] === 1 && query.has(gram)) {
        counts ??= new Map();
        counts.set(gram, (counts.get(gram) ?? 0) + 1);
      }
    }
    return { counts: counts ?? NO_COUNTS, length: grams.length };
  };
}

/** Most texts have none. */
const NO_COUNTS: ReadonlyMap<number, number> = new Map();

const TABLE_SIZE = 2 ** 16;
const TABLE_MASK = TABLE_SIZE - 1;
