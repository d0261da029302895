/**
 * What compiling keeps, and what it costs, beside the plainest alternatives at equal tokens.
 *
 *     PC_BENCH_DATA=<folder> npm run bench:context [-- --sets=locomo,qmsum] [--every=10]
 *
 * Writes `bench/results/context.json` and the table of `docs/context.md`; with `--sets` or `--every` it only prints, since
 * a part of the figures must not take the place of all. `bench/README.md` says what is measured.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { openData } from "./context/data.ts";
import type { Row } from "./context/row.ts";
import type { BenchSet } from "./context/set.ts";
import { intoPage } from "./context/table.ts";

const SETS = [
  "locomo",
  "xquad",
  "natural-questions",
  "hotpotqa",
  "qmsum",
  "tool-results",
  "logs",
  "code",
  "compressor-time",
  "traces",
  "semantic-cache",
  "compile-time",
];
const RESULTS = new URL("results/context.json", import.meta.url);
const PAGE = new URL("../docs/context.md", import.meta.url);

const { values } = parseArgs({ options: { sets: { type: "string" }, every: { type: "string" } } });
const data = openData(process.env["PC_BENCH_DATA"]);
console.log(
  data.isFixture ? "PC_BENCH_DATA is not set: bench/fixtures, too small for figures" : `data: ${data.folder}`,
);

const rows: Row[] = [];
for (const name of values.sets?.split(",") ?? SETS) {
  const set: BenchSet = await import(`./context/sets/${name}.ts`);
  rows.push(...(await set.rows({ data, every: Number(values.every ?? 1), onRow: print })));
}

if (values.sets === undefined && values.every === undefined) {
  await mkdir(new URL(".", RESULTS), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(rows, undefined, 2)}\n`);
  // Fixtures make no figures for people.
  if (!data.isFixture) await writeFile(PAGE, intoPage(await readFile(PAGE, "utf8"), rows));
}

function print({ set, measure, budget, method, value, low, high, n }: Row): void {
  const at = budget === null ? "" : `@${budget}`;
  console.log(
    `${set.padEnd(16)} ${`${measure} ${at}`.padEnd(30)} ${method.padEnd(16)} ${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}] n ${n}`,
  );
}
