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
 * No documents, or no query terms: all 0. For each document, the smaller of query and document is walked through: a
 * question as long as a book costs no more than reading it once and the documents once.
 */

/** How often each term occurs in a document, and how many there are. */
export interface TermCounts<Term = string> {
  readonly counts: ReadonlyMap<Term, number>;
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
export function countTerms<Term>(terms: Iterable<Term>, wanted?: ReadonlySet<Term>): TermCounts<Term> {
  const counts = new Map<Term, number>();
  let length = 0;
  for (const term of terms) {
    length += 1;
    if (wanted === undefined || wanted.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return { counts, length };
}

/**
 * Each document against the query, in order.
 *
 * @param known - df of terms of which more is known than these documents tell
 */
export function bm25<Term>(
  query: ReadonlySet<Term>,
  documents: readonly TermCounts<Term>[],
  known?: ReadonlyMap<Term, number>,
): readonly Match[] {
  const averageLength = documents.reduce((sum, { length }) => sum + length, 0) / documents.length || 1;
  const terms = [...query];
  const shared = documents.map(({ counts }) => sharedTerms(query, terms, counts));
  const holders = countTerms(shared.flat()).counts;
  const idfs = new Map(
    terms.map((term) => {
      const held = known?.get(term) ?? holders.get(term) ?? 0;
      return [term, Math.log(1 + (documents.length - held + 0.5) / (held + 0.5))];
    }),
  );
  const idfOf = (term: Term): number => idfs.get(term) ?? 0;
  const wholeMass = terms.reduce((sum, term) => sum + idfOf(term), 0) || 1;

  return documents.map(({ counts, length }, index) => {
    const damping = k1 * (1 - b + (b * length) / averageLength);
    let score = 0;
    let mass = 0;
    for (const term of shared[index] ?? []) {
      const idf = idfOf(term);
      const frequency = counts.get(term) ?? 0;
      score += (idf * frequency * (k1 + 1)) / (frequency + damping);
      mass += idf;
    }
    return { score, coverage: mass / wholeMass };
  });
}

/** The query's terms that a document has. */
function sharedTerms<Term>(
  query: ReadonlySet<Term>,
  terms: readonly Term[],
  counts: ReadonlyMap<Term, number>,
): readonly Term[] {
  if (counts.size === 0) return [];
  if (terms.length <= counts.size) return terms.filter((term) => counts.has(term));
  return [...counts.keys()].filter((term) => query.has(term));
}
