/**
 * How much of the evidence for a question survives when only a share of the tokens is kept.
 *
 *     PC_BENCH_DATA=<folder> npm run bench:retrieval
 *
 * Reads `locomo-*.json` (LoCoMo: turns of long dialogues, evidence turns given) and `xquad-*.json` (XQuAD: sentences of
 * 40 paragraphs at a time, the evidence is the sentence of the answer). Each ranker keeps the best units that fit;
 * beside ours stand BM25 over plain words and, plainest, the most recent units.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { bm25, countTerms } from "../src/core/retrieval/bm25.ts";
import { lexicalRanker } from "../src/core/retrieval/lexical.ts";
import { words } from "../src/core/retrieval/terms.ts";
import { loadTokenizer } from "../src/core/token-count.ts";
import type { Ranker } from "../src/ranker.ts";

interface Question {
  readonly text: string;
  readonly units: readonly string[];
  /** Indexes of units. */
  readonly evidence: readonly number[];
}

const SHARES = [0.3, 0.2, 0.1, 0.05];

const plainWords = new Map<string, ReturnType<typeof countTerms>>();

const rankers: readonly Ranker[] = [
  { name: "recent", rank: (_query, units) => units.map((_, index) => index) },
  {
    name: "bm25, plain words",
    rank(query, units) {
      const counted = units.map((unit) => {
        const counts = plainWords.get(unit) ?? countTerms(words(unit));
        plainWords.set(unit, counts);
        return counts;
      });
      return bm25(new Set(words(query)), counted).map(({ score }) => score);
    },
  },
  lexicalRanker(),
];

const folder = process.env["PC_BENCH_DATA"];
if (folder === undefined) {
  console.log("set PC_BENCH_DATA to a folder with locomo-*.json and xquad-*.json");
} else {
  const tokenizer = await loadTokenizer("gpt-5-mini");
  for (const file of (await readdir(folder)).filter((name) => /^(locomo|xquad)-.*\.json$/.test(name))) {
    const parsed: unknown = JSON.parse(await readFile(join(folder, file), "utf8"));
    const questions = file.startsWith("locomo") ? locomo(parsed as Locomo) : xquad(parsed as Squad);
    console.log(
      `\n${file}: ${questions.length} questions; evidence kept at ${SHARES.join(" / ")} of the tokens`,
    );
    for (const ranker of rankers) measure(ranker, questions, tokenizer.count);
  }
}

function measure(ranker: Ranker, questions: readonly Question[], count: (text: string) => number): void {
  const recalls = SHARES.map(() => 0);
  const begin = performance.now();
  let ranking = 0;
  for (const { text, units, evidence } of questions) {
    const before = performance.now();
    const scores = ranker.rank(text, units);
    ranking += performance.now() - before;
    const best = units.map((_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
    const tokens = units.map(count);
    const whole = tokens.reduce((sum, each) => sum + each, 0);
    for (const [at, share] of SHARES.entries()) {
      const kept = within(best, tokens, share * whole);
      const found = evidence.filter((index) => kept.has(index)).length;
      recalls[at] = (recalls[at] ?? 0) + found / evidence.length / questions.length;
    }
  }
  const told = recalls.map((recall) => (100 * recall).toFixed(1).padStart(5)).join(" ");
  const ms = (ranking / questions.length).toFixed(1);
  console.log(
    `  ${ranker.name.padEnd(18)} ${told}   ${ms} ms a question, ${Math.round((performance.now() - begin) / 1000)} s`,
  );
}

function within(best: readonly number[], tokens: readonly number[], budget: number): Set<number> {
  const kept = new Set<number>();
  let left = budget;
  for (const index of best) {
    const cost = tokens[index] ?? 0;
    if (cost > left) continue;
    kept.add(index);
    left -= cost;
  }
  return kept;
}

type Locomo = readonly {
  readonly qa: readonly {
    readonly question: string;
    readonly evidence: readonly string[];
    readonly category: number;
  }[];
  readonly conversation: Readonly<Record<string, unknown>>;
}[];

function locomo(dialogues: Locomo): readonly Question[] {
  return dialogues.flatMap(({ qa, conversation }) => {
    const turns = Object.entries(conversation)
      .filter(([name]) => /^session_\d+$/.test(name))
      .sort(([a], [b]) => Number(a.slice(8)) - Number(b.slice(8)))
      .flatMap(([, session]) => session as { speaker: string; dia_id: string; text: string }[]);
    const units = turns.map(({ speaker, text }) => `${speaker}: ${text}`);
    return qa
      .filter(({ category }) => category <= 4)
      .map(({ question, evidence }) => ({
        text: question,
        units,
        evidence: turns.flatMap(({ dia_id }, index) => (evidence.includes(dia_id) ? [index] : [])),
      }))
      .filter(({ evidence }) => evidence.length > 0);
  });
}

interface Squad {
  readonly data: readonly {
    readonly paragraphs: readonly {
      readonly context: string;
      readonly qas: readonly {
        readonly question: string;
        readonly answers: readonly { answer_start: number }[];
      }[];
    }[];
  }[];
}

function xquad({ data }: Squad): readonly Question[] {
  const paragraphs = data.flatMap((article) => article.paragraphs);
  const questions: Question[] = [];
  for (let from = 0; from < paragraphs.length; from += 40) {
    const units: string[] = [];
    const asked: { text: string; unit: number }[] = [];
    for (const { context, qas } of paragraphs.slice(from, from + 40)) {
      const sentences = [...new Intl.Segmenter("und", { granularity: "sentence" }).segment(context)];
      for (const { question, answers } of qas) {
        const start = answers[0]?.answer_start ?? 0;
        const at = sentences.findLastIndex(({ index }) => index <= start);
        asked.push({ text: question, unit: units.length + at });
      }
      units.push(...sentences.map(({ segment }) => segment));
    }
    questions.push(...asked.map(({ text, unit }) => ({ text, units, evidence: [unit] })));
  }
  return questions;
}
