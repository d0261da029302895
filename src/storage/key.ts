/**
 * Keys made of parts, so that no part can leave its place.
 *
 *     ["items", "acme", "a/b"]  →  "items" NUL "acme" NUL "a/b"
 *
 * Parts are joined by U+0000. Inside a part U+0000 is written U+0001 U+0001, and U+0001 is written U+0001 U+0002;
 * so a key says its parts unambiguously, and keys are ordered as their parts are, one after the other. Half a
 * surrogate pair, which UTF-8 cannot say, is written U+0001 U+0003 and four hexadecimal digits: two different ids
 * never become one key.
 */

export type KeyParts = readonly string[];

const SEPARATOR = "\u0000";
const ESCAPE = "\u0001";

/** The key of these parts. */
export function toKey(parts: KeyParts): string {
  return parts.map(escapePart).join(SEPARATOR);
}

/** The parts of a key that `toKey` made. */
export function parseKey(key: string): KeyParts {
  const parts = key.split(SEPARATOR);
  return key.includes(ESCAPE) ? parts.map(unescapePart) : parts;
}

/** The range of all keys that begin with these parts and have at least one more. */
export function keysUnder(prefix: KeyParts): { readonly start: string; readonly end: string } {
  const key = toKey(prefix);
  return { start: key + SEPARATOR, end: key + ESCAPE };
}

/** The first key behind `key`. */
export function keyAfter(key: string): string {
  return key + SEPARATOR;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
const NEEDS_ESCAPE = /[\u0000\u0001]|\p{Surrogate}/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
const ESCAPED = /\u0001(?:[\u0001\u0002]|\u0003([0-9a-f]{4}))/g;

function escapePart(part: string): string {
  return part.replace(NEEDS_ESCAPE, (unit) => {
    if (unit === SEPARATOR) return ESCAPE + ESCAPE;
    if (unit === ESCAPE) return `${ESCAPE}\u0002`;
    return `${ESCAPE}\u0003${unit.charCodeAt(0).toString(16)}`;
  });
}

function unescapePart(part: string): string {
  return part.replace(ESCAPED, (escaped, surrogate: string | undefined) => {
    if (surrogate !== undefined) return String.fromCharCode(Number.parseInt(surrogate, 16));
    return escaped[1] === ESCAPE ? SEPARATOR : ESCAPE;
  });
}
