import type { RankedText } from "../../src/ranker.ts";

/** The smallest thing that is kept or left out: a turn of a dialogue, a sentence of a document. */
export interface Unit extends RankedText {
  readonly text: string;
}

/** What is searched for answers. */
export interface Corpus {
  /** Turns are added to the compiler one by one, the sentences of a document as one item. */
  readonly kind: "dialogue" | "documents";
  /** In reading order. A document is the units of one `group`; its title is the group's name. */
  readonly units: readonly Unit[];
}

/** A question with its answer's place. */
export interface Question {
  readonly text: string;
  readonly corpus: Corpus;
  /** Indexes of units, at least one. */
  readonly evidence: readonly number[];
}
