/**
 * Logs: every line that tells of a failure, the first and last lines, and of the rest how much of what kind it was.
 *
 *     line ─▶ failure? ─yes─▶ said before, word for word? ─no─▶ kept
 *               │                     └─yes─▶ left out, and the mark says so
 *               no ─▶ among the first or last lines, or the heading of a failure? ─yes─▶ kept
 *                              └─no─▶ left out: a mark with the range and the commonest pattern of the gap
 *
 * Lines that stay are unchanged, colours and all. A few passes over the lines; linear in the text.
 */
import type { Compressed, Compressor } from "../compressor.ts";
import { isExcerpt, rangeMark, writeExcerpt } from "../excerpt.ts";
import { failureLines, isHeading } from "./failure-lines.ts";
import { commonestPattern } from "./line-pattern.ts";

/** Where a log says what was run, and where it says how that ended. */
const FIRST_LINES = 2;
const LAST_LINES = 5;

/** A gap with fewer lines is not worth a word on what was in it. */
const DESCRIBED_GAP = 8;

/** The compressor of logs: of test runners, builds, package managers, servers. */
export function compressLog(): Compressor {
  return { kind: "log", lossless: false, compress };
}

function compress(text: string): Compressed | undefined {
  if (isExcerpt(text)) return undefined;
  const lines = text.split("\n");
  const fates = decide(lines);
  return writeExcerpt(lines, (index) => fates[index] === "kept", {
    what: "log",
    unit: "lines",
    separator: "\n",
    marked: "[…from–to]",
    mark: (from, to) =>
      rangeMark(from, to, describeGap(lines.slice(from - 1, to), fates.slice(from - 1, to))),
  });
}

type Fate = "kept" | "repeated" | "left out";

function decide(lines: readonly string[]): readonly Fate[] {
  const failures = failureLines(lines);
  const lastLine = lines.findLastIndex((line) => line.trim() !== "");
  const said = new Set<string>();
  const fates: Fate[] = [];
  let heading: number | undefined;
  for (const [index, line] of lines.entries()) {
    const isEdge = index < FIRST_LINES || (index > lastLine - LAST_LINES && index <= lastLine);
    const isFailure = failures[index] === true;
    if (isHeading(line)) heading = index;
    if (isFailure && said.has(line)) {
      fates.push("repeated");
      continue;
    }
    fates.push(isFailure || isEdge ? "kept" : "left out");
    if (!isFailure) continue;
    said.add(line);
    if (heading !== undefined) fates[heading] = "kept";
    heading = undefined;
  }
  return fates;
}

/** What is known of lines that were left out. */
function describeGap(lines: readonly string[], fates: readonly Fate[]): string {
  const repeated = fates.filter((fate) => fate === "repeated").length;
  const pattern = lines.length < DESCRIBED_GAP ? undefined : commonestPattern(lines);
  return [
    ...(repeated === 0 ? [] : [`${repeated} shown above`]),
    ...(pattern === undefined ? [] : [`${pattern.lines} like ${pattern.text}`]),
  ].join(", ");
}
