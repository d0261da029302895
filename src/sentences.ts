/**
 * Where a text may be parted: behind the end of a sentence, and behind the end of a line, unless the next line goes on
 * in lower case, as in text that was wrapped to a width.
 */
const BORDER = /(?<=\n)(?!\p{Ll})|(?<=[.!?]["'”’)\]]?\s)(?!\s)|(?<=[。！？])/u;

/** A text in sentences and lines, with the white space behind them; put together again they are the text. */
export function splitSentences(text: string): readonly string[] {
  return text.split(BORDER);
}

/** A sentence as it is compared and quoted: the same, however its lines were wrapped. */
export function onOneLine(sentence: string): string {
  return sentence.trim().replaceAll(/\s+/g, " ");
}
