import { stemmer } from "stemmer";
import { stemCyrillic } from "./cyrillic-stem.ts";
import { STOP_WORDS } from "./stop-words.ts";

/** Scripts that write no spaces between words: their words are found by dictionary. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const WORD = /[\p{L}\p{M}\p{N}]+/gu;

const ASCII_WORD = /^[a-z]+$/;
const CYRILLIC_WORD = /^\p{Script=Cyrillic}+$/u;

/** Made at the first text that needs it, since it brings a dictionary along; it keeps no state of a text. */
let segmenter: Intl.Segmenter | undefined;

/** The words of a text, in order and in lower case: runs of letters and digits, compatibility forms unified. */
export function words(text: string): readonly string[] {
  const plain = text.normalize("NFKC").toLowerCase();
  const runs = plain.match(WORD) ?? [];
  return UNSPACED.test(plain) ? runs.flatMap((run) => (UNSPACED.test(run) ? segmented(run) : run)) : runs;
}

function segmented(run: string): string[] {
  segmenter ??= new Intl.Segmenter("und", { granularity: "word" });
  return Array.from(segmenter.segment(run), ({ segment }) => segment);
}

/** The words that can be evidence of a match: stop words left out. */
export function contentWords(text: string): readonly string[] {
  return words(text).filter((word) => !STOP_WORDS.has(word));
}

/** A word without its ending, where its letters tell how: "booked" and "booking" are both "book". */
export function stem(word: string): string {
  if (ASCII_WORD.test(word)) return stemmer(word);
  return CYRILLIC_WORD.test(word) ? stemCyrillic(word) : word;
}
