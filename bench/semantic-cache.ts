/**
 * How often the semantic cache answers another question, and how often it helps.
 *
 *     PC_BENCH_DATA=<folder> npm run bench:semantic-cache
 *
 * Reads `question-pairs-10k.json`: pairs of questions, each labelled as asking the same or not (some 5 % of the labels are
 * wrong). One question is kept, the other asked. Then every question is kept and asked again with one word changed: an
 * opposite, a number, a negation; whatever is answered there is wrong. Beside ours stand the exact text and, unguarded,
 * likeness alone.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { lexicalEmbedder } from "../src/core/retrieval/lexical-embedding.ts";
import type { AnswerFacts } from "../src/scheduler/cache/cached-answer.ts";
import { QuestionIndex } from "../src/scheduler/cache/question-index.ts";
import { readQuestion } from "../src/scheduler/cache/same-question.ts";
import { semanticCacheDefaults } from "../src/scheduler/cache/semantic-cache.ts";

interface Pair {
  readonly text_a: string;
  readonly text_b: string;
  readonly label: 0 | 1;
}

type Matcher = (kept: string, asked: string) => boolean;

const embedder = lexicalEmbedder();
const clock = { now: () => 0, sleep: async () => undefined };
const { floor } = semanticCacheDefaults;

const matchers: readonly (readonly [string, Matcher])[] = [
  ["exact text", (kept, asked) => kept === asked],
  [`likeness ≥ ${floor}`, (kept, asked) => likeness(kept, asked) >= floor],
  ["likeness ≥ 0.95", (kept, asked) => likeness(kept, asked) >= 0.95],
  ["semantic cache", isAnswered],
];

const OPPOSITES = (
  "increase:decrease gain:lose best:worst good:bad buy:sell male:female before:after open:close start:stop more:less " +
  "high:low old:new big:small fast:slow hot:cold love:hate true:false right:wrong easy:hard cheap:expensive strong:weak " +
  "legal:illegal safe:dangerous above:below inside:outside import:export man:woman boy:girl first:last with:without " +
  "from:to advantages:disadvantages possible:impossible early:late black:white rich:poor"
)
  .split(" ")
  .map((pair) => pair.split(":"))
  .flatMap(([left = "", right = ""]): [string, string][] => [
    [left, right],
    [right, left],
  ]);

const ANSWER: AnswerFacts = {
  tenant: "t",
  key: "k",
  callId: "c",
  deployment: "d",
  sentModel: "m",
  contextIds: [],
};

const folder = process.env["PC_BENCH_DATA"];
if (folder === undefined) {
  console.log("set PC_BENCH_DATA to a folder with question-pairs-10k.json");
} else {
  const pairs: readonly Pair[] = JSON.parse(await readFile(join(folder, "question-pairs-10k.json"), "utf8"));
  const same = pairs.filter(({ label }) => label === 1);
  const other = pairs.filter(({ label }) => label === 0);
  const changed = [...new Set(pairs.map(({ text_a }) => text_a))].flatMap(mutations);
  console.log(
    `${same.length} pairs that ask the same, ${other.length} near misses, ${changed.length} changed questions`,
  );
  console.log(
    "                    helped    wrong: near misses   changed questions (opposite, number, negation)",
  );
  for (const [name, matches] of matchers) {
    const helped = share(same, ({ text_a, text_b }) => matches(text_a, text_b));
    const near = share(other, ({ text_a, text_b }) => matches(text_a, text_b));
    const all = share(changed, ({ kept, asked }) => matches(kept, asked));
    const each = ["opposite", "number", "negation"].map((kind) =>
      share(
        changed.filter((one) => one.kind === kind),
        ({ kept, asked }) => matches(kept, asked),
      ),
    );
    console.log(`  ${name.padEnd(16)} ${helped}    ${near}              ${all} (${each.join(", ")})`);
  }
  if (process.argv.includes("--show")) {
    for (const { text_a, text_b } of other)
      if (isAnswered(text_a, text_b)) console.log(`\n${text_a}\n${text_b}`);
  }
}

function isAnswered(kept: string, asked: string): boolean {
  const index = new QuestionIndex(semanticCacheDefaults, clock);
  index.add(toQuestion(kept), ANSWER, 0);
  return index.find(toQuestion(asked), () => true) !== undefined;
}

function toQuestion(text: string) {
  return { scope: "s", vector: embed(text), facts: readQuestion(text) };
}

function embed(text: string): Float32Array {
  return embedder.embed([text])[0] ?? new Float32Array(embedder.dimensions);
}

function likeness(left: string, right: string): number {
  const other = embed(right);
  return embed(left).reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
}

function share<T>(of: readonly T[], matches: (one: T) => boolean): string {
  return `${((100 * of.filter(matches).length) / Math.max(1, of.length)).toFixed(2).padStart(6)} %`;
}

interface Mutation {
  readonly kind: "opposite" | "number" | "negation";
  readonly kept: string;
  readonly asked: string;
}

function mutations(kept: string): readonly Mutation[] {
  const found: Mutation[] = [];
  const add = (kind: Mutation["kind"], asked: string): void => {
    if (asked !== kept) found.push({ kind, kept, asked });
  };
  for (const [word, opposite] of OPPOSITES)
    add("opposite", kept.replace(new RegExp(`\\b${word}\\b`), opposite));
  add(
    "number",
    kept.replace(/\d+/, (digits) => String(Number(digits) + 1)),
  );
  add("negation", kept.replace(/\b(is|are|do|does|can|should|will)\b(?! not)/, "$1 not"));
  return found;
}
