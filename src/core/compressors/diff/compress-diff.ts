/**
 * Diffs, down to a token budget: file names, hunk headers and changed lines, with as much of the unchanged lines around
 * them as there is room for, the nearest first.
 *
 *     diff, ---, +++, @@, + and -    kept
 *     unchanged                      kept while it is near enough to a change: 3 lines, 2, 1, none
 *
 * Where the changes alone are larger than the budget the diff is left alone: half a change is worse than none.
 */
import type { Compressed, Compressor, Focus } from "../compressor.ts";
import { isExcerpt, rangeMark, writeExcerpt } from "../excerpt.ts";

/** Unchanged lines around a change, as diffs have them. */
const USUAL_CONTEXT = 3;

const UNCHANGED = /^ |^$/;
const BOOKKEEPING = /^(?:index [\da-f]|similarity index )/;

/** The compressor of diffs. */
export function compressDiff(): Compressor {
  return { kind: "diff", lossless: false, compress };
}

function compress(text: string, { maxTokens, tokenizer }: Focus): Compressed | undefined {
  if (isExcerpt(text) || maxTokens === undefined || tokenizer.count(text) <= maxTokens) return undefined;
  const lines = text.split("\n");
  const distances = distanceToChange(lines);
  for (let context = USUAL_CONTEXT; context >= 0; context--) {
    const written = writeExcerpt(lines, (index) => (distances[index] ?? 0) <= context, {
      what: "diff",
      unit: "lines",
      separator: "\n",
      marked: "[…from–to]",
      mark: (from, to) => rangeMark(from, to),
    });
    if (written !== undefined && tokenizer.count(written.text) <= maxTokens) return written;
  }
  return undefined;
}

/** For each line: how far it is from one that says what changed, 0 for such a line itself. */
function distanceToChange(lines: readonly string[]): readonly number[] {
  const distances = lines.map((line) => {
    if (BOOKKEEPING.test(line)) return USUAL_CONTEXT + 1;
    return UNCHANGED.test(line) ? Number.POSITIVE_INFINITY : 0;
  });
  const isHeader = lines.map((line) => /^(?:@@|diff |--- |\+\+\+ )/.test(line));
  spread(distances, isHeader, 1);
  spread(distances, isHeader, -1);
  return distances;
}

/** One pass over the lines in a direction; a header is no change that lines would be near to. */
function spread(distances: number[], isHeader: readonly boolean[], step: 1 | -1): void {
  let away = Number.POSITIVE_INFINITY;
  for (let index = step === 1 ? 0 : distances.length - 1; index in distances; index += step) {
    if (isHeader[index]) away = Number.POSITIVE_INFINITY;
    else if (distances[index] === 0) away = 0;
    else away += 1;
    const known = distances[index] ?? 0;
    if (away < known) distances[index] = away;
  }
}
