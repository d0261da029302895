/**
 * When blocks are frozen, and of what: the history rises from call to call, and at the high water all but its latest
 * part becomes a block.
 *
 *     room ─────────────────────────────   the budget less tools and instructions
 *     high water ──────────────┐    ┌───
 *                            ╱ │  ╱        blocks and messages rise with every call
 *                          ╱   │╱
 *     low water ─────────╱─────┴───────   what is kept of the messages as they are, at least the two latest groups
 *
 * Every call before this one is gone through again, each as it was: with the messages before one of the assistant's. So a
 * conversation compiles to the same bytes in a process that has never seen it, and what is decided already is where it
 * begins. A block pays when the calls to come, taken to be as many as those so far, win back what is written anew:
 *
 *     calls · 0.1 · removed ≥ (1.25 − 0.1) · rewritten        prices of a cached and a written token, in those of a plain one
 *
 * A result that refers to one in the block is written out again, which counts as not removed. Beyond the room a block is
 * made whether it pays or not. Where blocks take more than their share, all of them become one, written from the messages
 * themselves, and the next block follows it.
 *
 * O(messages), but for what is written: the caller writes each block, and remembers it.
 */
import type { WireMessage } from "../../wires/wire.ts";
import { staysFrom } from "../history.ts";
import { beginsTurn } from "../running-turn.ts";
import { isFixed, type Segment, type SegmentsFrom } from "../segment.ts";
import type { Decided, FrozenBlock, FrozenSelection } from "./decision.ts";

/** Share of the room at which a block is due, and that is filled again when it is made. */
const HIGH_WATER = 0.6;
const LOW_WATER = 0.15;

/** Groups that are kept as they are, the running turn among them: what was said last is what comes next. */
const FEWEST_GROUPS = 2;

/** Tokens of a block for each token it stands for. Of less, values that are needed later are lost. */
const BLOCK_SHARE = 0.2;

/** Tokens worth a block: of fewer, its own tags would be most. */
const LEAST_COVERED = 200;

/** Share of the room that blocks may take, and of that share what they are merged to. */
const BLOCKS_SHARE = 0.3;
const MERGED_SHARE = 1 / 3;

/** Prices where the write costs most, so that a block that pays there pays everywhere. */
const READ_PRICE = 0.1;
const WRITE_PRICE = 1.25;

/** What is to be written as a block. */
export interface BlockOrder {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  /** What it stands for, in order. */
  readonly covered: readonly Segment[];
  readonly maxTokens: number;
  /** What the blocks before it say. */
  readonly told: string;
}

export interface WrittenBlock extends FrozenBlock {
  /** As a message of the request. */
  readonly tokens: number;
}

export interface WaterInput {
  readonly messages: readonly WireMessage[];
  /** Of all messages, in order. */
  readonly segmentsFrom: SegmentsFrom;
  /** Tokens of the request, less tools and schemas. */
  readonly budget: number;
  readonly decided: Decided;
  readonly write: (order: BlockOrder) => WrittenBlock;
  readonly tokensOf: (block: FrozenBlock) => number;
}

/** The blocks of a request, in order: those that are decided, and those that were due since. */
export function findBlocks(input: WaterInput): readonly WrittenBlock[] {
  const { messages, decided } = input;
  const levels = levelsFrom(input);
  let blocks = decided.blocks.map((block): WrittenBlock => ({ ...block, tokens: input.tokensOf(block) }));
  let turn: number | undefined;
  let calls = 0;
  const seen = Math.max(decided.selection?.at ?? 0, ...decided.blocks.map(({ at }) => at));
  for (let at = 1; at <= messages.length; at++) {
    const last = messages[at - 1];
    if (last !== undefined && beginsTurn(last)) turn = at - 1;
    if (at < messages.length && messages[at]?.role !== "assistant") continue;
    if (at > seen && turn !== undefined) blocks = risen(blocks, { at, turn, calls }, levels, input);
    calls += 1;
  }
  return blocks;
}

interface Call {
  /** Messages in the request. */
  readonly at: number;
  /** The running turn begins with this message. */
  readonly turn: number;
  /** Calls before it. */
  readonly calls: number;
}

/** Levels where results refer to each other from a message on; measured once for each, since blocks are few. */
function levelsFrom(input: WaterInput): (from: number) => Levels {
  const known = new Map<number, Levels>();
  return (from) => {
    const levels = known.get(from) ?? measure(input, from);
    known.set(from, levels);
    return levels;
  };
}

/** Tokens of the messages before each, by what may become of them. */
interface Levels {
  readonly system: readonly number[];
  /** May be frozen. */
  readonly open: readonly number[];
  /** Stays as it is. */
  readonly fixed: readonly number[];
  /** Segments that have begun. */
  readonly begun: readonly number[];
}

function measure({ messages, segmentsFrom, decided }: WaterInput, from: number): Levels {
  const segments = segmentsFrom(from);
  const cut = new Set(decided.selection?.cut);
  const levels = { system: [0], open: [0], fixed: [0], begun: [0] };
  const starts = new Set(segments.map((segment) => segment.messages[0]));
  const ends = new Map(segments.map((segment) => [segment.messages.at(-1), segment]));
  for (const index of messages.keys()) {
    levels.begun.push((levels.begun.at(-1) ?? 0) + (starts.has(index) ? 1 : 0));
    const segment = ends.get(index);
    const tokens = segment === undefined || cut.has(segment.messages[0] ?? -1) ? 0 : segment.tokens;
    const kind =
      segment?.role === "system" ? "system" : segment !== undefined && isFixed(segment) ? "fixed" : "open";
    for (const name of ["system", "open", "fixed"] as const) {
      levels[name].push((levels[name].at(-1) ?? 0) + (name === kind ? tokens : 0));
    }
  }
  return levels;
}

function risen(
  blocks: readonly WrittenBlock[],
  call: Call,
  levelsFrom: (from: number) => Levels,
  input: WaterInput,
): WrittenBlock[] {
  const levels = levelsFrom(staysFrom(input.decided, blocks, input.messages));
  const from = blocks.at(-1)?.to ?? 0;
  const frozen = sumOf(blocks);
  const room = input.budget - (levels.system[call.at] ?? 0);
  const total = frozen + (levels.fixed[call.at] ?? 0) + between(levels.open, from, call.at);
  const isFull = total > room;
  if (!isFull && (stands(input.decided.selection, blocks) || total <= HIGH_WATER * room)) return [...blocks];

  const apart = levelsFrom(input.messages.length);
  const segments = apartSegments(input);
  const kept = keptFrom(segments, levels.begun[call.at] ?? 0, from, call, LOW_WATER * room - frozen);
  const to = segments[kept]?.messages[0] ?? call.at;
  const covered = between(levels.open, from, to);
  const isCrowded = blocks.length > 1 && frozen + BLOCK_SHARE * covered > BLOCKS_SHARE * room;
  const merged = isCrowded ? MERGED_SHARE * BLOCKS_SHARE * room : frozen;
  // What refers to covered messages stands for itself again.
  const unfolded = between(apart.open, to, call.at) - between(levels.open, to, call.at);
  const removed = covered * (1 - BLOCK_SHARE) + frozen - merged - unfolded;
  const rewritten = total - removed - (isCrowded ? 0 : frozen);
  const pays = call.calls * READ_PRICE * removed >= (WRITE_PRICE - READ_PRICE) * rewritten;
  if (covered < LEAST_COVERED || !(pays || (isFull && removed > 0))) return [...blocks];

  const before = isCrowded
    ? [order(blocks[0]?.from ?? 0, from, call, Math.floor(merged), "", input)]
    : [...blocks];
  const told = before.map(({ text }) => text).join("\n");
  return [...before, order(from, to, call, Math.floor(BLOCK_SHARE * covered), told, input)];
}

/** The segments where nothing refers to anything. */
function apartSegments({ messages, segmentsFrom }: WaterInput): readonly Segment[] {
  return segmentsFrom(messages.length);
}

/** What was chosen by relevance stays while it fits, and no block was made since. */
function stands(selection: FrozenSelection | undefined, blocks: readonly WrittenBlock[]): boolean {
  if (selection === undefined || selection.cut.length === 0) return false;
  return blocks.every(({ at }) => at <= selection.at);
}

function order(
  from: number,
  to: number,
  { at }: Call,
  maxTokens: number,
  told: string,
  input: WaterInput,
): WrittenBlock {
  const covered = coveredBy({ from, to }, apartSegments(input));
  return input.write({ from, to, at, covered, maxTokens, told });
}

/** The segments that a block stands for: of its messages, those that are not pinned. */
export function coveredBy(
  { from, to }: Pick<FrozenBlock, "from" | "to">,
  segments: readonly Segment[],
): readonly Segment[] {
  return segments.filter((segment) => {
    const first = segment.messages[0] ?? -1;
    return first >= from && first < to && segment.role !== "system" && !isFixed(segment);
  });
}

/**
 * Index of the first segment that is kept as it is.
 *
 * @param begun - segments that have begun
 * @param from - messages before this are in blocks
 */
function keptFrom(
  segments: readonly Segment[],
  begun: number,
  from: number,
  { turn }: Call,
  tokens: number,
): number {
  let kept = begun;
  let groups = 0;
  let left = tokens;
  for (; kept > 0; kept--) {
    const before = segments[kept - 1];
    const first = before?.messages[0] ?? 0;
    if (before === undefined || first < from) break;
    if (before.role === "system") continue;
    const isLatest = first >= turn || groups < FEWEST_GROUPS;
    if (!isLatest && before.tokens > left) break;
    left -= before.tokens;
    groups += 1;
  }
  return kept;
}

function between(levels: readonly number[], from: number, to: number): number {
  return (levels[to] ?? 0) - (levels[from] ?? 0);
}

function sumOf(blocks: readonly WrittenBlock[]): number {
  return blocks.reduce((sum, { tokens }) => sum + tokens, 0);
}
