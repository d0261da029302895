import type { Ranker } from "../../ranker.ts";

/** A ranker that goes on without what it could not prepare, and says so; only an abort is thrown on. */
export function tolerant(ranker: Ranker, onFailure: (error: unknown) => void): Ranker {
  const { name, prepare } = ranker;
  if (prepare === undefined) return ranker;
  return {
    name,
    rank: (query, documents) => ranker.rank(query, documents),
    read: async (documents) => ranker.read?.(documents),
    async prepare(query, documents, signal) {
      try {
        await ranker.prepare?.(query, documents, signal);
      } catch (error) {
        signal?.throwIfAborted();
        onFailure(error);
      }
    },
  };
}
