/**
 * PC-Lex: ranks texts by the words they share with a query. No model, no network, the same on every machine.
 *
 *   words      BM25 over stems, stop words out, divided by its maximum, times 0.6 + 0.4 · √coverage: a text that has
 *              all of the query a little goes before one that has a part of it often
 *   grams      where the query is not ASCII, or no text has half of it: 0.6 × the same over pieces of 3 to 5
 *              characters, for other languages' endings and misspellings
 *   neighbours a text also gets 0.45 of what the texts beside it have and 0.15 of what those at distance 2 have: an
 *              answer stands next to its question
 *
 * The words of a text are remembered by content, bounded in bytes: a conversation that grows is read once.
 */
import { LRUCache } from "lru-cache";
import type { Ranker } from "../../ranker.ts";
import { bm25, countTerms, type Match, type TermCounts } from "./bm25.ts";
import { gramsOf } from "./char-grams.ts";
import { contentWords, stem } from "./terms.ts";

/** A text as both scores see it. */
interface Reading {
  readonly words: readonly string[];
  readonly stems: TermCounts;
}

/** Characters of a query that are read, the last ones: what is asked stands last, and no question is longer. */
const LONGEST_QUERY = 64 * 1024;

const GRAM_WEIGHT = 0.6;

/** Below this share of the query's grams, what two texts share is chance: "-ing", "pre-". */
const LEAST_GRAM_COVERAGE = 0.25;

/** By distance: 0, 1, 2. */
const NEIGHBOUR_WEIGHTS = [1, 0.45, 0.15];

const MEMO_BYTES = 16 * 1024 * 1024;

/** The built-in ranker. */
export function lexicalRanker(): Ranker {
  const readings = new LRUCache<string, Reading>({
    maxSize: MEMO_BYTES,
    // The words and their counts take several times the space of the text.
    sizeCalculation: (_reading, text) => 8 * text.length + 256,
  });

  function read(text: string): Reading {
    let reading = readings.get(text);
    if (reading === undefined) {
      const words = contentWords(text);
      reading = { words, stems: countTerms(words.map(stem)) };
      readings.set(text, reading);
    }
    return reading;
  }

  return {
    name: "pc-lex/1",
    rank(given, documents) {
      const query = given.slice(-LONGEST_QUERY);
      const asked = read(query);
      const texts = documents.map(read);
      const words = bm25(
        new Set(asked.stems.counts.keys()),
        texts.map(({ stems }) => stems),
      );
      const scores = toScores(words);
      if (!isAscii(query) || words.every(({ coverage }) => coverage < 0.5)) {
        const grams = toScores(matchGrams(asked.words, texts));
        return shareWithNeighbours(scores.map((score, index) => score + GRAM_WEIGHT * (grams[index] ?? 0)));
      }
      return shareWithNeighbours(scores);
    },
  };
}

function toScores(matches: readonly Match[]): readonly number[] {
  const best = matches.reduce((most, { score }) => Math.max(most, score), 0) || 1;
  return matches.map(({ score, coverage }) => (score / best) * (0.6 + 0.4 * Math.sqrt(coverage)));
}

function matchGrams(words: readonly string[], texts: readonly Reading[]): readonly Match[] {
  const query = new Set(gramsOf(words));
  const grams = texts.map((text) => countTerms(gramsOf(text.words), query));
  return bm25(query, grams).map((match) =>
    match.coverage < LEAST_GRAM_COVERAGE ? { score: 0, coverage: 0 } : match,
  );
}

function shareWithNeighbours(scores: readonly number[]): readonly number[] {
  return scores.map((_, index) =>
    NEIGHBOUR_WEIGHTS.reduce((sum, weight, distance) => {
      const before = scores[index - distance] ?? 0;
      const after = distance === 0 ? 0 : (scores[index + distance] ?? 0);
      return sum + weight * (before + after);
    }, 0),
  );
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}
