/**
 * How long a compile takes, on the turns of meetings as a conversation of user and assistant.
 *
 *     warm    about 20 000 tokens; each time two messages more, as conversations grow; fitted to 30 % of them
 *     cold    about 200 000 tokens that nobody has read before, once: against one pass of the tokenizer over as many that
 *             it has not counted before either
 */
import { loadTokenizer } from "../../../src/core/index.ts";
import { createPromptCompiler } from "../../../src/index.ts";
import { OURS } from "../evidence.ts";
import { medianRow, type Row } from "../row.ts";
import type { BenchContext } from "../set.ts";
import { type Meeting, qmsum } from "./qmsum.ts";

const WARM_TOKENS = 20_000;
const COLD_TOKENS = 200_000;
const BUDGET = 0.3;
const COMPILES = 40;
const MODEL = "gpt-5-mini";
const QUESTION = { role: "user", content: "What did we decide about the remote control's buttons?" } as const;

/** The rows of the first such file. */
export async function rows({ data, onRow }: BenchContext): Promise<readonly Row[]> {
  const [file] = await data.files(/^qmsum-.*\.jsonl$/);
  if (file === undefined) return [];
  const turns = qmsum(await file.lines<Meeting>()).flatMap(({ corpus }) =>
    corpus.units.map(({ text }) => text),
  );
  const texts = [...new Set(turns)];
  const found = [await warm(file.stem, texts), ...(await cold(file.stem, texts))];
  for (const row of found) onRow(row);
  return found;
}

async function warm(set: string, texts: readonly string[]): Promise<Row> {
  const { count } = await loadTokenizer(MODEL);
  const length = lengthOf(texts, WARM_TOKENS, count);
  const compiler = createPromptCompiler();
  const timings: number[] = [];
  for (let more = 0; more < COMPILES; more++) {
    const messages = toMessages(texts.slice(0, length + 2 * more));
    const startedAt = performance.now();
    await compiler.compile({ model: MODEL, messages }, { maxInputTokens: BUDGET * WARM_TOKENS });
    timings.push(performance.now() - startedAt);
  }
  await compiler.close();
  return medianRow(
    { set, measure: "milliseconds, warm, 20k tokens", budget: BUDGET, method: OURS },
    timings.slice(2),
  );
}

async function cold(set: string, texts: readonly string[]): Promise<readonly Row[]> {
  const { count } = await loadTokenizer(MODEL);
  const length = lengthOf(texts, COLD_TOKENS, count);
  const unread = (mark: string): readonly string[] => texts.slice(0, length).map((text) => `${mark} ${text}`);
  const compiler = createPromptCompiler();
  const ratios: number[] = [];
  const slices: number[] = [];
  for (let run = 0; run < 5; run++) {
    const counted = unread(`Counted ${run}.`);
    const countingAt = performance.now();
    for (const text of counted) count(text);
    const counting = performance.now() - countingAt;
    const messages = toMessages(unread(`Compiled ${run}.`));
    const startedAt = performance.now();
    slices.push(
      await longestSlice(
        compiler.compile({ model: MODEL, messages }, { maxInputTokens: BUDGET * COLD_TOKENS }),
      ),
    );
    ratios.push((performance.now() - startedAt) / counting);
  }
  await compiler.close();
  const head = { set, budget: BUDGET, method: OURS };
  return [
    medianRow({ ...head, measure: "tokenizer passes, cold, 200k tokens" }, ratios),
    medianRow({ ...head, measure: "longest slice, ms, cold, 200k tokens" }, slices),
  ];
}

/** The longest time, in milliseconds, that other work of the process waited for a turn of the event loop meanwhile. */
async function longestSlice(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let before = performance.now();
  let isDone = false;
  const turn = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - before);
    before = now;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await work;
  isDone = true;
  return Math.max(longest, performance.now() - before);
}

/** How many of the texts have so many tokens together. */
function lengthOf(texts: readonly string[], tokens: number, count: (text: string) => number): number {
  let sum = 0;
  const end = texts.findIndex((text) => {
    sum += count(text);
    return sum > tokens;
  });
  return end === -1 ? texts.length : end;
}

function toMessages(texts: readonly string[]) {
  const history = texts.map((content, index) =>
    index % 2 === 0 ? ({ role: "user", content } as const) : ({ role: "assistant", content } as const),
  );
  return [...history, QUESTION];
}
