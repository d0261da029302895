/**
 * Picks, from a conversation, the sentences that best match its last question.
 *
 *     the last user message ──▶ its questions: what is asked
 *     users' and tools' messages, shared entries ──▶ sentences, questions out
 *     ranked against what is asked ──▶ the best few, in the order in which they were said
 *
 * System messages instruct and assistant messages are answers: neither is quoted. Where nothing matches, nothing is
 * picked.
 */

import type { Ranker } from "../../ranker.ts";
import { onOneLine, splitSentences } from "../../sentences.ts";
import { isInjected, readSharedBlock } from "../../shared-block.ts";
import type { WireMessage } from "../../wires/wire.ts";

/** A few: more would be reading, not answering. */
const MOST_SENTENCES = 3;

/** Of the best score. Below it a sentence has a word in common with the question, or stands beside one that has. */
const LEAST_SHARE = 0.7;

/** Sentences that are ranked, the newest: bounds the time an answer takes. */
const MOST_RANKED = 4000;

/**
 * The sentences that answer, in reading order; none if no sentence matches.
 *
 * @returns `undefined` if nobody asked anything
 */
export function answeringSentences(
  messages: readonly WireMessage[],
  ranker: Ranker,
): readonly string[] | undefined {
  const lastIndex = messages.findLastIndex(({ role, text }) => role === "user" && !isInjected(text));
  const last = messages[lastIndex];
  if (last === undefined) return undefined;
  const said = sentencesOf(last.text);
  const questions = said.some(isQuestion) ? said.filter(isQuestion) : said.slice(-1);

  const asked = new Set(questions);
  const candidates = messages
    .filter(({ role }) => role === "user" || role === "tool")
    .flatMap(({ text }) =>
      isInjected(text) ? readSharedBlock(text).flatMap(sentencesOf) : sentencesOf(text),
    )
    .filter((sentence) => !isQuestion(sentence) && !asked.has(sentence))
    .slice(-MOST_RANKED);
  const unique = [...new Set(candidates)];
  const scores = ranker.rank(questions.join(" "), unique);
  const best = Math.max(0, ...scores);
  const found = unique
    .map((text, index) => ({ text, index, score: scores[index] ?? 0 }))
    .filter(({ score }) => score > 0 && score >= LEAST_SHARE * best)
    .sort((a, b) => b.score - a.score || b.index - a.index);
  return found
    .slice(0, MOST_SENTENCES)
    .sort((a, b) => a.index - b.index)
    .map(({ text }) => text);
}

function sentencesOf(text: string): string[] {
  return splitSentences(text)
    .map(onOneLine)
    .filter((sentence) => sentence !== "");
}

function isQuestion(sentence: string): boolean {
  return /[?？؟]["'”’)\]]*$/u.test(sentence);
}
