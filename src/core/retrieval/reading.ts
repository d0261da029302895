/**
 * Texts as the scores see them. What is read is read once: a text by its content, and a word wherever it stands, since a
 * long conversation says the same few thousand words again and again.
 */
import { LRUCache } from "lru-cache";
import { countTerms, type TermCounts } from "./bm25.ts";
import { charGrams, countCharGrams } from "./char-grams.ts";
import { hashOf } from "./hash.ts";
import { contentWords, stem } from "./terms.ts";

/** A word that can be evidence of a match. */
interface Word {
  readonly stem: string;
  /** Hashes of its pieces; most questions never ask for them. */
  grams(): Int32Array;
}

/** A text. */
export interface Reading {
  /** Its words without their endings, as often as they occur. */
  readonly stems: TermCounts;
  /** In order. */
  readonly words: readonly Word[];
  /** How many pieces they have together. */
  readonly gramCount: number;
}

/** Of remembered texts, and of remembered words. */
const MEMO_BYTES = 32 * 1024 * 1024;
const WORD_MEMO_BYTES = 16 * 1024 * 1024;

/** Reads texts, and remembers what it read by content, bounded in bytes: a conversation that grows is read once. */
export function textReader(): (text: string) => Reading {
  const readings = new LRUCache<string, Reading>({
    maxSize: MEMO_BYTES,
    // The stems and their counts take several times the space of the text.
    sizeCalculation: (_reading, text) => 8 * text.length + 512,
  });
  const words = new LRUCache<string, Word>({
    maxSize: WORD_MEMO_BYTES,
    // Three grams a character, of four bytes each.
    sizeCalculation: (_word, text) => 16 * text.length + 256,
  });
  const readWord = (text: string): Word => {
    let word = words.get(text);
    if (word === undefined) {
      let grams: Int32Array | undefined;
      word = {
        stem: stem(text),
        grams() {
          grams ??= Int32Array.from(charGrams(text), hashOf);
          return grams;
        },
      };
      words.set(text, word);
    }
    return word;
  };
  return (text) => {
    let reading = readings.get(text);
    if (reading === undefined) {
      const spelled = contentWords(text);
      const read = spelled.map(readWord);
      reading = {
        words: read,
        stems: countTerms(read.map((word) => word.stem)),
        gramCount: spelled.reduce((sum, word) => sum + countCharGrams(word), 0),
      };
      readings.set(text, reading);
    }
    return reading;
  };
}

/** Most texts share none. */
const NO_COUNTS: ReadonlyMap<number, number> = new Map();

/** The grams of a text, each once. */
export function gramSet({ words }: Reading): ReadonlySet<number> {
  return new Set(words.flatMap((word) => [...word.grams()]));
}

/** Counts, of each text, the grams of a query; of each word, they are looked for once. */
export function gramCounter(query: ReadonlySet<number>): (text: Reading) => TermCounts<number> {
  const sharedBy = new Map<Word, readonly number[]>();
  const sharedWith = (word: Word): readonly number[] => {
    let shared = sharedBy.get(word);
    if (shared === undefined) {
      shared = Array.from(word.grams().filter((gram) => query.has(gram)));
      sharedBy.set(word, shared);
    }
    return shared;
  };
  return ({ words, gramCount }) => {
    let counts: Map<number, number> | undefined;
    for (const word of words) {
      const shared = sharedWith(word);
      if (shared.length === 0) continue;
      counts ??= new Map();
      for (const gram of shared) counts.set(gram, (counts.get(gram) ?? 0) + 1);
    }
    return { counts: counts ?? NO_COUNTS, length: gramCount };
  };
}
