/**
 * What a question asks for, by its words: a date, a number, a person, or what was said about something. English only;
 * a question in another language is one that asks for nothing in particular.
 */

/** The kind of answer a question asks for. */
export type AnswerKind = "date" | "number" | "name";

const ASKS_FOR_DATE = /^\W*when\b|\b(?:what|which) (?:year|month|day|date|time)\b/i;
const ASKS_FOR_NUMBER = /\bhow (?:many|much|long|old|far|often)\b/i;
const ASKS_FOR_NAME = /\bwhom?\b/i;

const MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)";

/** A question with a date in it, or for one: when something was said can answer it. */
const IS_ABOUT_TIME = new RegExp(
  String.raw`\bwhen\b|\b(?:what|which) (?:year|month|day|date)\b|\bhow long\b|\b(?:19|20)\d\d\b|\b${MONTH}\b`,
  "i",
);

/** A question about what was said: its answer is a stretch of talk, not a sentence. */
const IS_ABOUT_TALK =
  /\b(?:discuss\w*|talk\w*|think|thought\w*|opinion\w*|summari[sz]e|summary|feel|felt|attitude\w*|consider\w*|said|say)\b/i;

const HOLDS: Readonly<Record<AnswerKind, RegExp>> = {
  date: new RegExp(
    String.raw`\b(?:\d{4}|yesterday|today|tomorrow|last|next|ago|week|month|year|${MONTH}|\w+day)\b`,
    "i",
  ),
  number:
    /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|once|twice|dozen|hundred|thousand|million|half)\b/i,
  // A capital that does not begin a sentence.
  name: /(?<=[\p{L},] )\p{Lu}\p{Ll}+/u,
};

/** The kind of answer that is asked for; `undefined`: no kind in particular. */
export function answerKind(question: string): AnswerKind | undefined {
  if (ASKS_FOR_DATE.test(question)) return "date";
  if (ASKS_FOR_NUMBER.test(question)) return "number";
  return ASKS_FOR_NAME.test(question) ? "name" : undefined;
}

/** Whether a text holds something of this kind. */
export function holdsKind(text: string, kind: AnswerKind): boolean {
  return HOLDS[kind].test(text);
}

export function isAboutTime(question: string): boolean {
  return IS_ABOUT_TIME.test(question);
}

export function isAboutTalk(question: string): boolean {
  return IS_ABOUT_TALK.test(question);
}

/** Which of the speakers a question names, as whole words. */
export function namedSpeakers(question: string, speakers: Iterable<string>): readonly string[] {
  const asked = ` ${toWords(question)} `;
  return [...speakers].filter((speaker) => asked.includes(` ${toWords(speaker)} `));
}

function toWords(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(" ");
}
