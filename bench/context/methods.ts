/**
 * The plainest alternatives, and our ranker bare: each keeps units, as plain text, in a number of tokens.
 *
 *     recent         the last ones
 *     bm25           the best by BM25 over plain words: no stemming, no stop words
 *     trimMessages   LangChain's, the last ones too, each a message
 *     pc-lex         the best by our ranker, with no markup around them
 */
import { HumanMessage, trimMessages } from "@langchain/core/messages";
import { lexicalRanker } from "../../src/core/index.ts";
import { bm25, countTerms, type TermCounts } from "../../src/core/retrieval/bm25.ts";
import { words } from "../../src/core/retrieval/terms.ts";
import type { Corpus, Unit } from "./question.ts";

/** Keeps the units that are worth most to a question. @returns indexes, in any order */
export type Method = (
  question: string,
  corpus: Corpus,
  room: number,
  count: Count,
) => Promise<readonly number[]>;

export type Count = (text: string) => number;

/** A unit as plain text, as it is counted: who says it belongs to it. */
export function plainText({ speaker, text }: Unit): string {
  return speaker === undefined ? text : `${speaker}: ${text}`;
}

const recent: Method = async (_question, { units }, room, count) =>
  withinRoom(
    units.map((_, index) => index),
    units,
    room,
    count,
  );

const bm25Method: Method = async (question, { units }, room, count) => {
  const matches = bm25(new Set(words(question)), units.map(readWords));
  return withinRoom(
    matches.map(({ score }) => score),
    units,
    room,
    count,
  );
};

const ranker = lexicalRanker();

const pcLex: Method = async (question, { units }, room, count) =>
  withinRoom(ranker.rank(question, units), units, room, count);

/** What was trimmed before: it does not depend on the question. */
const trimmed = new WeakMap<Corpus, Map<number, readonly number[]>>();

const trim: Method = async (_question, corpus, room, count) => {
  const known = trimmed.get(corpus) ?? new Map<number, readonly number[]>();
  trimmed.set(corpus, known);
  const kept = known.get(room) ?? (await trimUnits(corpus, room, count));
  known.set(room, kept);
  return kept;
};

async function trimUnits({ units }: Corpus, room: number, count: Count): Promise<readonly number[]> {
  const messages = units.map(
    (unit, index) => new HumanMessage({ content: plainText(unit), id: String(index) }),
  );
  const kept = await trimMessages(messages, {
    maxTokens: room,
    strategy: "last",
    tokenCounter: (some) => some.reduce((sum, { content }) => sum + count(String(content)), 0),
  });
  return kept.map(({ id }) => Number(id));
}

export const methods: Readonly<Record<string, Method>> = {
  recent,
  bm25: bm25Method,
  trimMessages: trim,
  "pc-lex": pcLex,
};

/** The best by score that fit, of equals the first. */
function withinRoom(
  scores: readonly number[],
  units: readonly Unit[],
  room: number,
  count: Count,
): readonly number[] {
  const order = scores.map((_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  let left = room;
  return order.filter((index) => {
    const unit = units[index];
    const cost = unit === undefined ? 0 : count(plainText(unit));
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}

const read = new WeakMap<Unit, TermCounts>();

function readWords(unit: Unit): TermCounts {
  const counted = read.get(unit) ?? countTerms(words(plainText(unit)));
  read.set(unit, counted);
  return counted;
}
