/**
 * The second hop: where an answer takes two documents, the question names one of them and that one names the other.
 *
 *     question ──words──▶ "The film was directed by Ann Lee."        the best texts
 *                                 │ names the title
 *                                 ▼
 *                         document "Ann Lee": "… born in Graz."      gets 0.3 of that score
 *
 * It goes the other way as well: a text that names the title of one of the best gets 0.3 of its score. A title is
 * named where all its words are found; what stands behind the first text of a document gets less with each step.
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

/** Scores, on a scale where the best has 1, with what hops lend; unchanged where fewer than two groups have titles. */
export function followTitles(
  scores: readonly number[],
  texts: readonly RankedText[],
  readings: readonly Reading[],
  groups: readonly Group[],
  read: (text: string) => Reading,
): readonly number[] {
  const titled = groups.map((group) => ({ ...group, terms: titleTerms(texts[group.from]?.title, read) }));
  if (titled.filter(({ terms }) => terms.length > 0).length < 2) return scores;

  const lent = scores.map(() => 0);
  for (const followed of bestOf(scores)) {
    const own = titled.find(({ from, to }) => from <= followed && followed < to);
    const score = scores[followed] ?? 0;
    for (const group of titled) {
      if (group === own) continue;
      const isNamed = names(readings[followed], group.terms);
      for (let index = group.from; index < group.to; index++) {
        const forth = isNamed ? 1 / (1 + DECAY * (index - group.from)) : 0;
        const share = names(readings[index], own?.terms ?? []) ? 1 : forth;
        lent[index] = Math.max(lent[index] ?? 0, score * share);
      }
    }
  }
  return scores.map((score, index) => score + HOP_WEIGHT * (lent[index] ?? 0));
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
