/**
 * PC-Lex with embeddings beside it, for questions that share no word with their answer.
 *
 *     prepare    vectors of the query and of the texts that have none yet, in batches; remembered by content
 *     rank       PC-Lex's order, and the order by cosine of the 50 texts most like the query, fused by place
 *
 * A text without a vector, since it could not be had or `prepare` was not called, is ranked by its words alone: where
 * the embeddings fail, this is PC-Lex.
 */
import { LRUCache } from "lru-cache";
import type { RankedText, Ranker } from "../../ranker.ts";
import { fuse } from "./fusion.ts";
import { lexicalRanker } from "./lexical.ts";

export interface HybridRankerOptions {
  /** Names the model: vectors of two models are never compared. */
  readonly name: string;
  /** Vectors of texts, one a text, in order; of any length, the same for all. */
  readonly embed: (
    texts: readonly string[],
    signal: AbortSignal | undefined,
  ) => Promise<readonly (readonly number[] | Float32Array)[]>;
  /** Texts in one call of `embed`. @defaultValue 256 */
  readonly batchSize?: number | undefined;
  /** Memory that vectors may take, in bytes: 64 MiB, about ten thousand of 1536 numbers. @defaultValue 67_108_864 */
  readonly maxBytes?: number | undefined;
}

export const hybridRankerDefaults = { batchSize: 256, maxBytes: 64 * 1024 * 1024 };

/** Texts that the embeddings may bring: every text is like the query a little. */
const MOST_ALIKE = 50;

/** A ranker by words and by vectors. The vectors of a text are asked for once, while they are remembered. */
export function hybridRanker(options: HybridRankerOptions): Ranker {
  const { name, embed } = options;
  const { batchSize = hybridRankerDefaults.batchSize, maxBytes = hybridRankerDefaults.maxBytes } = options;
  checkPositive("batchSize", batchSize);
  checkPositive("maxBytes", maxBytes);
  const words = lexicalRanker();
  const vectors = new LRUCache<string, Float32Array>({
    maxSize: maxBytes,
    sizeCalculation: (vector, text) => vector.byteLength + 2 * text.length + 128,
  });

  return {
    name: `${words.name}+${name}`,
    read: (documents) => words.read?.(documents) ?? Promise.resolve(),
    async prepare(query, documents, signal) {
      const unknown = [...new Set([query, ...documents.map(textOf)])].filter(
        (text) => text.trim() !== "" && !vectors.has(text),
      );
      for (let from = 0; from < unknown.length; from += batchSize) {
        const batch = unknown.slice(from, from + batchSize);
        const found = await embed(batch, signal);
        for (const [index, text] of batch.entries()) {
          const vector = found[index];
          if (vector !== undefined) vectors.set(text, toUnit(vector));
        }
      }
    },
    rank(query, documents) {
      const byWords = words.rank(query, documents);
      const asked = vectors.get(query);
      if (asked === undefined) return byWords;
      const cosines = documents.map((document) => Math.max(0, dot(asked, vectors.get(textOf(document)))));
      const least = cosines.toSorted((a, b) => b - a)[MOST_ALIKE] ?? 0;
      return fuse(
        byWords,
        cosines.map((cosine) => (cosine > least ? cosine : 0)),
      );
    },
  };
}

function textOf(document: string | RankedText): string {
  return typeof document === "string" ? document : document.text;
}

/** Scaled to length 1; all zeros stay so. */
function toUnit(vector: readonly number[] | Float32Array): Float32Array {
  const unit = Float32Array.from(vector);
  const norm = Math.hypot(...unit) || 1;
  return unit.map((value) => value / norm);
}

/** 0 where there is no other vector, or it is of another length. */
function dot(vector: Float32Array, other: Float32Array | undefined): number {
  if (other?.length !== vector.length) return 0;
  let sum = 0;
  for (let index = 0; index < vector.length; index++) sum += (vector[index] ?? 0) * (other[index] ?? 0);
  return sum;
}

function checkPositive(option: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new RangeError(`hybridRanker: ${option} must be a positive integer, got ${value}`);
}
