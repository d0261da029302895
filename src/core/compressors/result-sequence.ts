/**
 * The results of tools in one request, each in the fewest tokens that mean the same: compressed by itself, or by
 * reference to those before it.
 *
 *     chain ─▶ hash of chain, place, text ─▶ said before? ─yes─▶ as then
 *                                              └─no─▶ the fewest tokens of: as it is, compressed, by reference
 *
 * What stands for a result depends on it and on those before it, and on nothing else: a request that goes on says what
 * it said, in every process. The index of repeats goes with the chain from request to request, so that each result is
 * read into it once; a chain that parts from it, because an earlier result was edited, gets an index of its own.
 */
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { failureLines } from "./log/failure-lines.ts";
import { RepeatIndex, type ResultPlace } from "./repeats.ts";
import {
  type CompressedResult,
  LEAST_SAVING,
  type ResultCompressor,
  type ResultOptions,
  SHORT_ERROR,
} from "./result-compressor.ts";

/** What a tool answered. */
export interface ObservedResult {
  readonly text: string;
  /** Where later results find it; `undefined`: none refers to it, and it refers to none. */
  readonly place: ResultPlace | undefined;
}

/** What stands for each result; `undefined`: it stands as it is. */
export type ResultSequence = (
  results: readonly ObservedResult[],
  options: SequenceOptions,
) => readonly (CompressedResult | undefined)[];

export interface SequenceOptions extends Pick<ResultOptions, "tokenizer" | "isLossyAllowed"> {
  /** Where the original of a text can be had back; the same text of the same scope has the same. */
  readonly handleOf: (text: string) => string;
  /** Whose handles these are. */
  readonly scope: string;
}

/** Tokens; of a shorter result, a reference would be most. */
const LEAST_TOKENS = 50;

/** Of remembered results and indexes. */
const MEMO_BYTES = 16 * 1024 * 1024;
const INDEX_BYTES = 32 * 1024 * 1024;

/** What an entry costs besides its text. */
const ENTRY_BYTES = 256;

/** Bytes that an index takes for each character of its lines: their texts, and a key for each. */
const BYTES_PER_CHARACTER = 6;

export function createResultSequence(compress: ResultCompressor): ResultSequence {
  const memo = new LRUCache<string, { readonly result: CompressedResult | undefined }>({
    maxSize: MEMO_BYTES,
    sizeCalculation: ({ result }) => 2 * (result?.text.length ?? 0) + ENTRY_BYTES,
  });
  const indexes = new LRUCache<string, RepeatIndex>({
    maxSize: INDEX_BYTES,
    sizeCalculation: ({ characters }) => BYTES_PER_CHARACTER * characters + ENTRY_BYTES,
  });

  function alone(text: string, options: SequenceOptions): CompressedResult | undefined {
    const { tokenizer, isLossyAllowed, handleOf } = options;
    const handle = isLossyAllowed ? handleOf(text) : undefined;
    return compress(text, { tokenizer, isLossyAllowed, handle });
  }

  /** The index of the results so far. Whoever takes it carries it on: no other chain may find it. */
  function takeIndex(
    chain: string,
    results: readonly ObservedResult[],
    said: readonly (CompressedResult | undefined)[],
  ): RepeatIndex {
    const known = indexes.get(chain);
    indexes.delete(chain);
    if (known !== undefined) return known;
    const index = new RepeatIndex();
    for (const [at, outcome] of said.entries()) addTo(index, results[at], outcome);
    return index;
  }

  return (results, options) => {
    const { tokenizer, isLossyAllowed, scope } = options;
    let chain = hashOf(JSON.stringify([scope, tokenizer.name, isLossyAllowed]));
    let index: RepeatIndex | undefined;
    const said: (CompressedResult | undefined)[] = [];
    for (const result of results) {
      if (result.place === undefined) {
        said.push(alone(result.text, options));
        continue;
      }
      const next = hashOf(`${chain}\n${toText(result.place)}\n${result.text}`);
      let known = memo.get(next);
      if (known === undefined) {
        index ??= takeIndex(chain, results, said);
        const otherwise = alone(result.text, options);
        known = { result: shorter(result.text, result.place.position, otherwise, index, options) };
        memo.set(next, known);
      }
      said.push(known.result);
      if (index !== undefined) addTo(index, result, known.result);
      chain = next;
    }
    if (index !== undefined) indexes.set(chain, index);
    return said;
  };
}

/** The result by reference to those before it, where that takes fewer tokens than what else may stand for it. */
function shorter(
  text: string,
  position: number,
  otherwise: CompressedResult | undefined,
  index: RepeatIndex,
  { tokenizer }: SequenceOptions,
): CompressedResult | undefined {
  const tokens = tokenizer.count(text);
  if (tokens < LEAST_TOKENS) return otherwise;
  if (tokens < SHORT_ERROR && failureLines(text.split("\n")).includes(true)) return otherwise;
  const referring = index.refer(text, position);
  if (referring === undefined) return otherwise;
  const most = otherwise === undefined ? tokens * (1 - LEAST_SAVING) : tokenizer.count(otherwise.text);
  if (tokenizer.count(referring.text) >= most) return otherwise;
  return { ...referring, kind: "repeats", lossless: true };
}

function addTo(
  index: RepeatIndex,
  result: ObservedResult | undefined,
  said: CompressedResult | undefined,
): void {
  if (result?.place !== undefined) index.add(result.place, result.text, said?.text ?? result.text);
}

function toText({ position, tool = "" }: ResultPlace): string {
  return `${position} ${tool}`;
}

function hashOf(text: string): string {
  return hash("sha256", text, "base64");
}
