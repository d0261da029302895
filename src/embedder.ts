/** Turns texts into vectors whose dot product says how alike they are. */
export interface Embedder {
  /** The model id under which the vectors are served, e.g. "pc-lexical-embedding". */
  readonly name: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /** @returns one vector a text, in order; each of length `dimensions` and of Euclidean norm 1, or all zeros for a text without words */
  embed(texts: readonly string[]): readonly Float32Array[];
}
