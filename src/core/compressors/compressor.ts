import type { Ranker } from "../../ranker.ts";
import type { Tokenizer } from "../../tokenizer.ts";

/** What a text is, as far as it matters for compressing it. */
export type ContentKind = "json" | "code" | "diff" | "table" | "log" | "prose";

/**
 * Makes texts of one kind shorter. Pure: no I/O, the same text and focus give the same result for ever.
 *
 * What it wrote it leaves alone: to compress a compressed text gives `undefined`.
 */
export interface Compressor {
  readonly kind: ContentKind;
  /** Whether the text can be had back from the result alone. */
  readonly lossless: boolean;
  /** `undefined`: this text does not get shorter. */
  compress(text: string, focus: Focus): Compressed | undefined;
  /** What was compressed, where that is in the result; `undefined` if the text is not a result. */
  decompress?(text: string): string | undefined;
}

/** What is wanted of a text. */
export interface Focus {
  /** What the text is read for; empty: nobody knows. */
  readonly query: string;
  readonly ranker: Ranker;
  readonly tokenizer: Tokenizer;
  /** Tokens the result should have; `undefined`: as few as leave out only what is told by what stays. */
  readonly maxTokens: number | undefined;
}

export interface Compressed {
  readonly text: string;
  /** What is not in the result, in order; empty if it is lossless. */
  readonly elided: readonly Elision[];
}

/** A part of the text that was left out: `from` to `to`, counted from 1, both included. */
export interface Elision {
  readonly from: number;
  readonly to: number;
  readonly unit: "lines" | "rows" | "sentences";
}
