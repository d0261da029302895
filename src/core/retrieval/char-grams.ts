const SHORTEST = 3;
const LONGEST = 5;

/**
 * Pieces of 3 to 5 characters of a word with a mark at each end, so that beginnings and endings count for more: "cat"
 * gives "^ca", "cat", "at$", "^cat", "cat$", "^cat$". They find what stemming misses: other languages' endings,
 * compounds, misspellings.
 */
export function* charGrams(word: string): Iterable<string> {
  const marked = `^${word}$`;
  for (let length = SHORTEST; length <= LONGEST; length++) {
    for (let start = 0; start + length <= marked.length; start++) yield marked.slice(start, start + length);
  }
}

/** How many pieces a word has. */
export function countCharGrams(word: string): number {
  let count = 0;
  for (let length = SHORTEST; length <= LONGEST; length++) count += Math.max(0, word.length + 2 - length + 1);
  return count;
}

/** The pieces of each word, one after the other, never all at once: a text has many times more of them than characters. */
export function* gramsOf(words: readonly string[]): Iterable<string> {
  for (const word of words) yield* charGrams(word);
}
