/**
 * Words of compact JSON: strings and keys without quotes where that leaves no doubt.
 *
 * A word holds no white space, quote, bracket or comma. What would be read as something else stands in its quotes:
 * numbers, `true`, `false`, `null`, the sign for an absent cell; of keys also what holds ":" or "=".
 */

/** Stands in a row for a key that its object has not. */
export const ABSENT = "-";

/** Stands in a header for "the same as the key of the row". */
export const ROW_KEY = "key";

const BARE_VALUE = /^[^\s"'`\\[\]{}(),;=]+$/;
const BARE_KEY = /^[^\s"'`\\[\]{}(),;:=]+$/;
const MAY_BE_NUMBER = /^[\d+.I-]/;
const LITERALS: ReadonlySet<string> = new Set(["true", "false", "null", ABSENT, ROW_KEY]);

/** A string value; `raw` is what stands between its quotes in JSON. */
export function writeString(raw: string): string {
  const isNumber = MAY_BE_NUMBER.test(raw) && !Number.isNaN(Number(raw));
  const isBare = BARE_VALUE.test(raw) && !LITERALS.has(raw) && !isNumber;
  return isBare ? raw : `"${raw}"`;
}

export function writeKey(raw: string): string {
  return BARE_KEY.test(raw) ? raw : `"${raw}"`;
}

const LITERAL = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** A word as JSON: itself where it is a number or a constant, else a string. */
export function toJson(word: string): string {
  return word.startsWith('"') || LITERAL.test(word) ? word : `"${word}"`;
}
