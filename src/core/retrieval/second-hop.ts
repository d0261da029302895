/**
 * Along titles: where an answer takes two documents, the question names one of them and that one names the other.
 *
 *     question ──words──▶ "The film was directed by Ann Lee."        the best texts
 *        │                        │ names the title
 *        │ names the title        ▼
 *        └───────────────▶ document "Ann Lee": "… born in Graz."      gets 0.3 of that score
 *
 * The question is followed like the best of the texts. It goes the other way as well: a text that names the title of
 * one of the best gets 0.3 of its score. A title is named where all its words are found; what stands behind the first
 * text of a document gets less with each step. And the first text of a document that matches, which says what the
 * document is about, gets 0.1 of the best score: it tells what "he" and "the album" are further on.
 */
import type { RankedText } from "../../ranker.ts";
import type { Group } from "./groups.ts";
import type { Reading } from "./reading.ts";

/** Texts that are followed: more bring what the question is not about. */
const FOLLOWED = 3;

/** What a hop lends of the score it comes from. */
const HOP_WEIGHT = 0.3;

/** The introduction of a document says what it is; the n-th text after gets 1 / (1 + 0.3 n). */
const DECAY = 0.3;

/** Of the best score, for the introduction of a document, as much as the kind of answer counts (`lexical.ts`). */
const INTRODUCTION_BONUS = 0.1;

/** What is ranked, and for what question. */
interface TitledTexts {
  readonly query: Reading;
  readonly texts: readonly RankedText[];
  readonly readings: readonly Reading[];
  readonly groups: readonly Group[];
  readonly read: (text: string) => Reading;
}

/** Scores with what hops and introductions add; unchanged where fewer than two groups have titles. */
export function followTitles(
  scores: readonly number[],
  { query, texts, readings, groups, read }: TitledTexts,
): readonly number[] {
  const titled = groups
    .map((group) => ({ ...group, terms: titleTerms(texts[group.from]?.title, read) }))
    .filter(({ terms }) => terms.length > 0);
  if (titled.length < 2) return scores;

  const ranked = bestOf(scores);
  const best = scores[ranked[0] ?? 0] ?? 0;
  const lent = scores.map(() => 0);
  const lend = (index: number, score: number): void => {
    lent[index] = Math.max(lent[index] ?? 0, score);
  };
  const followed = [
    { text: query, at: -1, score: best },
    ...ranked.map((at) => ({ text: readings[at], at, score: scores[at] ?? 0 })),
  ];
  for (const { text, at, score } of followed) {
    const own = titled.find(({ from, to }) => from <= at && at < to);
    for (const group of titled) {
      if (group === own) continue;
      const isNamed = names(text, group.terms);
      for (let index = group.from; index < group.to; index++) {
        if (isNamed) lend(index, score / (1 + DECAY * (index - group.from)));
        if (own !== undefined && names(readings[index], own.terms)) lend(index, score);
      }
    }
  }
  const introductions = new Set(titled.map(({ from }) => from));
  return scores.map((score, index) => {
    const bonus = score > 0 && introductions.has(index) ? INTRODUCTION_BONUS * best : 0;
    return score + HOP_WEIGHT * (lent[index] ?? 0) + bonus;
  });
}

/** Indexes of the best that match at all. */
function bestOf(scores: readonly number[]): readonly number[] {
  return scores
    .map((score, index) => ({ score, index }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, FOLLOWED)
    .map(({ index }) => index);
}

/** The words of a title, without what tells two of a name apart: "Mercury (planet)". */
function titleTerms(title: string | undefined, read: (text: string) => Reading): readonly string[] {
  return title === undefined ? [] : [...read(title.replace(/\s*\(.*\)$/, "")).stems.counts.keys()];
}

function names(reading: Reading | undefined, terms: readonly string[]): boolean {
  return terms.length > 0 && terms.every((term) => reading?.stems.counts.has(term));
}
