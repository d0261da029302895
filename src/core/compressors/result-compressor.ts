/**
 * Compresses what a tool answered, once and for all: the same result gives the same bytes, so that a provider's prompt
 * cache goes on hitting.
 *
 *     result ─▶ ours already, or a short error? ─▶ what kind? ─▶ may it lose anything? ─▶ compressor ─▶ worth it? ─▶ memo
 *
 * Nothing is done to a short result that tells of a failure, nor where fewer than a tenth of the tokens go. What
 * system and user messages say, and what the caller fetched back by a handle, is not to be given here.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Ranker } from "../../ranker.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { compressCode } from "./code/compress-code.ts";
import type { Compressed, Compressor, ContentKind } from "./compressor.ts";
import { detectKind } from "./detect.ts";
import { compressDiff } from "./diff/compress-diff.ts";
import { isExcerpt, withHandle } from "./excerpt.ts";
import { compactJson, isCompactJson } from "./json/compact-json.ts";
import { compressLog } from "./log/compress-log.ts";
import { failureLines } from "./log/failure-lines.ts";
import { compressProse } from "./prose/compress-prose.ts";
import { compressTable } from "./table/compress-table.ts";

/** Gives `undefined` where a result is better left as it is. */
export type ResultCompressor = (text: string, options: ResultOptions) => CompressedResult | undefined;

export interface ResultOptions {
  readonly tokenizer: Tokenizer;
  /** Whether lines may go: only where the original can be had back. */
  readonly isLossyAllowed: boolean;
  /** By which the original can be had back; named in what loses anything. */
  readonly handle?: string | undefined;
  /** What the result is read for. */
  readonly query?: string | undefined;
  /** Tokens it should have; code, diffs, tables and prose are only made shorter where this is given. */
  readonly maxTokens?: number | undefined;
}

export interface CompressedResult extends Compressed {
  /** What it was; "repeats": of results before it, which it refers to. */
  readonly kind: ContentKind | "repeats";
  /** Whether it can be told from this and from what this refers to. */
  readonly lossless: boolean;
}

/** Tokens; a failure that is told in fewer is told as it is. */
export const SHORT_ERROR = 200;

/** Of the tokens; below that a new notation is not worth reading. */
export const LEAST_SAVING = 0.1;

/** Of remembered results. */
const MEMO_BYTES = 16 * 1024 * 1024;

/** What an entry costs besides its text. */
const MEMO_ENTRY_BYTES = 256;

/** Makes a compressor of tool results that remembers what it made, bounded in bytes. */
export function createResultCompressor(ranker: Ranker): ResultCompressor {
  const compressors = new Map<ContentKind, Compressor>(
    [compactJson(), compressLog(), compressCode(), compressDiff(), compressTable(), compressProse()].map(
      (compressor) => [compressor.kind, compressor],
    ),
  );
  const memo = new LRUCache<string, { readonly result: CompressedResult | undefined }>({
    maxSize: MEMO_BYTES,
    sizeCalculation: ({ result }) => 2 * (result?.text.length ?? 0) + MEMO_ENTRY_BYTES,
  });

  function compress(text: string, options: ResultOptions): CompressedResult | undefined {
    const { tokenizer, isLossyAllowed, query = "", maxTokens, handle } = options;
    if (isCompactJson(text) || isExcerpt(text)) return undefined;
    const tokens = tokenizer.count(text);
    if (tokens < SHORT_ERROR && failureLines(text.split("\n")).includes(true)) return undefined;
    const kind = detectKind(text);
    const compressor = kind === undefined ? undefined : compressors.get(kind);
    if (compressor === undefined || !(compressor.lossless || isLossyAllowed)) return undefined;
    const room = maxTokens === undefined ? undefined : maxTokens - handleTokens(options);
    const compressed = compressor.compress(text, { query, ranker, tokenizer, maxTokens: room });
    if (compressed === undefined) return undefined;
    const { lossless } = compressor;
    const named = lossless || handle === undefined ? compressed.text : withHandle(compressed.text, handle);
    if (tokenizer.count(named) > tokens * (1 - LEAST_SAVING)) return undefined;
    return { text: named, elided: compressed.elided, kind: compressor.kind, lossless };
  }

  return (text, options) => {
    const key = keyOf(text, options, ranker);
    let known = memo.get(key);
    if (known === undefined) {
      known = { result: compress(text, options) };
      memo.set(key, known);
    }
    return known.result;
  };
}

/** Tokens that naming the handle adds to an excerpt. */
function handleTokens({ handle, tokenizer }: ResultOptions): number {
  return handle === undefined ? 0 : tokenizer.count(withHandle("]\n", handle));
}

function keyOf(text: string, options: ResultOptions, ranker: Ranker): string {
  const { tokenizer, isLossyAllowed, handle, query, maxTokens } = options;
  const asked = JSON.stringify([tokenizer.name, ranker.name, isLossyAllowed, handle, query, maxTokens]);
  return createHash("sha256").update(asked).update("\n").update(text).digest("base64");
}
