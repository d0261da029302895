import { evidenceRows } from "../evidence.ts";
import type { Corpus, Question } from "../question.ts";
import type { Row } from "../row.ts";
import type { BenchContext } from "../set.ts";

/** A line of `qmsum-*.jsonl`. */
export interface Meeting {
  readonly specific_query_list: readonly {
    readonly query: string;
    /** First and last turn. */
    readonly relevant_text_span: readonly (readonly string[])[];
  }[];
  readonly meeting_transcripts: readonly { readonly speaker: string; readonly content: string }[];
}

/** QMSum, specific queries: turns of meetings, the evidence is whole stretches of them. */
export function qmsum(meetings: readonly Meeting[]): readonly Question[] {
  return meetings.flatMap(({ specific_query_list, meeting_transcripts }) => {
    const corpus: Corpus = {
      kind: "dialogue",
      units: meeting_transcripts.map(({ speaker, content }) => ({
        speaker,
        text: content,
        group: "meeting",
      })),
    };
    return specific_query_list
      .map(({ query, relevant_text_span }) => ({
        text: query,
        corpus,
        evidence: corpus.units.flatMap((_, turn) =>
          relevant_text_span.some(([first, last]) => Number(first) <= turn && turn <= Number(last))
            ? [turn]
            : [],
        ),
      }))
      .filter(({ evidence }) => evidence.length > 0);
  });
}

const BUDGETS = [0.3, 0.1];

/** The rows of every such file. */
export async function rows(context: BenchContext): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const file of await context.data.files(/^qmsum-.*\.jsonl$/)) {
    found.push(...(await evidenceRows(file.stem, qmsum(await file.lines<Meeting>()), BUDGETS, context)));
  }
  return found;
}
