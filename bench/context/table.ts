import { groupBy } from "./group-by.ts";
import type { Row } from "./row.ts";

const BEGIN = "<!-- figures of npm run bench:context -->";
const END = "<!-- end of figures -->";

/** A page with the rows' tables between its markers, in place of what stood there. */
export function intoPage(page: string, rows: readonly Row[]): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`the page needs "${BEGIN}" and, behind it, "${END}"`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${toTables(rows)}\n\n${page.slice(end)}`;
}

/** A table a measure: a line for each set and budget, a column for each method. */
function toTables(rows: readonly Row[]): string {
  return [...groupBy(rows, ({ measure }) => measure)]
    .map(([measure, some]) => `**${measure}**\n\n${toTable(some)}`)
    .join("\n\n");
}

function toTable(rows: readonly Row[]): string {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const lines = [...groupBy(rows, ({ set, budget }) => `${set} ${budget}`).values()].map((some) => {
    const { set = "", budget = null, n = 0 } = some[0] ?? {};
    const cells = methods.map((name) => toCell(some.find(({ method }) => method === name)));
    return [set, budget === null ? "" : `${100 * budget} %`, ...cells, String(n)];
  });
  const head = ["set", "tokens", ...methods, "n"];
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A fraction as a percentage with its interval; a number that is none, as it is. */
function toCell(row: Row | undefined): string {
  if (row === undefined) return "";
  if (!/recall|share/.test(row.measure))
    return `${row.value.toFixed(1)} (${row.low.toFixed(1)}–${row.high.toFixed(1)})`;
  const percent = (value: number): string => (100 * value).toFixed(1);
  return `${percent(row.value)} (${percent(row.low)}–${percent(row.high)})`;
}
