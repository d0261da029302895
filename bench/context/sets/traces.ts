/**
 * Agents at work, call after call: what is removed of the history, what that costs with a provider's prompt cache, and
 * what is lost. Each call goes through the public `compile`, as a session; a call's budget is its instructions, the tools
 * and so many tokens for the history. Beside ours stand policies that keep as many tokens as ours keeps on average.
 */

import { loadTokenizer } from "../../../src/core/index.ts";
import type { Tokenizer } from "../../../src/tokenizer.ts";
import { meanRow, type Row, ratioRow } from "../row.ts";
import type { BenchContext } from "../set.ts";
import { measureAll, readTraces, type Traces, tokensOf } from "../traces/kinds.ts";
import type { SessionFigures, Sum } from "../traces/measure.ts";

/** Measures, by their names in `bench/README.md`: of all sessions together, as money is, and the mean of sessions. */
const SUMS: readonly [string, (figures: SessionFigures) => Sum][] = [
  ["history removed share", ({ history }) => history],
  ["cost index", ({ cost }) => cost],
  ["cost index, no write fee", ({ costWithoutWriteFee }) => costWithoutWriteFee],
];

/** And of each thing they are told of, the mean. */
const MEASURES: readonly [string, (figures: SessionFigures) => readonly number[]][] = [
  ["prefix kept share", ({ prefixKept }) => prefixKept],
  ["busting calls share", ({ prefixKept }) => prefixKept.map((kept) => (kept < 1 ? 1 : 0))],
  ["arguments kept share", ({ argumentsKept }) => argumentsKept],
  ["far arguments kept share", ({ farArgumentsKept }) => farArgumentsKept],
  ["broken pairs share", ({ broken }) => broken],
  ["refused calls share", ({ refused }) => refused],
];

export async function rows({ data, every, onRow }: BenchContext): Promise<readonly Row[]> {
  const tokenizer = await loadTokenizer("gpt-5-mini");
  const found: Row[] = [];
  for (const traces of await readTraces(data)) found.push(...(await measured(traces, tokenizer, every)));
  for (const row of found) onRow(row);
  return found;
}

async function measured(
  { set, kind, sessions, historyTokens }: Traces,
  tokenizer: Tokenizer,
  every: number,
): Promise<readonly Row[]> {
  const some = sessions.filter((_, index) => index % every === 0);
  if (some.length === 0) return [];
  const methods = await measureAll(some, historyTokens, tokenizer);
  const whole = some.reduce((sum, session) => sum + tokensOf(session, tokenizer), 0) / some.length;
  const budget = Math.round((100 * historyTokens) / whole) / 100;
  const headOf = (name: string, method: string) => ({
    set,
    measure: kind === "" ? name : `${name}, ${kind}`,
    budget,
    method,
  });
  return methods.flatMap(([method, figures]) => [
    ...SUMS.flatMap(([name, sumOf]) => {
      const sums = figures.map(sumOf);
      const ratios = sums.map(({ part, whole }) => part / whole);
      return [
        ratioRow(headOf(name, method), sums),
        meanRow(headOf(`${name}, mean of sessions`, method), ratios),
      ];
    }),
    ...MEASURES.flatMap(([name, valuesOf]): Row[] => {
      const values = figures.flatMap(valuesOf);
      return values.length === 0 ? [] : [meanRow(headOf(name, method), values)];
    }),
  ]);
}
