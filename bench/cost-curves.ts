/**
 * What agents' sessions cost as they grow, for each way of sending them.
 *
 *     PC_BENCH_DATA=<folder> npm run docs:cost-curves
 *
 * Writes `docs/cost-curves.svg`, and what it is drawn from into `docs/figures/cost-curves.json`. Without the folder it
 * measures the fixtures, which are too small for figures, and only prints them.
 */
import { writeFile } from "node:fs/promises";
import { loadTokenizer } from "../src/core/index.ts";
import { openData } from "./context/data.ts";
import { toCurves } from "./context/traces/curves.ts";
import { toSvg } from "./context/traces/curves-svg.ts";
import { measureAll, readTraces, type Traces } from "./context/traces/kinds.ts";

const FIGURE = new URL("../docs/cost-curves.svg", import.meta.url);
const NUMBERS = new URL("../docs/figures/cost-curves.json", import.meta.url);

const data = openData(process.env["PC_BENCH_DATA"]);
const tokenizer = await loadTokenizer("gpt-5-mini");
const curves = [];
for (const traces of await readTraces(data)) {
  if (traces.sessions.length === 0) continue;
  const told = await measureAll(traces.sessions, traces.historyTokens, tokenizer);
  const figure = toCurves(titleOf(traces), told);
  curves.push(figure);
  for (const { method, index } of figure.methods) console.log(figure.title, "|", method, index.at(-1));
}
if (!data.isFixture) {
  await writeFile(NUMBERS, `${JSON.stringify(curves)}\n`);
  await writeFile(FIGURE, toSvg(curves));
}

function titleOf({ set, kind, historyTokens }: Traces): string {
  const name = kind === "" ? set : `${set}, ${kind}`;
  return `${name}, ${historyTokens / 1000}k for the history`;
}
