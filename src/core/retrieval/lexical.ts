/**
 * PC-Lex: ranks texts by the words they share with a query and by where they stand. No model, no network, the same on
 * every machine.
 *
 *   words      BM25 over stems, stop words out, divided by its maximum, times 0.6 + 0.4 · √coverage: a text that has
 *              all of the query a little goes before one that has a part of it often. A title counts as words of each
 *              of its texts; where the question is about time, so does the date.
 *   grams      where the query is not ASCII, or no text has half of it: 0.6 × the same over pieces of 3 to 5
 *              characters, for other languages' endings and misspellings
 *   nearby     0.45 of what the texts beside it have and 0.15 of what those at distance 2 have: an answer stands next
 *              to its question
 *   group      0.5 × the words' score of the whole session, document or paragraph, where there are several
 *   wide       among speakers: 1 × how much of the subject is around (σ = 8 turns); 3 × (σ = 12) where the question is
 *              about what was said, for then the answer is a stretch of talk
 *   kind       0.1 where a text holds the kind of thing that is asked for: a date, a number, a name
 *   speaker    × 1.12 for the one speaker that the query names, × 0.95 for the others; the name itself, being in most
 *              of what is said, is no word of the query then. Where anything matches, 0.3 × √(words, of the most) goes
 *              to all that this speaker says: it may answer in other words, and what says more does so sooner
 *   hop        among titled documents: 0.3 × the score of a text that names the other's title, the question being one
 *              of them, and 0.1 × the best score for the introduction of a document (`second-hop.ts`)
 *
 * What a text is known by decides which of these apply: plain texts have words, grams, nearby and kind. The words of a
 * text are remembered by content; a rank takes time in proportion to the texts, times the words of the query.
 */

import { dateWords } from "../../date-words.ts";
import type { RankedText, Ranker } from "../../ranker.ts";
import { Breather } from "../breather.ts";
import { bm25, countTerms, type Match, type TermCounts } from "./bm25.ts";
import { type Group, groupsOf } from "./groups.ts";
import { answerKind, holdsKind, isAboutTalk, isAboutTime, namedSpeakers } from "./question.ts";
import { gramCounter, gramSet, type Reading, textReader } from "./reading.ts";
import { followTitles } from "./second-hop.ts";
import { nearby, shareOfBest, wide } from "./smoothing.ts";

/** Characters of a query that are read, the last ones: what is asked stands last, and no question is longer. */
const LONGEST_QUERY = 64 * 1024;

const GRAM_WEIGHT = 0.6;

/** Below this share of the query's grams, what two texts share is chance: "-ing", "pre-". */
const LEAST_GRAM_COVERAGE = 0.25;

const GROUP_WEIGHT = 0.5;
const KIND_BONUS = 0.1;

/** How far a subject reaches among turns, and what that counts. */
const SUBJECT = { sigma: 8, weight: 1 };
const STRETCH_OF_TALK = { sigma: 12, weight: 3 };

const TOLD_WEIGHT = 0.3;
const NAMED_SPEAKER = 1.12;
const OTHER_SPEAKER = 0.95;

/** The built-in ranker. */
export function lexicalRanker(): Ranker {
  const read = textReader();

  return {
    name: "pc-lex/2",
    async read(documents) {
      const breather = new Breather();
      for (const document of documents) {
        const text = typeof document === "string" ? document : document.text;
        read(text);
        await breather.after(text.length);
      }
    },
    rank(given, documents) {
      if (documents.length === 0) return [];
      const query = given.slice(-LONGEST_QUERY);
      const texts = documents.map((text): RankedText => (typeof text === "string" ? { text } : text));
      const readings = texts.map(({ text }) => read(text));
      const groups = groupsOf(texts);
      const speakers = new Set(texts.flatMap(({ speaker }) => speaker ?? []));
      const named = namedSpeakers(query, speakers);
      const terms = withoutNames(query, named, read);

      const counted = countFields(query, texts, readings, read);
      const matches = bm25(terms, counted);
      const own = withGrams(query, toScores(matches), matches, readings, read);
      let scores = nearby(own, groups);
      if (groups.length > 1) scores = add(scores, GROUP_WEIGHT, groupScores(terms, counted, own, groups));
      if (speakers.size > 0) {
        const { sigma, weight } = isAboutTalk(query) ? STRETCH_OF_TALK : SUBJECT;
        scores = add(scores, weight, wide(own, groups, sigma));
      }
      scores = favourKind(query, scores, texts);
      scores = followTitles(scores, { query: read(query), texts, readings, groups, read });
      if (named.length === 1 && scores.some((score) => score > 0)) {
        const told = shareOfBest(readings.map(({ stems }) => Math.sqrt(stems.counts.size)));
        return scores.map((score, at) =>
          texts[at]?.speaker === named[0]
            ? (score + TOLD_WEIGHT * (told[at] ?? 0)) * NAMED_SPEAKER
            : score * OTHER_SPEAKER,
        );
      }
      return scores;
    },
  };
}

/** The query's terms; a query of names alone keeps them. */
function withoutNames(
  query: string,
  named: readonly string[],
  read: (text: string) => Reading,
): ReadonlySet<string> {
  const all = new Set(read(query).stems.counts.keys());
  const names = new Set(named.flatMap((name) => [...read(name).stems.counts.keys()]));
  const others = new Set([...all].filter((term) => !names.has(term)));
  return others.size > 0 ? others : all;
}

/** What is counted of each text: its words, its title's and, where time matters, its date's. */
function countFields(
  query: string,
  texts: readonly RankedText[],
  readings: readonly Reading[],
  read: (text: string) => Reading,
): readonly TermCounts[] {
  const isDated = isAboutTime(query);
  return texts.map(({ title, date }, index) => {
    const own = readings[index]?.stems ?? countTerms([]);
    if (title === undefined && !isDated) return own;
    const fields = [title, isDated && date !== undefined ? dateWords(date) : undefined];
    const further = fields.flatMap((field) => (field === undefined ? [] : read(field).stems));
    return further.length === 0 ? own : joined([own, ...further]);
  });
}

function joined(parts: readonly TermCounts[], wanted?: ReadonlySet<string>): TermCounts {
  const counts = new Map<string, number>();
  let length = 0;
  for (const part of parts) {
    length += part.length;
    for (const [term, count] of part.counts) {
      if (wanted === undefined || wanted.has(term)) counts.set(term, (counts.get(term) ?? 0) + count);
    }
  }
  return { counts, length };
}

function toScores(matches: readonly Match[]): readonly number[] {
  const best = matches.reduce((most, { score }) => Math.max(most, score), 0) || 1;
  return matches.map(({ score, coverage }) => (score / best) * (0.6 + 0.4 * Math.sqrt(coverage)));
}

function withGrams(
  query: string,
  scores: readonly number[],
  matches: readonly Match[],
  readings: readonly Reading[],
  read: (text: string) => Reading,
): readonly number[] {
  if (isAscii(query) && matches.some(({ coverage }) => coverage >= 0.5)) return scores;
  const grams = gramSet(read(query));
  const found = bm25(grams, readings.map(gramCounter(grams)));
  const alike = found.map((match) =>
    match.coverage < LEAST_GRAM_COVERAGE ? { score: 0, coverage: 0 } : match,
  );
  return add(scores, GRAM_WEIGHT, toScores(alike));
}

/** For each text, how well its whole group matches, from 0 to 1. */
function groupScores(
  terms: ReadonlySet<string>,
  counted: readonly TermCounts[],
  own: readonly number[],
  groups: readonly Group[],
): readonly number[] {
  const matches = bm25(
    terms,
    groups.map(({ from, to }) => joined(counted.slice(from, to), terms)),
  );
  const scores = shareOfBest(toScores(matches));
  return groups.flatMap(({ from, to }, at) => own.slice(from, to).map(() => scores[at] ?? 0));
}

function favourKind(
  query: string,
  scores: readonly number[],
  texts: readonly RankedText[],
): readonly number[] {
  const kind = answerKind(query);
  if (kind === undefined) return scores;
  return scores.map((score, index) =>
    score > 0 && holdsKind(texts[index]?.text ?? "", kind) ? score + KIND_BONUS : score,
  );
}

function add(scores: readonly number[], weight: number, more: readonly number[]): readonly number[] {
  return scores.map((score, index) => score + weight * (more[index] ?? 0));
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}
