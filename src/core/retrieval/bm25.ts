/**
 * BM25: how well each document matches a query, by the words they share.
 *
 *     score(d) = Σ_t idf(t) · tf(t, d) · (k1 + 1) / (tf(t, d) + k1 · (1 − b + b · |d| / avg|d|))
 *     idf(t)   = ln(1 + (N − df(t) + ½) / (df(t) + ½))
 *
 * over the terms t of the query, each once; N documents, df(t) of which hold t. Beside the score it gives
 *
 *     coverage(d) = Σ idf(t), over the query's terms in d  /  Σ idf(t), over all of the query's terms
 *
 * O(documents × query terms). No documents, or no query terms: all 0.
 */

/** How often each term occurs in a document, and how many there are. */
export interface TermCounts {
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

export interface Match {
  readonly score: number;
  /** From 0 to 1. */
  readonly coverage: number;
}

const k1 = 0.9;
const b = 0.6;

/** Counts terms; with `wanted`, only those, and the others for the length alone. */
export function countTerms(terms: Iterable<string>, wanted?: ReadonlySet<string>): TermCounts {
  const counts = new Map<string, number>();
  let length = 0;
  for (const term of terms) {
    length += 1;
    if (wanted === undefined || wanted.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return { counts, length };
}

/** Each document against the query, in order. */
export function bm25(query: ReadonlySet<string>, documents: readonly TermCounts[]): readonly Match[] {
  const averageLength = documents.reduce((sum, { length }) => sum + length, 0) / documents.length || 1;
  const weighted = [...query].map((term) => {
    const holders = documents.reduce((sum, { counts }) => sum + (counts.has(term) ? 1 : 0), 0);
    return { term, idf: Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5)) };
  });
  const wholeMass = weighted.reduce((sum, { idf }) => sum + idf, 0) || 1;

  return documents.map(({ counts, length }) => {
    const damping = k1 * (1 - b + (b * length) / averageLength);
    let score = 0;
    let mass = 0;
    for (const { term, idf } of weighted) {
      const frequency = counts.get(term);
      if (frequency === undefined) continue;
      score += (idf * frequency * (k1 + 1)) / (frequency + damping);
      mass += idf;
    }
    return { score, coverage: mass / wholeMass };
  });
}
