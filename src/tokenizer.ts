/** Counts tokens of one model family. Implemented in `core/token-count.ts`. */
export interface Tokenizer {
  /** The encoding, e.g. "o200k_base"; an estimate says so: "estimate:cl100k_base". */
  readonly name: string;
  /** Tokens of `text` as plain text: words that look like control tokens are counted as ordinary characters. */
  count(text: string): number;
  /** Counts texts ahead, with turns of the event loop in between; `count` then knows them. */
  prepare?(texts: readonly string[]): Promise<void>;
}
