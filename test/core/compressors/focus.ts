import type { Focus } from "../../../src/core/compressors/compressor.ts";
import { lexicalRanker } from "../../../src/core/retrieval/lexical.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";

/** Four characters a token: compressors are told what a token costs, whatever it is. */
export const quarterTokenizer: Tokenizer = { name: "quarter", count: (text) => Math.ceil(text.length / 4) };

/** What is wanted of a text: what answers `query`, in `maxTokens`. */
export function focusOn(query = "", maxTokens?: number): Focus {
  return { query, maxTokens, ranker: lexicalRanker(), tokenizer: quarterTokenizer };
}
