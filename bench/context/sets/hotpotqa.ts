import type { Question } from "../question.ts";

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
