/**
 * Settles what becomes of a conversation's history, for good.
 *
 *     what was decided ─▶ blocks that are due now ─▶ whoever makes one first has decided ─▶ history, segments
 *
 *     compile, without blocks or session ─▶ what was cut stays cut ─▶ decided
 *
 * A dry run reads decisions and makes none.
 */
import type { Tokenizer } from "../tokenizer.ts";
import type { BlockSource } from "./blocks/block-writer.ts";
import type { Conversation } from "./blocks/conversation.ts";
import type { Decision } from "./blocks/decision.ts";
import type { BlockOrder, WrittenBlock } from "./blocks/water.ts";
import { type History, toHistory } from "./history.ts";
import { type Frozen, freeze } from "./passes/freeze.ts";
import type { CompileReport } from "./report.ts";
import type { CompileInput, Segment, SegmentsFrom } from "./segment.ts";
import type { Caller } from "./sharing/item.ts";

/** What is needed from the engine. */
export interface HistoryParts {
  /** What was decided about a conversation. Never rejects: without storage, nothing was. */
  decisions(caller: Caller, conversation: Conversation): Promise<readonly Decision[]>;
  /** Makes decisions the conversation's, for every process. Never rejects. @returns all that hold now */
  freeze(caller: Caller, conversation: Conversation, made: readonly Decision[]): Promise<readonly Decision[]>;
  /** Keeps originals of what was cut; says whether it could. Never rejects. */
  keepOriginals(caller: Caller, texts: readonly string[]): Promise<boolean>;
  /** Writes the text of a block. */
  writeBlock(order: BlockOrder, source: BlockSource): WrittenBlock;
}

/** Whose conversation it is. */
export interface HistorySource {
  readonly caller: Caller;
  readonly tokenizer: Tokenizer;
  readonly parts: HistoryParts;
  readonly conversation: Conversation;
}

/** What is known of the conversation, and its segments with the blocks that are due now. */
export async function settleHistory(
  segmentsFrom: SegmentsFrom,
  input: CompileInput,
  source: HistorySource,
  isDry: boolean,
): Promise<{ readonly history: History; readonly frozen: readonly Segment[] }> {
  const { caller, conversation, parts } = source;
  if (input.maxInputTokens === undefined)
    return { history: toHistory(conversation, []), frozen: segmentsFrom(0) };
  const history = toHistory(conversation, await parts.decisions(caller, conversation));
  const due = freezeDue(segmentsFrom, input, history, source);
  if (isDry || due.made.length === 0) return { history, frozen: due.segments };
  // Before the blocks, so that whoever reads a handle in one finds what it stands for.
  const handles = new Set(due.made.map(({ handle }) => handle));
  const originals = due.segments.filter(({ handle }) => handle !== undefined && handles.has(handle));
  await parts.keepOriginals(
    caller,
    originals.map(({ text }) => text),
  );
  const settled = toHistory(conversation, await parts.freeze(caller, conversation, due.made));
  return { history: settled, frozen: freezeDue(segmentsFrom, input, settled, source).segments };
}

/** The segments with all blocks that hold within the budget of `input`, and those of them that nobody has decided yet. */
export function freezeDue(
  segmentsFrom: SegmentsFrom,
  input: CompileInput,
  history: History,
  { caller, conversation, tokenizer, parts }: HistorySource,
): Frozen {
  const source = { tenant: caller.tenant, messages: input.messages, conversation, tokenizer };
  return freeze(segmentsFrom, input, history, tokenizer, (order) => parts.writeBlock(order, source));
}

/**
 * The first request of a conversation that may go on: what was cut of it stays cut. One that is far from its budget
 * needs no mark, since it goes out as it came.
 */
export async function settleSelection(
  segments: readonly Segment[],
  { maxInputTokens, tokensBefore }: CompileReport,
  { goesOn }: History,
  { caller, conversation, parts }: HistorySource,
): Promise<void> {
  if (goesOn || maxInputTokens === undefined || tokensBefore < MARKED_SHARE * maxInputTokens) return;
  const cut = segments.filter(({ action, role }) => action === "cut" && role !== "shared");
  const at = conversation.hashes.length;
  const selection: Decision = {
    kind: "selection",
    at,
    prefix: conversation.prefixAt(at),
    cut: cut.flatMap(({ messages }) => messages.slice(0, 1)),
  };
  await parts.freeze(caller, conversation, [selection]);
}

/** Half of the high water: a conversation does not rise by as much again in one call. */
const MARKED_SHARE = 0.3;
