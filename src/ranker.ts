/** A text with what is known of it; a ranker uses what it can. */
export interface RankedText {
  readonly text: string;
  /** What it is a part of: a session, a document, a paragraph. Texts of one group stand one after the other. */
  readonly group?: string | undefined;
  /** What its group is about, e.g. the title of a document. */
  readonly title?: string | undefined;
  /** Who says it. */
  readonly speaker?: string | undefined;
  /** When it was said: milliseconds since the epoch. */
  readonly date?: number | undefined;
}

/**
 * Ranks texts by how well they match a query. Implemented in `core/retrieval`; the scheduler's extractive model
 * gets one from the top, so that neither floor imports the other.
 */
export interface Ranker {
  /** Names the algorithm and its version, e.g. "pc-lex/1"; two rankers with one name give the same scores. */
  readonly name: string;
  /**
   * @param documents - length n, in reading order: neighbours may lend each other score
   * @returns scores, length n, each ≥ 0; all 0 where nothing matches
   */
  rank(query: string, documents: readonly (string | RankedText)[]): readonly number[];
  /** Reads texts ahead, with turns of the event loop in between, so that `rank` is a short matter; optional. */
  read?(documents: readonly (string | RankedText)[]): Promise<void>;
  /**
   * Fetches what `rank` needs for these, such as vectors from a model; a ranker without it needs nothing. Called before
   * shared context is ranked. Where it rejects, `rank` is called all the same and does without.
   */
  prepare?(
    query: string,
    documents: readonly (string | RankedText)[],
    signal: AbortSignal | undefined,
  ): Promise<void>;
}
