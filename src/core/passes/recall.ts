/**
 * Chooses, from what the caller may read, what is worth saying beside the question.
 *
 * Items are taken apart into passages: a turn of a session is one, a document or a long note is its sentences. They are
 * ranked against the query, and the best taken until the token share is full. Left out is what the conversation says
 * already, word for word, and, unless the call has a token budget to fill, what matches far less than the best. What was
 * chosen stands in the order in which it was said, what contradicts it beside it (`provenance.ts`); passages of one item, and turns of one speaker, are one entry, with "…" for what is left out.
 */
import type { RankedText, Ranker } from "../../ranker.ts";
import { onOneLine, splitSentences } from "../../sentences.ts";
import { isInjected, type SharedEntry, writeSharedBlock, writeSharedEntry } from "../../shared-block.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { injectedTokens } from "../message-tokens.ts";
import { passages } from "../retrieval/passages.ts";
import { inGroups, isTurn, momentOf, toRankedText } from "../retrieval/ranked-items.ts";
import type { CompileInput, SegmentSource } from "../segment.ts";
import type { ContextItem } from "../sharing/item.ts";
import { areRivals, compareOrigin, inOrder, weigh, withRivals } from "./provenance.ts";

/** How much may be chosen. */
export interface SharedRoom {
  /** Tokens the whole block may take. */
  readonly maxTokens: number;
  /** Whether to fill them with whatever matches; else what matches far less than the best is left out. */
  readonly fill: boolean;
}

/** What may be chosen from, and how much of it. */
interface RecallSource extends SharedRoom {
  /** Readable by the caller, in order of creation. */
  readonly items: readonly ContextItem[];
  readonly ranker: Ranker;
  readonly tokenizer: Tokenizer;
}

/** What was chosen. */
export interface SharedContext {
  /** The whole block, to be injected byte for byte; empty: there is nothing to inject. */
  readonly text: string;
  /** The items it is made of, each once, in the order in which they were said. */
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
const MOST_PASSAGES = 4000;

/** Characters; a turn or a note that is longer is taken apart, however much belongs together in it. */
const LONGEST_TURN = 2000;
const LONGEST_NOTE = 300;

/** Characters. */
const SHORTEST_QUOTE = 20;

/** How often what is left is filled again: each time it is a tenth of what it was, and soon nothing fits. */
const MOST_ROUNDS = 5;

/** A share this small holds no entry: what is left of it ends the search. */
const LEAST_ENTRY_TOKENS = 5;

interface Passage {
  readonly item: ContextItem;
  /** Place among all passages. */
  readonly index: number;
  readonly text: string;
  readonly score: number;
}

export async function recall(input: CompileInput, source: RecallSource): Promise<SharedContext> {
  const { maxTokens, tokenizer } = source;
  const ranked = await rankPassages(input, source);
  const tokensOf = (passages: readonly Passage[]): number =>
    injectedTokens(writeSharedBlock(toEntries(passages)), tokenizer);
  // Passages are counted one by one, each turn with its speaker, and together they are less: what is left is filled again.
  let chosen: Passage[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const more = choose(ranked, chosen, maxTokens - tokensOf(chosen), tokenizer);
    if (more.length === chosen.length) break;
    chosen = more;
  }
  for (; chosen.length > 0; chosen.pop()) {
    const text = writeSharedBlock(toEntries(chosen));
    if (injectedTokens(text, tokenizer) <= maxTokens) return { text, sources: toSources(chosen) };
  }
  return NOTHING;
}

/** Passages that match, the best first and of equals the newest. */
async function rankPassages(input: CompileInput, source: RecallSource): Promise<readonly Passage[]> {
  const said = new Set(input.messages.map(({ text }) => text));
  const conversation = [...said].join("\n");
  const all = inGroups(source.items.filter(({ content }) => !said.has(content) && !isInjected(content)))
    .flatMap((item) => partsOf(item).map((text) => ({ item, text })))
    .slice(-MOST_PASSAGES)
    .map((passage, index): Passage => ({ ...passage, index, score: 0 }));
  if (all.length > 0) await source.ranker.prepare?.(input.query, all.map(toRanked), undefined);
  const matching = rankAmong(all, input.query, source);
  const repeated = new Set(
    matching.filter(({ text }) => conversation.includes(text.trim())).map(({ index }) => index),
  );
  if (repeated.size === 0) return withRivals(matching, all);
  // Ranked again without them, so that nothing is chosen only for standing beside what is said already.
  const others = all.filter(({ index }) => !repeated.has(index));
  return withRivals(rankAmong(others, input.query, source), others).filter(
    ({ text }) => !conversation.includes(text.trim()),
  );
}

function toRanked({ item, text }: Passage): RankedText {
  return toRankedText(item, text);
}

function partsOf(item: ContextItem): readonly string[] {
  const { title, content } = item;
  const longest = isTurn(item) ? LONGEST_TURN : LONGEST_NOTE;
  return title === undefined && content.length <= longest ? [content] : passages(content);
}

function rankAmong(
  candidates: readonly Passage[],
  query: string,
  { ranker, fill }: Pick<RecallSource, "ranker" | "fill">,
): readonly Passage[] {
  const scores = ranker.rank(query, candidates.map(toRanked));
  const weighed = weigh(candidates.map((passage, at) => ({ ...passage, score: scores[at] ?? 0 })));
  const best = weighed.reduce((most, { score }) => Math.max(most, score), 0);
  const begun = new Set<ContextItem>();
  return weighed
    .toSorted((a, b) => b.score - a.score || compareOrigin(a, b) || b.index - a.index)
    .filter(({ item, score }) => {
      const least = fill ? 0 : best * (begun.has(item) ? LEAST_FURTHER_SCORE : LEAST_SCORE);
      begun.add(item);
      return score > 0 && score >= least;
    });
}

/** What is chosen already and the best that fit beside it, each sentence once: no quote of another agent is told twice. */
function choose(
  ranked: readonly Passage[],
  chosen: readonly Passage[],
  room: number,
  tokenizer: Tokenizer,
): Passage[] {
  const all = [...chosen];
  const taken = new Set(chosen.flatMap(({ text }) => quotable(text)));
  const begun = new Map(chosen.map(({ item }) => [item, toEntry(item, "")]));
  const places = new Set(chosen.map(({ index }) => index));
  let left = room;
  for (const passage of ranked) {
    if (left < LEAST_ENTRY_TOKENS) break;
    if (places.has(passage.index)) continue;
    const text = splitSentences(passage.text)
      .filter((sentence) => !taken.has(onOneLine(sentence)))
      .join("");
    if (text.trim() === "") continue;
    const cost = costOf(passage.item, text.trim(), begun, tokenizer);
    if (cost > left) continue;
    left -= cost;
    for (const sentence of quotable(text)) taken.add(sentence);
    begun.set(passage.item, toEntry(passage.item, ""));
    all.push({ ...passage, text });
  }
  return all;
}

/** The sentences by which a quote is known. A short one is none: "Yes." means something else each time. */
function quotable(text: string): readonly string[] {
  return splitSentences(text)
    .map(onOneLine)
    .filter((sentence) => sentence.length >= SHORTEST_QUOTE);
}

/**
 * What a passage adds, at most: alone where its entry is begun, else with its line, and of a turn with its speaker, who
 * may be the one before it in the end; nothing for a day that is there.
 */
function costOf(
  item: ContextItem,
  text: string,
  begun: ReadonlyMap<ContextItem, SharedEntry>,
  tokenizer: Tokenizer,
): number {
  if (begun.has(item)) return tokenizer.count(` ${text}`);
  const entry = withoutTold(toEntry(item, text));
  const before = [...begun.values()].at(-1);
  const isDayTold = entry.undated || [...begun.keys()].some((other) => dayOf(other) === dayOf(item));
  const line = writeSharedEntry(entry, isTurn(item) ? undefined : before?.agentId);
  return tokenizer.count(`${line}\n`) + (isDayTold ? 0 : DAY_TOKENS);
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The line of a day. */
const DAY_TOKENS = 8;

function toEntries(chosen: readonly Passage[]): readonly SharedEntry[] {
  const entries: SharedEntry[] = [];
  let before: Passage | undefined;
  for (const passage of inOrder(chosen)) {
    const begun = before !== undefined && isOneEntry(before.item, passage.item) ? entries.pop() : undefined;
    const between = before === undefined ? "" : joint(before, passage);
    entries.push(
      toEntry(passage.item, begun === undefined ? passage.text : begun.text + between + passage.text),
    );
    before = passage;
  }
  return entries.map((entry) => withoutTold({ ...entry, text: entry.text.trim() }));
}

/** A title that its own text says is not said twice. */
function withoutTold(entry: SharedEntry): SharedEntry {
  const { title, text } = entry;
  const name = title?.replace(/\s*\(.*\)$/, "").toLowerCase();
  return name !== undefined && text.toLowerCase().includes(name) ? { ...entry, title: undefined } : entry;
}

/** Passages of one item, and what one agent says in a session on one day, have one header. */
function isOneEntry(before: ContextItem, item: ContextItem): boolean {
  if (before === item) return true;
  if (areRivals(before, item)) return false;
  const isSameSource = before.agentId === item.agentId && before.sessionId === item.sessionId;
  return isSameSource && isTurn(before) && isTurn(item) && dayOf(before) === dayOf(item);
}

/** What stands between passages of one entry: what was left out is marked, and a new turn begins on a new line. */
function joint(before: Passage, passage: Passage): string {
  const isNext = before.index + 1 === passage.index;
  if (isNext) return before.item === passage.item ? "" : "\n";
  return /\s$/.test(before.text) ? "… " : " … ";
}

function dayOf(item: ContextItem): number {
  return Math.floor(momentOf(item) / DAY_MS);
}

function toEntry(item: ContextItem, text: string): SharedEntry {
  const { agentId, title, occurredAt } = item;
  return {
    agentId,
    title,
    at: momentOf(item),
    undated: title !== undefined && occurredAt === undefined,
    text,
  };
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
