import type { Compressed, Focus } from "./compressor.ts";

/** Tokens of the first line of an excerpt. */
const HEADER_TOKENS = 32;

/** Tries: what marks cost is known only when it is known what is left out. */
const MOST_TRIES = 4;

/**
 * What `write` makes of a text within the budget of `focus`: it is told how many tokens the parts it keeps may have,
 * and asked again with fewer where its result has too many. `undefined`: there is no budget, the text is within it
 * already, or nothing fits.
 */
export function withinBudget(
  text: string,
  { maxTokens, tokenizer }: Focus,
  write: (tokens: number) => Compressed | undefined,
): Compressed | undefined {
  if (maxTokens === undefined || tokenizer.count(text) <= maxTokens) return undefined;
  let room = maxTokens - HEADER_TOKENS;
  for (let tries = 0; tries < MOST_TRIES && room > 0; tries++) {
    const written = write(room);
    if (written === undefined) return undefined;
    const excess = tokenizer.count(written.text) - maxTokens;
    if (excess <= 0) return written;
    room -= excess;
  }
  return undefined;
}
