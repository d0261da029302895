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
  rank(query: string, documents: readonly string[]): readonly number[];
}
