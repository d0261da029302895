import { bm25, countTerms } from "../../../src/core/retrieval/bm25.ts";
import { contentWords, stem } from "../../../src/core/retrieval/terms.ts";
import { splitSentences } from "../../../src/sentences.ts";
import { seededRandom } from "../../../test/seeded-random.ts";
import { evidenceRows } from "../evidence.ts";
import type { Corpus, Question } from "../question.ts";
import type { Row } from "../row.ts";
import type { BenchContext } from "../set.ts";

/** A line of `nq-oracle-*.jsonl`: a question with its passage. */
export interface NaturalQuestion {
  readonly question: string;
  readonly answers: readonly string[];
  readonly ctxs: readonly { readonly title: string; readonly text: string }[];
}

/** The passage of the answer among this many. */
const DOCUMENTS = 20;

/** Questions that are asked, spread over the file: each is ranked against every passage first. */
const ASKED = 400;

/**
 * Natural Questions, hard: the passage of the answer among the 19 passages of other questions that match best by BM25 and
 * do not hold the answer. The evidence is the first sentence with the answer in it.
 */
export function naturalQuestions(lines: readonly NaturalQuestion[]): readonly Question[] {
  const random = seededRandom(DOCUMENTS);
  const passages = lines.map(({ ctxs }) => ctxs[0] ?? { title: "", text: "" });
  const counted = passages.map(({ text }) => countTerms(contentWords(text).map(stem)));
  const step = Math.max(1, Math.floor(lines.length / ASKED));
  return lines.flatMap(({ question, answers }, own) => {
    if (own % step !== 0) return [];
    const scores = bm25(new Set(contentWords(question).map(stem)), counted).map(({ score }) => score);
    const distractors = passages
      .map((_, index) => index)
      .filter((index) => index !== own && !holds(passages[index]?.text ?? "", answers))
      .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
      .slice(0, DOCUMENTS - 1);
    const places = distractors.toSpliced(Math.floor(random() * DOCUMENTS), 0, own);
    const sentences = places.flatMap((place) => {
      const { title = "", text = "" } = passages[place] ?? {};
      return splitSentences(text).map((sentence) => ({ text: sentence, title, place }));
    });
    const evidence = sentences.findIndex(({ text, place }) => place === own && holds(text, answers));
    if (evidence === -1) return [];
    const corpus: Corpus = {
      kind: "documents",
      units: sentences.map(({ text, title, place }) => ({ text, title, group: `passage ${place}` })),
    };
    return [{ text: question, corpus, evidence: [evidence] }];
  });
}

function holds(text: string, answers: readonly string[]): boolean {
  const plain = text.toLowerCase();
  return answers.some((answer) => plain.includes(answer.toLowerCase()));
}

const BUDGETS = [0.3, 0.1];

/** The rows of every such file. */
export async function rows(context: BenchContext): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const file of await context.data.files(/^nq-oracle-.*\.jsonl$/)) {
    found.push(
      ...(await evidenceRows(
        file.stem,
        naturalQuestions(await file.lines<NaturalQuestion>()),
        BUDGETS,
        context,
      )),
    );
  }
  return found;
}
