/**
 * Code, down to a token budget: imports, declarations, and the lines that matter for the query.
 *
 *     value(line) = (2 if it imports, 1 if it declares + match with the query, from 0 to 1)
 *                   × Σ over its new names of (1 + share of the name's parts that the query has)  /  names in the line
 *
 * A name is new until a line that was taken has it: what is said once need not be said again, and that is what most
 * lines of a body do. The line with the highest value is taken, while it fits. An import weighs twice a
 * declaration because it names what is used from elsewhere, which no other line may tell.
 *
 * Without a budget code is left alone: every line of it may be the one that is needed.
 */

import { takeBestFirst } from "../best-first.ts";
import type { Compressed, Compressor, Focus } from "../compressor.ts";
import { isExcerpt, writeExcerpt } from "../excerpt.ts";
import { withinBudget } from "../within-budget.ts";
import { identifiersOf, importLines, isSignature, partsOf } from "./code-line.ts";

const IMPORT_WEIGHT = 2;

/** Tokens of a mark: the sign, the number, the line break. */
const MARK_TOKENS = 3;

/** The compressor of source code. */
export function compressCode(): Compressor {
  return { kind: "code", lossless: false, compress };
}

function compress(text: string, focus: Focus): Compressed | undefined {
  if (isExcerpt(text) || focus.maxTokens === undefined) return undefined;
  const lines = text.split("\n");
  const weights = weigh(lines, focus);
  const costs = lines.map((line) => focus.tokenizer.count(`${line}\n`));
  return withinBudget(text, focus, (room) => {
    const kept = choose(lines, weights, costs, { room, query: focus.query });
    return writeExcerpt(lines, (index) => kept.has(index), {
      what: "piece of code",
      unit: "lines",
      separator: "\n",
      marked: "…n where n of them stood",
      mark: (from, to) => `…${to - from + 1}`,
    });
  });
}

/** How much each line matters, whatever else is taken. */
function weigh(lines: readonly string[], { query, ranker }: Focus): readonly number[] {
  const scores = query === "" ? [] : ranker.rank(query, lines);
  const best = scores.reduce((most, score) => Math.max(most, score), 0) || 1;
  const imports = importLines(lines);
  return lines.map((line, index) => {
    const structure = imports[index] ? IMPORT_WEIGHT : isSignature(line) ? 1 : 0;
    return structure + (scores[index] ?? 0) / best;
  });
}

/** Indexes of the lines that are taken. */
function choose(
  lines: readonly string[],
  weights: readonly number[],
  costs: readonly number[],
  { room, query }: { readonly room: number; readonly query: string },
): ReadonlySet<number> {
  const names = lines.map(identifiersOf);
  const worthOf = nameWorth(query.split("\n").flatMap(identifiersOf));
  const told = new Set<string>();
  const kept = new Set<number>();
  let left = room;

  function worthNow(index: number): number {
    const inLine = names[index] ?? [];
    const worth = inLine.reduce((sum, name) => (told.has(name) ? sum : sum + worthOf(name)), 0);
    return ((weights[index] ?? 0) * worth) / Math.max(1, inLine.length);
  }

  takeBestFirst(lines.length, worthNow, (index) => {
    const isBesideKept = kept.has(index - 1) || kept.has(index + 1);
    const cost = (costs[index] ?? 0) + (isBesideKept ? 0 : MARK_TOKENS);
    if (cost > left) return;
    left -= cost;
    kept.add(index);
    for (const name of names[index] ?? []) told.add(name);
  });
  return kept;
}

/** 1, and up to 1 more for the share of a name's parts that these names have. */
function nameWorth(names: Iterable<string>): (name: string) => number {
  const asked = new Set([...names].flatMap(partsOf));
  const known = new Map<string, number>();
  return (name) => {
    let worth = known.get(name);
    if (worth === undefined) {
      const parts = partsOf(name);
      worth = 1 + parts.filter((part) => asked.has(part)).length / (parts.length || 1);
      known.set(name, worth);
    }
    return worth;
  };
}
