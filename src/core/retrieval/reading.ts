import { LRUCache } from "lru-cache";
import { countTerms, type TermCounts } from "./bm25.ts";
import { gramsOf } from "./char-grams.ts";
import { contentWords, stem } from "./terms.ts";

/** A text as the scores see it. */
export interface Reading {
  readonly stems: TermCounts;
  /** The words without stop words, in order: what its grams are made of. */
  readonly words: readonly string[];
}

/** Of remembered texts. */
const MEMO_BYTES = 32 * 1024 * 1024;

/** Reads texts, and remembers what it read by content, bounded in bytes: a conversation that grows is read once. */
export function textReader(): (text: string) => Reading {
  const readings = new LRUCache<string, Reading>({
    maxSize: MEMO_BYTES,
    // The words and their counts take several times the space of the text.
    sizeCalculation: (_reading, text) => 8 * text.length + 256,
  });
  return (text) => {
    let reading = readings.get(text);
    if (reading === undefined) {
      const words = contentWords(text);
      reading = { words, stems: countTerms(words.map(stem)) };
      readings.set(text, reading);
    }
    return reading;
  };
}

/** The pieces of a text that a query has as well, counted. */
export function countGrams({ words }: Reading, query: ReadonlySet<string>): TermCounts {
  return countTerms(gramsOf(words), query);
}
