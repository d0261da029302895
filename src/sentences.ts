/** What a stop behind it belongs to: an initial ("J.", "U.S.", "z. B."), the number of a thing ("am 5. Mai", "1. Boil it"). */
const INITIAL = String.raw`(?<![\p{L}\p{M}\p{N}])\p{L}`;
const NUMBER = String.raw`(?<![^\s(])\d{1,2}`;

/** And words that are short for a longer one and stand before a name or a number, as several languages write them. */
const SHORT_WORD = String.raw`(?<![\p{L}\p{M}\p{N}])(?:Mr|Mrs|Ms|Messrs|Mme|Mlle|Dr|Dra|Drs|Prof|Rev|Hon|Gen|Col|Maj|Capt|Lt|Sgt|Gov|Sen|Rep|St|Ste|Mt|Ft|No|Nos|Nr|Nº|Vol|Fig|vs|cf|ca|bzw|Sig|Sr|Sra|Jr|Inc|Ltd|Co|Corp|им|ул)`;

const ABBREVIATED = String.raw`(?<!(?:${INITIAL}|${NUMBER}|${SHORT_WORD})\.\s)`;

/**
 * Where a text may be parted: behind the end of a sentence, and behind the end of a line, unless the next line goes on
 * in lower case, as in text that was wrapped to a width. A stop that may belong to its word ends no sentence: two
 * sentences in one say as much, and half of one says nothing.
 */
const BORDER = new RegExp(
  String.raw`(?<=\n)(?!\p{Ll})|(?<=[.!?।۔؟]["'”’»)\]]?\s)${ABBREVIATED}(?!\s)|(?<=[。！？][」』”’）]?)(?![」』”’）])`,
  "u",
);

/** A text in sentences and lines, with the white space behind them; put together again they are the text. */
export function splitSentences(text: string): readonly string[] {
  return text.split(BORDER);
}

/** A sentence as it is compared and quoted: the same, however its lines were wrapped. */
export function onOneLine(sentence: string): string {
  return sentence.trim().replaceAll(/\s+/g, " ");
}
