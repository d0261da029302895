/**
 * Picks, from a conversation, the sentences that best match its last question.
 *
 *     the last user message ──▶ its questions: what is asked
 *     users', tools' and shared messages ──▶ sentences, without markup, questions out
 *     ranked against what is asked ──▶ the best few, in the order in which they were said
 *
 * System messages instruct and assistant messages are answers: neither is quoted. Where nothing matches, nothing is
 * picked.
 */

import type { Ranker } from "../../ranker.ts";
import { splitSentences } from "../../sentences.ts";
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
  const lastIndex = messages.findLastIndex(({ role, text }) => role === "user" && !isShared(text));
  const last = messages[lastIndex];
  if (last === undefined) return undefined;
  const said = sentencesOf(last.text);
  const questions = said.some(isQuestion) ? said.filter(isQuestion) : said.slice(-1);

  const asked = new Set(questions);
  const candidates = messages
    .filter(({ role }) => role === "user" || role === "tool")
    .flatMap(({ text }) => sentencesOf(isShared(text) ? withoutMarkup(text) : text))
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

/** On one line each, however the text was wrapped. */
function sentencesOf(text: string): string[] {
  return splitSentences(text)
    .map((sentence) => sentence.trim().replaceAll(/\s+/g, " "))
    .filter((sentence) => sentence !== "");
}

function isQuestion(sentence: string): boolean {
  return /[?？؟]["'”’)\]]*$/u.test(sentence);
}

/** Context of other agents comes as a user message of its own: one delimited block. */
function isShared(text: string): boolean {
  return text.startsWith("<shared-context");
}

/** Each element's text on lines of its own, its references resolved. */
function withoutMarkup(text: string): string {
  return text
    .replace(/<[^>]*>/g, "\n")
    .replace(/&(?:#x([\da-f]{1,6})|(amp|lt|gt|quot));/gi, resolveReference);
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

function resolveReference(
  reference: string,
  hexadecimal: string | undefined,
  name: string | undefined,
): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? reference;
  const codePoint = Number.parseInt(hexadecimal ?? "", 16);
  // Signs that are read but not seen were written as references for a reason: they stay so.
  return codePoint <= 0x10ffff && /[<>＜＞﹤﹥]/u.test(String.fromCodePoint(codePoint))
    ? String.fromCodePoint(codePoint)
    : reference;
}
