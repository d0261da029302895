import { evidenceRows } from "../evidence.ts";
import type { Question } from "../question.ts";
import type { Row } from "../row.ts";
import type { BenchContext } from "../set.ts";

/** A line of `hotpotqa-*.jsonl`. */
export interface HotpotQuestion {
  readonly question: string;
  readonly supporting_facts: { readonly title: readonly string[]; readonly sent_id: readonly number[] };
  readonly context: {
    readonly title: readonly string[];
    readonly sentences: readonly (readonly string[])[];
  };
}

/** HotpotQA with distractors: sentences of ten articles, the evidence is the facts of two of them. */
export function hotpotqa(lines: readonly HotpotQuestion[]): readonly Question[] {
  return lines.map(({ question, supporting_facts, context }) => {
    const facts = new Set(
      supporting_facts.title.map((title, index) => `${title} ${supporting_facts.sent_id[index]}`),
    );
    const sentences = context.title.flatMap((title, document) =>
      (context.sentences[document] ?? []).map((text, number) => ({
        unit: { text, title, group: title },
        isFact: facts.has(`${title} ${number}`),
      })),
    );
    return {
      text: question,
      corpus: { kind: "documents", units: sentences.map(({ unit }) => unit) },
      evidence: sentences.flatMap(({ isFact }, index) => (isFact ? [index] : [])),
    };
  });
}

const BUDGETS = [0.3, 0.1];

/** The rows of every such file. */
export async function rows(context: BenchContext): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const file of await context.data.files(/^hotpotqa-.*\.jsonl$/)) {
    found.push(
      ...(await evidenceRows(file.stem, hotpotqa(await file.lines<HotpotQuestion>()), BUDGETS, context)),
    );
  }
  return found;
}
