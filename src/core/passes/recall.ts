/**
 * Chooses, from what the caller may read, what is worth saying beside the question.
 *
 * Items are taken apart into passages, the passages ranked against the query, and the best taken until the token share
 * is full. Left out is what the conversation says already, word for word, and what matches far less than the best.
 * What was chosen stands in the order in which it was said; neighbouring passages of one item are one entry.
 */
import type { Ranker } from "../../ranker.ts";
import { onOneLine, splitSentences } from "../../sentences.ts";
import { isInjected, type SharedEntry, writeSharedBlock, writeSharedEntry } from "../../shared-block.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { countMessage } from "../message-tokens.ts";
import { passages } from "../retrieval/passages.ts";
import type { CompileInput, SegmentSource } from "../segment.ts";
import type { ContextItem } from "../sharing/item.ts";

/** What may be chosen from, and how much of it. */
interface RecallSource {
  /** Readable by the caller, in order of creation. */
  readonly items: readonly ContextItem[];
  /** Tokens the whole block may take. */
  readonly maxTokens: number;
  readonly ranker: Ranker;
  readonly tokenizer: Tokenizer;
}

/** What was chosen. */
export interface SharedContext {
  /** The whole block, to be injected byte for byte; empty: there is nothing to inject. */
  readonly text: string;
  /** The items it is made of, each once, in order of creation. */
  readonly sources: readonly SegmentSource[];
}

/** Nothing to inject. */
export const NOTHING: SharedContext = { text: "", sources: [] };

/** Shares of the best score. Below the first, an item has a word in common with the question and not much else. */
const LEAST_SCORE = 0.25;

/**
 * And what else of an item comes along must match by itself: standing beside the best lends a passage 0.45 of its
 * score, which brings the answer that another item gives, but would bring most of a long text.
 */
const LEAST_FURTHER_SCORE = 0.6;

/** Passages that are ranked, the newest: bounds the time a compile takes. */
const MOST_PASSAGES = 2000;

/** A share this small holds no entry: what is left of it ends the search. */
const LEAST_ENTRY_TOKENS = 16;

interface Passage {
  readonly item: ContextItem;
  /** Place among all passages. */
  readonly index: number;
  readonly text: string;
  readonly score: number;
}

export function recall(input: CompileInput, source: RecallSource): SharedContext {
  const { maxTokens, tokenizer } = source;
  const chosen = [...choose(rankPassages(input, source), source)];
  // Entries were counted one by one; together they may take a few tokens more.
  for (; chosen.length > 0; chosen.pop()) {
    const entries = toEntries(chosen);
    const text = writeSharedBlock(entries);
    if (injectedTokens(text, tokenizer) <= maxTokens) return { text, sources: toSources(chosen) };
  }
  return NOTHING;
}

/** Tokens a block costs as a message of its own. */
export function injectedTokens(text: string, tokenizer: Tokenizer): number {
  return countMessage({ role: "user", text, toolCalls: [], toolResultsFor: [], mediaParts: 0 }, tokenizer);
}

/** Passages that match, the best first and of equals the newest. */
function rankPassages(input: CompileInput, { items, ranker }: RecallSource): readonly Passage[] {
  const said = new Set(input.messages.map(({ text }) => text));
  const conversation = [...said].join("\n");
  const all = items
    .filter(({ content }) => !said.has(content) && !isInjected(content))
    .flatMap((item) => passages(item.content).map((text) => ({ item, text })))
    .slice(-MOST_PASSAGES)
    .map((passage, index): Passage => ({ ...passage, index, score: 0 }));
  const matching = rankAmong(all, input.query, ranker);
  const repeated = new Set(
    matching.filter(({ text }) => conversation.includes(text.trim())).map(({ index }) => index),
  );
  if (repeated.size === 0) return matching;
  // Ranked again without them, so that nothing is chosen only for standing beside what is said already.
  return rankAmong(
    all.filter(({ index }) => !repeated.has(index)),
    input.query,
    ranker,
  ).filter(({ text }) => !conversation.includes(text.trim()));
}

function rankAmong(candidates: readonly Passage[], query: string, ranker: Ranker): readonly Passage[] {
  const scores = ranker.rank(
    query,
    candidates.map(({ text }) => text),
  );
  const best = scores.reduce((most, score) => Math.max(most, score), 0);
  const begun = new Set<ContextItem>();
  return candidates
    .map((passage, at) => ({ ...passage, score: scores[at] ?? 0 }))
    .sort((a, b) => b.score - a.score || b.index - a.index)
    .filter(({ item, score }) => {
      const least = best * (begun.has(item) ? LEAST_FURTHER_SCORE : LEAST_SCORE);
      begun.add(item);
      return score > 0 && score >= least;
    });
}

/** The best that fit, each sentence once: what one agent quotes of another is not told twice. */
function* choose(ranked: readonly Passage[], { maxTokens, tokenizer }: RecallSource): Iterable<Passage> {
  const taken = new Set<string>();
  const told = new Set<ContextItem>();
  let left = maxTokens - injectedTokens(writeSharedBlock([]), tokenizer);
  for (const passage of ranked) {
    if (left < LEAST_ENTRY_TOKENS) return;
    const text = splitSentences(passage.text)
      .filter((sentence) => !taken.has(onOneLine(sentence)))
      .join("");
    if (text.trim() === "") continue;
    const cost = tokenizer.count(
      told.has(passage.item) ? text : writeSharedEntry(toEntry(passage.item, text.trim())),
    );
    if (cost > left) continue;
    left -= cost;
    for (const sentence of splitSentences(text)) taken.add(onOneLine(sentence));
    told.add(passage.item);
    yield { ...passage, text };
  }
}

function toEntries(chosen: readonly Passage[]): readonly SharedEntry[] {
  const entries: SharedEntry[] = [];
  let before: Passage | undefined;
  for (const passage of chosen.toSorted((a, b) => a.index - b.index)) {
    const goesOn = before?.item === passage.item && before.index + 1 === passage.index;
    const begun = goesOn ? entries.pop() : undefined;
    entries.push(toEntry(passage.item, (begun?.text ?? "") + passage.text));
    before = passage;
  }
  return entries.map((entry) => ({ ...entry, text: entry.text.trim() }));
}

function toEntry({ agentId, createdAt }: ContextItem, text: string): SharedEntry {
  return { agentId, createdAt, text };
}

/** One for each item, in order of creation, with the score of its best passage. */
function toSources(chosen: readonly Passage[]): readonly SegmentSource[] {
  const best = new Map<ContextItem, Passage>();
  for (const passage of chosen) if (!best.has(passage.item)) best.set(passage.item, passage);
  return [...best.values()].sort((a, b) => a.index - b.index).map(({ item, score }) => toSource(item, score));
}

/** The provenance of an item; without a score where it was chosen by an earlier compile. */
export function toSource(item: ContextItem, score?: number): SegmentSource {
  const { id, agentId, sessionId, audience, createdAt } = item;
  return { id, agentId, sessionId, audience, createdAt: new Date(createdAt).toISOString(), score };
}
