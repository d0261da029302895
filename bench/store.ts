/**
 * How fast a store on LevelDB is filled and searched as it grows, and what it takes.
 *
 *     npm run bench:store [-- --million]
 *
 * One agent's store grows from size to size through the public entry (`contexts.import`). At each size questions about
 * notes of every age are asked: searched (`contexts.search`, the best ten), and compiled into a call (`compile`). Beside
 * it stands the plainest alternative: the newest 1,000 entries read whole, ranked by the same ranker, the best ten taken.
 * "found" is the share of questions whose note is among them. With `--million` it writes `docs/figures/store.md`.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { lexicalRanker } from "../src/core/retrieval/lexical.ts";
import { createPromptCompiler, level, type PromptCompiler } from "../src/index.ts";
import { seededRandom } from "../test/seeded-random.ts";
import { madeUpNotes, questionFor } from "./store/made-up-notes.ts";

const SIZES = [1_000, 10_000, 100_000];
const MILLION = 1_000_000;
const QUESTIONS = 200;
const HITS = 10;
const NEWEST = 1_000;
const TENANT = "bench";
const call = { tenant: TENANT, agentId: "writer" };

const { values } = parseArgs({ options: { million: { type: "boolean" } } });
const sizes = values.million ? [...SIZES, MILLION] : SIZES;
const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-store-"));
const compiler = createPromptCompiler({ storage: level(directory) });
const notes = madeUpNotes(1);
const random = seededRandom(2);
const pauses = monitorEventLoopDelay({ resolution: 1 });
/** Notes that are asked for, of every age. */
let asked: string[] = [];

try {
  const rows: string[] = [];
  let size = 0;
  for (const next of sizes) {
    rows.push(await measure(size, next));
    console.log(rows.at(-1));
    size = next;
  }
  if (values.million) writeFileSync(resolve(import.meta.dirname, "../docs/figures/store.md"), page(rows));
} finally {
  await compiler.close();
  rmSync(directory, { recursive: true, force: true });
}

async function measure(from: number, to: number): Promise<string> {
  pauses.enable();
  const startedAt = performance.now();
  await compiler.contexts.import(lines(from, to), { tenant: TENANT });
  const insertRate = ((to - from) / (performance.now() - startedAt)) * 1000;
  pauses.disable();
  const pauseMs = pauses.percentile(99) / 1e6;
  pauses.reset();
  const questions = asked.map((note) => ({ note, query: questionFor(note, random) }));

  const search = await time(questions, async ({ note, query }) => {
    const hits = await compiler.contexts.search(query, call, { limit: HITS });
    return hits.some(({ item }) => item.content === note);
  });
  const recall = await time(questions, async ({ note, query }) => {
    const messages = [{ role: "user" as const, content: query }];
    const { request } = await compiler.compile({ messages }, { ...call, share: "read" });
    return JSON.stringify(request.messages).includes(note);
  });
  const newest = await time(questions, ({ note, query }) => amongNewest(compiler, note, query));
  return `| ${[
    to.toLocaleString("en"),
    Math.round(insertRate).toLocaleString("en"),
    pauseMs.toFixed(1),
    (process.resourceUsage().maxRSS / 1024).toFixed(0),
    (bytesIn(directory) / 2 ** 20).toFixed(0),
    ...[search, recall, newest].flatMap(({ p50, p95, found }) => [
      `${p50.toFixed(1)} / ${p95.toFixed(1)}`,
      `${(found * 100).toFixed(1)} %`,
    ]),
  ].join(" | ")} |`;
}

/** Notes as lines of an import, a minute apart; some, spread evenly over all that is stored so far, are asked for later. */
function* lines(from: number, to: number): Generator<string> {
  const every = Math.max(1, Math.floor(to / QUESTIONS));
  const kept = asked.filter((_, index) => (index * Math.max(1, from / QUESTIONS)) % every === 0);
  for (let index = from; index < to; index++) {
    const content = notes.next();
    if (index % every === 0) kept.push(content);
    const createdAt = 1_700_000_000_000 + index * 60_000;
    yield JSON.stringify({ agentId: call.agentId, audience: "agent", role: "note", content, createdAt });
  }
  asked = kept;
}

async function amongNewest(of: PromptCompiler, note: string, query: string): Promise<boolean> {
  const { items } = await of.contexts.list(call, { limit: NEWEST });
  const scores = lexicalRanker().rank(
    query,
    items.map(({ content }) => content),
  );
  const best = items.map(({ content }, index) => ({ content, score: scores[index] ?? 0 }));
  return best
    .sort((a, b) => b.score - a.score)
    .slice(0, HITS)
    .some(({ content, score }) => score > 0 && content === note);
}

async function time<Question>(
  questions: readonly Question[],
  ask: (question: Question) => Promise<boolean>,
): Promise<{ p50: number; p95: number; found: number }> {
  const times: number[] = [];
  let found = 0;
  for (const question of questions) {
    const startedAt = performance.now();
    if (await ask(question)) found += 1;
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), found: found / questions.length };
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function page(rows: readonly string[]): string {
  return `# What a large store costs

One agent's entries on LevelDB, 12 to 35 made-up words each, in one process that grows from row to row. ${QUESTIONS} questions, of four words of an entry each, about entries of every age; milliseconds, p50 / p95, and the share of questions whose entry is among the best ${HITS} (of a call: in its request). Node ${process.version}, ${process.platform} ${process.arch}, on a machine that others use too: read rows against each other. Written by \`npm run bench:store -- --million\`.

| entries | inserted a second | pause ms, p99 | peak resident MB | disk MB | search | found | a call's \`compile\` | found | the newest ${NEWEST.toLocaleString("en")}, ranked | found |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}
`;
}
