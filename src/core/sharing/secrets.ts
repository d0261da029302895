/**
 * Secrets are taken out of what is kept for others, and a marker stands in their place: "[secret removed: github]".
 *
 *     known shapes     keys whose vendors gave them a prefix of their own, private keys, signed tokens, passwords in URLs
 *     named values     what stands behind "password", "api_key" and the like, and looks random
 *
 * A value looks random with letters and digits mixed and at least 3.5 bits a character: words, places in code and
 * `${PLACEHOLDERS}` have less or lack one of the two. What has no such shape and no such name is not found. Every pattern
 * is bounded: time grows with the length of the text and with nothing else.
 */

const SHAPES: readonly (readonly [what: string, shape: RegExp])[] = [
  [
    "private key",
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,16384}-----END [A-Z ]{0,40}PRIVATE KEY-----/g,
  ],
  ["api key", /\bsk-(?=[\w-]*\d)[\w-]{20,256}/g],
  ["github", /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{60,255})/g],
  ["gitlab", /\bglpat-[\w-]{20,255}/g],
  ["aws", /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g],
  ["google", /\bAIza[\w-]{35}/g],
  ["slack", /\bxox[abeoprs]-[A-Za-z0-9-]{10,255}/g],
  ["stripe", /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g],
  ["npm", /\bnpm_[A-Za-z0-9]{36}/g],
  ["hugging face", /\bhf_[A-Za-z0-9]{30,255}/g],
  ["signed token", /\beyJ[\w-]{8,2048}\.eyJ[\w-]{8,4096}\.[\w-]{8,2048}/g],
];

/** The user's name stays: it says whose password it was. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,128}:)([^\s/@]{1,256})(?=@)/gi;

const NAMED =
  /((?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)["']?\s{0,4}[:=]\s{0,4}["']?(?:bearer |basic )?)([^\s"',;]{12,512})/gi;

/** The text with a marker in place of each secret; the text itself where there is none. */
export function withoutSecrets(text: string): string {
  let clean = text;
  for (const [what, shape] of SHAPES) clean = clean.replace(shape, markerOf(what));
  clean = clean.replace(URL_PASSWORD, (_, before: string) => before + markerOf("password"));
  return clean.replace(NAMED, (whole: string, before: string, value: string) =>
    looksRandom(value) ? before + markerOf("named value") : whole,
  );
}

const MARKER = "[secret removed: ";

function markerOf(what: string): string {
  return `${MARKER}${what}]`;
}

/** How many secrets were taken out of a text. @param clean - what `withoutSecrets` made of it */
export function countRemoved(text: string, clean: string): number {
  return clean === text ? 0 : clean.split(MARKER).length - text.split(MARKER).length;
}

const LEAST_ENTROPY = 3.5;

function looksRandom(value: string): boolean {
  return (
    /[a-z]/i.test(value) &&
    /\d/.test(value) &&
    !/[${}<>[\]()]/.test(value) &&
    entropyOf(value) >= LEAST_ENTROPY
  );
}

/** Bits a character: −Σ p·log₂ p over how often each character stands in the text. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
