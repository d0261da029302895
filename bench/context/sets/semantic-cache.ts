/**
 * The semantic cache, switched on: how often it answers a question with the answer to another, and how often it helps.
 *
 *     question-pairs-*.json   one question is asked, then the other. Of pairs labelled alike it should answer the second; of
 *                             those labelled unlike (some 5 % of the labels are wrong), and of questions with one
 *                             thing changed, each answer is wrong
 *     xquad-*.json            every question once: no two ask the same, so that each answer is wrong
 *
 * Ours is asked through `compiler.chat`. Beside it stand the exact text and, unguarded, likeness alone.
 */
import { lexicalEmbedder } from "../../../src/core/index.ts";
import { createPromptCompiler } from "../../../src/index.ts";
import { scripted, semanticCache } from "../../../src/scheduler/index.ts";
import { type Mutation, mutationsOf } from "../mutations.ts";
import { meanRow, type Row } from "../row.ts";
import type { BenchContext } from "../set.ts";
import type { Squad } from "./xquad.ts";

interface LabelledPair {
  readonly text_a: string;
  readonly text_b: string;
  readonly label: 0 | 1;
}

/** Keeps an answer to every question, each asker's for itself, and says whether it had one already. */
type AnswerCache = (question: string, asker: string) => Promise<boolean>;

/** The rows of each file. */
export async function rows({ data, every, onRow }: BenchContext): Promise<readonly Row[]> {
  const found: Row[] = [];
  const measure = async (set: string, name: string, asked: readonly (readonly string[])[]): Promise<void> => {
    for (const [method, open] of Object.entries(METHODS)) {
      const answers = open();
      const hits: number[] = [];
      for (const [asker, questions] of asked.entries()) {
        const answered: boolean[] = [];
        for (const question of questions) answered.push(await answers(question, String(asker)));
        hits.push(...answered.slice(1).map(Number));
      }
      const row = meanRow({ set, measure: name, budget: null, method }, hits);
      found.push(row);
      onRow(row);
    }
  };
  for (const file of await data.files(/^question-pairs-.*\.json$/)) {
    const pairs = (await file.json<readonly LabelledPair[]>()).filter((_, index) => index % every === 0);
    const labelled = (wanted: 0 | 1): readonly Mutation[] =>
      pairs.filter(({ label }) => label === wanted).map(({ text_a, text_b }) => [text_a, text_b]);
    const mutated = [...new Set(pairs.map(({ text_a }) => text_a))].flatMap(mutationsOf);
    await measure(file.stem, "answered share, the same asked", labelled(1));
    await measure(file.stem, "wrong answers share, near misses", labelled(0));
    await measure(file.stem, "wrong answers share, mutated", mutated);
  }
  for (const file of await data.files(/^xquad-.*\.json$/)) {
    const { data: articles } = await file.json<Squad>();
    const paragraphs = articles.flatMap((article) => article.paragraphs);
    const questions = new Set(paragraphs.flatMap(({ qas }) => qas.map(({ question }) => question)));
    const some = [...questions].filter((_, index) => index % every === 0);
    await measure(file.stem, "wrong answers share, others asked", [some]);
  }
  return found;
}

const METHODS: Readonly<Record<string, () => AnswerCache>> = {
  "exact text": () => byLikeness(1),
  "likeness 0.95": () => byLikeness(0.95),
  "likeness 0.85": () => byLikeness(0.85),
  "prompt-compiler": throughCompiler,
};

function byLikeness(floor: number): AnswerCache {
  const embedder = lexicalEmbedder();
  const kept = new Map<string, { readonly question: string; readonly vector: Float32Array }[]>();
  return async (question, asker) => {
    const [vector = new Float32Array()] = embedder.embed([question]);
    const before = kept.get(asker) ?? [];
    const found = before.some((one) =>
      floor === 1 ? one.question === question : cosine(one.vector, vector) >= floor,
    );
    before.push({ question, vector });
    kept.set(asker, before);
    return found;
  };
}

function throughCompiler(): AnswerCache {
  const provider = scripted(["an answer"]);
  const compiler = createPromptCompiler({
    deployments: [{ id: "one", model: "one", provider }],
    semanticCache: semanticCache(),
  });
  return async (question, asker) => {
    const before = provider.attempts.length;
    const request = {
      model: "one",
      temperature: 0,
      messages: [{ role: "user" as const, content: question }],
    };
    await compiler.chat(request, { tenant: `asker-${asker}` });
    return provider.attempts.length === before;
  };
}

/** Of vectors of length 1. */
function cosine(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}
