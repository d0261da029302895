import { evidenceRows } from "../evidence.ts";
import type { Corpus, Question, Unit } from "../question.ts";
import type { Row } from "../row.ts";
import type { BenchContext } from "../set.ts";

/** `xquad-*.json`: the format of SQuAD. */
export interface Squad {
  readonly data: readonly {
    readonly title?: string;
    readonly paragraphs: readonly {
      readonly context: string;
      readonly qas: readonly {
        readonly question: string;
        readonly answers: readonly { readonly answer_start: number }[];
      }[];
    }[];
  }[];
}

/** Paragraphs that are searched together: several articles of five. */
const PARAGRAPHS = 40;

/** XQuAD: sentences of 40 paragraphs at a time, the evidence is the sentence of the answer. */
export function xquad({ data }: Squad): readonly Question[] {
  const paragraphs = data.flatMap((article) => article.paragraphs);
  const questions: Question[] = [];
  for (let from = 0; from < paragraphs.length; from += PARAGRAPHS) {
    const units: Unit[] = [];
    const corpus: Corpus = { kind: "documents", units };
    for (const [at, { context, qas }] of paragraphs.slice(from, from + PARAGRAPHS).entries()) {
      const sentences = [...new Intl.Segmenter("und", { granularity: "sentence" }).segment(context)];
      for (const { question, answers } of qas) {
        const start = answers[0]?.answer_start ?? 0;
        const evidence = units.length + sentences.findLastIndex(({ index }) => index <= start);
        questions.push({ text: question, corpus, evidence: [evidence] });
      }
      const group = `paragraph ${from + at + 1}`;
      units.push(...sentences.map(({ segment }) => ({ text: segment, group })));
    }
  }
  return questions;
}

const BUDGETS = [0.3, 0.1];

/** The rows of every such file. */
export async function rows(context: BenchContext): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const file of await context.data.files(/^xquad-.*\.json$/)) {
    found.push(...(await evidenceRows(file.stem, xquad(await file.json<Squad>()), BUDGETS, context)));
  }
  return found;
}
