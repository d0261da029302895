/**
 * What a later step may need by its exact spelling: ids, dates, numbers, names, paths, addresses.
 *
 * In JSON every short value is one, under its key, numbers as they are spelled. In other text it is what is not an
 * ordinary word: anything with a digit, an underscore, a slash or an "@" in it, and words with capitals inside. One scan
 * of the text; it need not be well-formed.
 */

/** A value as it is spelled, with the name it stood under. */
export interface Identifier {
  /** The key in JSON; empty in other text. */
  readonly name: string;
  readonly value: string;
}

/** Characters; a longer value is a text, not a name for something. */
const LONGEST_VALUE = 80;

/** The identifiers of a text, in order; what is repeated under the same name comes once. */
export function identifiersOf(text: string): readonly Identifier[] {
  const found = /^\s*(?:[[{]["\s\d{[]|[[{][\]}])/.test(text) ? valuesOf(text) : wordsOf(text);
  const unique = new Map<string, Identifier>();
  for (const identifier of found) {
    const key = `${identifier.name}\n${identifier.value}`;
    if (!unique.has(key)) unique.set(key, identifier);
  }
  return [...unique.values()];
}

const JSON_VALUE = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|-?\d[\d.eE+-]*/g;

function* valuesOf(json: string): Iterable<Identifier> {
  let name = "";
  for (const [literal, string, colon] of json.matchAll(JSON_VALUE)) {
    const value = string === undefined ? literal : unescaped(string);
    if (colon !== undefined) {
      // A dictionary's keys name things too: {"gift_card_7359776": {…}}.
      if (/\d/.test(value) && value.length <= LONGEST_VALUE) yield { name, value };
      name = value;
    } else if (value.length > LONGEST_VALUE) yield* wordsOf(value);
    else if (value !== "") yield { name, value };
  }
}

function unescaped(string: string): string {
  if (!string.includes("\\")) return string;
  try {
    return String(JSON.parse(`"${string}"`));
  } catch {
    return string;
  }
}

const WORD = /[\p{L}\p{N}_@$€£~#/\\.:+=%-]*[\p{L}\p{N}_/]/gu;

function* wordsOf(text: string): Iterable<Identifier> {
  for (const [word] of text.matchAll(WORD)) {
    if (word.length <= LONGEST_VALUE && isTelling(word)) yield { name: "", value: word };
  }
}

/** Not an ordinary word: it names one thing. */
function isTelling(word: string): boolean {
  return /[\d_@/\\]/.test(word) || /\p{L}[.:]\p{L}|\p{Lu}{2}|\p{Ll}\p{Lu}/u.test(word);
}

/**
 * How far a value tells one thing from all others: 2 with a digit in a word, or a path or an address; 1 for names, dates
 * and compound words; 0 for what is one of many: times of day, amounts, plain words such as the state of something.
 */
export function distinctness(value: string): 0 | 1 | 2 {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return 1;
  if (/\d:\d\d|^[\p{P}\p{S}\d]+$|^\p{Ll}+$/u.test(value)) return 0;
  return /[\d@/\\]/.test(value) ? 2 : 1;
}
