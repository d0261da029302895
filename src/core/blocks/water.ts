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
 * Where an agent works for long on one thing that the user said, that is still too much. Then the older steps of the running
 * turn are frozen too; what the user said and the latest groups stay:
 *
 *     user │ step  step  step  step │ step  step
 *          └──────── block ─────────┘
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
  /** First messages of the segments between them that it does not stand for. */
  readonly kept: readonly number[];
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
    if (at > seen && turn !== undefined) {
      const call = { at, turn, calls };
      blocks = withinTurn(risen(blocks, call, levels, input), call, levels, input);
    }
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
  const { levels, room, total } = fillOf(blocks, call, levelsFrom, input);
  const from = blocks.at(-1)?.to ?? 0;
  const frozen = sumOf(blocks);
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
    ? [order({ from: blocks[0]?.from ?? 0, to: from, kept: [] }, call, merged, [], input)]
    : blocks;
  return [...before, order({ from, to, kept: [] }, call, BLOCK_SHARE * covered, before, input)];
}

/** Where the request is still more than there is room for: with the older steps of the running turn in a block. */
function withinTurn(
  blocks: readonly WrittenBlock[],
  call: Call,
  levelsFrom: (from: number) => Levels,
  input: WaterInput,
): WrittenBlock[] {
  const { levels, room, total } = fillOf(blocks, call, levelsFrom, input);
  if (total <= room) return [...blocks];

  const segments = apartSegments(input);
  const from = blocks.at(-1)?.to ?? 0;
  const first = Math.max(from, call.turn + 1);
  const low = LOW_WATER * room - sumOf(blocks);
  const stays = keptFrom(segments, levels.begun[call.at] ?? 0, first, { ...call, turn: call.at }, low);
  const to = segments[stays]?.messages[0] ?? call.at;
  const covered = between(levels.open, first, to);
  if (covered < LEAST_COVERED) return [...blocks];

  // What the user said in it, and what was said before and is in no block.
  const kept = segments.flatMap(({ messages: [begins = -1] }) =>
    begins >= from && begins < first ? [begins] : [],
  );
  const ofTurn = blocks.filter((block) => block.to > call.turn);
  const before = blocks.slice(0, blocks.length - ofTurn.length);
  const isCrowded = ofTurn.length > 1 && sumOf(blocks) + BLOCK_SHARE * covered > BLOCKS_SHARE * room;
  if (isCrowded) {
    const whole = { from: ofTurn[0]?.from ?? 0, to: from, kept: ofTurn[0]?.kept ?? [] };
    before.push(order(whole, call, MERGED_SHARE * BLOCKS_SHARE * room, before, input));
  } else before.push(...ofTurn);
  return [...before, order({ from, to, kept }, call, BLOCK_SHARE * covered, before, input)];
}

/** How full a call is with these blocks in it: its tokens, and the room for them, both less its instructions. */
function fillOf(
  blocks: readonly WrittenBlock[],
  call: Call,
  levelsFrom: (from: number) => Levels,
  input: WaterInput,
): { readonly levels: Levels; readonly room: number; readonly total: number } {
  const levels = levelsFrom(staysFrom(input.decided, blocks, input.messages));
  const room = input.budget - (levels.system[call.at] ?? 0);
  return { levels, room, total: totalOf(blocks, call, levels, input) };
}

/** Tokens of a call, less its instructions. */
function totalOf(blocks: readonly WrittenBlock[], { at }: Call, levels: Levels, input: WaterInput): number {
  const from = blocks.at(-1)?.to ?? 0;
  const open = sumOf(blocks) + between(levels.open, from, at) + (levels.fixed[at] ?? 0);
  const kept = new Set(blocks.flatMap((block) => block.kept ?? []));
  if (kept.size === 0) return open;
  const staying = apartSegments(input).filter(
    (segment) => kept.has(segment.messages[0] ?? -1) && segment.role !== "system" && !isFixed(segment),
  );
  return staying.reduce((sum, { tokens }) => sum + tokens, open);
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
  range: Pick<BlockOrder, "from" | "to" | "kept">,
  { at }: Call,
  maxTokens: number,
  before: readonly WrittenBlock[],
  input: WaterInput,
): WrittenBlock {
  const covered = coveredBy(range, apartSegments(input));
  const told = before.map(({ text }) => text).join("\n");
  return input.write({ ...range, at, covered, maxTokens: Math.floor(maxTokens), told });
}

/** The segments that a block stands for: of its messages, those that are neither pinned nor kept. */
export function coveredBy(
  { from, to, kept }: Pick<FrozenBlock, "from" | "to" | "kept">,
  segments: readonly Segment[],
): readonly Segment[] {
  return segments.filter((segment) => {
    const first = segment.messages[0] ?? -1;
    if (first < from || first >= to || kept?.includes(first)) return false;
    return segment.role !== "system" && !isFixed(segment);
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
