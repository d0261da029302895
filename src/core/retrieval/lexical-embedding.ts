/**
 * A lexical embedding: texts that share words, or parts of words, get vectors that point the same way. It knows no
 * meaning: "car" and "automobile" are as far apart as "car" and "banana".
 *
 * Each stem, and each piece of 3 to 5 characters, adds its weight to one of the dimensions, chosen by a hash; a bit
 * of the hash says whether it adds or subtracts, so that what collides cancels out on average (feature hashing,
 * Weinberger et al. 2009, https://arxiv.org/abs/0902.2206). A feature that occurs f times weighs 1 + ln f. The vector
 * is then scaled to length 1. No collection is needed, so a text has the same vector everywhere and always.
 */
import type { Embedder } from "../../embedder.ts";
import { countTerms } from "./bm25.ts";
import { gramsOf } from "./char-grams.ts";
import { hashOf } from "./hash.ts";
import { contentWords, stem, words } from "./terms.ts";

const DIMENSIONS = 512;

/** A word has about a dozen grams to its one stem. */
const GRAM_WEIGHT = 0.25;

/** The built-in embedder. */
export function lexicalEmbedder(): Embedder {
  return {
    name: "pc-lexical-embedding",
    dimensions: DIMENSIONS,
    embed: (texts) => texts.map(embedText),
  };
}

function embedText(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  const content = contentWords(text);
  // A text of stop words only still has words, and must not look like an empty one.
  const told = content.length > 0 ? content : words(text);
  addFeatures(vector, told.map(stem), 1);
  addFeatures(vector, gramsOf(told), GRAM_WEIGHT);
  const norm = Math.hypot(...vector);
  return norm === 0 ? vector : vector.map((value) => value / norm);
}

/** Stems and grams are hashed apart: the word "cat" is not the gram "cat". */
function addFeatures(vector: Float32Array, features: Iterable<string>, weight: number): void {
  for (const [feature, frequency] of countTerms(features).counts) {
    const hash = hashOf(`${weight} ${feature}`);
    const dimension = hash % DIMENSIONS;
    const sign = hash >>> 31 === 0 ? 1 : -1;
    vector[dimension] = (vector[dimension] ?? 0) + sign * weight * (1 + Math.log(frequency));
  }
}
