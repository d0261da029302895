/**
 * Texts from which parts were left out. The first line says how much, how it is marked, and that the source is as it
 * was: a reader must not take a gap for a damaged file.
 *
 *     [Excerpt of a log: 329 of 512 lines left out, marked […from–to]; source unchanged]
 *     first line
 *     […2–330: 320 like "test_… ok"]
 *     line 331
 */
import type { Compressed, Elision } from "./compressor.ts";

const OPENING = "[Excerpt of a ";

/** Whether a text is one from which something was left out. */
export function isExcerpt(text: string): boolean {
  return text.startsWith(OPENING);
}

/** An excerpt that also says by which handle the whole text is to be had. */
export function withHandle(excerpt: string, handle: string): string {
  const end = excerpt.indexOf("]\n");
  return `${excerpt.slice(0, end)}; original: ${handle}${excerpt.slice(end)}`;
}

/** How an excerpt is written. */
interface ExcerptStyle {
  /** What the text is, e.g. "log". */
  readonly what: string;
  readonly unit: Elision["unit"];
  /** Stands between the parts. */
  readonly separator: string;
  /** What a mark looks like, as the first line tells it. */
  readonly marked: string;
  /** The mark for parts that are left out. */
  mark(from: number, to: number): string;
}

/**
 * The excerpt of `parts` with those that are kept, unchanged; `undefined` if none can be left out. A gap that is no
 * longer than its mark is not left out.
 */
export function writeExcerpt(
  parts: readonly string[],
  isKept: (index: number) => boolean,
  style: ExcerptStyle,
): Compressed | undefined {
  const { what, unit, separator, marked } = style;
  const output: string[] = [];
  const elided: Elision[] = [];
  for (let start = 0; start < parts.length; ) {
    const kept = isKept(start);
    let end = start + 1;
    while (end < parts.length && isKept(end) === kept) end += 1;
    const run = parts.slice(start, end);
    const mark = kept ? "" : style.mark(start + 1, end);
    if (kept || run.join(separator).length <= mark.length) {
      // Not spread into arguments: a run may be longer than the stack.
      for (const part of run) output.push(part);
    } else {
      output.push(mark);
      elided.push({ from: start + 1, to: end, unit });
    }
    start = end;
  }
  if (elided.length === 0) return undefined;
  const count = elided.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const header = `${OPENING}${what}: ${count} of ${parts.length} ${unit} left out, marked ${marked}; source unchanged]`;
  return { text: `${header}\n${output.join(separator)}`, elided };
}

/** "[…12–340]", or with what is known of the gap, "[…12–340: 329 like x]". */
export function rangeMark(from: number, to: number, about = ""): string {
  const range = from === to ? `${from}` : `${from}–${to}`;
  return `[…${range}${about === "" ? "" : `: ${about}`}]`;
}
