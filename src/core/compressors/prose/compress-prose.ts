/**
 * Prose, down to a token budget: the sentences that match the query best, in their order.
 *
 * Without a query the ranker has nothing to go by, and the text is left alone: the first sentences of a text are not
 * its meaning.
 */
import { splitSentences } from "../../../sentences.ts";
import type { Compressed, Compressor, Focus } from "../compressor.ts";
import { isExcerpt, rangeMark, writeExcerpt } from "../excerpt.ts";
import { fillBest } from "../fill-best.ts";
import { withinBudget } from "../within-budget.ts";

/** Tokens of a mark. */
const MARK_TOKENS = 6;

/** The compressor of prose in any language. */
export function compressProse(): Compressor {
  return { kind: "prose", lossless: false, compress };
}

function compress(text: string, focus: Focus): Compressed | undefined {
  if (isExcerpt(text) || focus.maxTokens === undefined || focus.query === "") return undefined;
  const sentences = splitSentences(text);
  const scores = focus.ranker.rank(focus.query, sentences);
  if (scores.every((score) => score === 0)) return undefined;
  const costs = sentences.map((sentence) => focus.tokenizer.count(sentence));
  return withinBudget(text, focus, (room) => {
    const kept = fillBest(costs, scores, { room, markTokens: MARK_TOKENS, isPinned: () => false });
    return writeExcerpt(sentences, (index) => kept.has(index), {
      what: "text",
      unit: "sentences",
      separator: "",
      marked: "[…from–to]",
      mark: (from, to) => `${rangeMark(from, to)} `,
    });
  });
}
