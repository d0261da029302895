/**
 * Tables of lines (CSV, tab-separated, Markdown), down to a token budget: the head, the rows that match the query best,
 * and the last row.
 *
 * Where the query matches no row, the first rows are kept. Rows stay whole and in order.
 */
import type { Compressed, Compressor, Focus } from "../compressor.ts";
import { isExcerpt, rangeMark, writeExcerpt } from "../excerpt.ts";
import { fillBest } from "../fill-best.ts";
import { withinBudget } from "../within-budget.ts";

/** Tokens of a mark. */
const MARK_TOKENS = 6;

/** The compressor of tables. */
export function compressTable(): Compressor {
  return { kind: "table", lossless: false, compress };
}

function compress(text: string, focus: Focus): Compressed | undefined {
  if (isExcerpt(text) || focus.maxTokens === undefined) return undefined;
  const lines = text.split("\n");
  const head = /^\s*\|?[\s:|-]+\|?\s*$/.test(lines[1] ?? "") ? 2 : 1;
  const last = lines.findLastIndex((line) => line.trim() !== "");
  const scores = focus.query === "" ? [] : focus.ranker.rank(focus.query, lines);
  const costs = lines.map((line) => focus.tokenizer.count(`${line}\n`));
  return withinBudget(text, focus, (room) => {
    const isPinned = (index: number): boolean => index < head || index === last;
    const kept = fillBest(costs, scores, { room, markTokens: MARK_TOKENS, isPinned });
    return writeExcerpt(lines, (index) => kept.has(index), {
      what: "table",
      unit: "rows",
      separator: "\n",
      marked: "[…from–to], counted from its first line,",
      mark: (from, to) => rangeMark(from, to),
    });
  });
}
