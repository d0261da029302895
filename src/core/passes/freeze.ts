/**
 * Puts frozen blocks in the place of what was said long ago, and leaves out what was cut when this conversation was
 * first seen. Both stay as they are in every later request: what was cut stays cut, and a block keeps its bytes.
 */

import type { Tokenizer } from "../../tokenizer.ts";
import type { FrozenBlock } from "../blocks/decision.ts";
import { type BlockOrder, coveredBy, findBlocks, type WrittenBlock } from "../blocks/water.ts";
import { type History, staysFrom } from "../history.ts";
import { injectedTokens } from "../message-tokens.ts";
import type { CompileInput, Segment, SegmentsFrom } from "../segment.ts";

/** What the history came to. */
export interface Frozen {
  readonly segments: readonly Segment[];
  /** Blocks that nobody has decided yet. */
  readonly made: readonly FrozenBlock[];
}

/** Freezes what is due. A conversation of which nothing is known stays as it is: it may be a single call. */
export function freeze(
  segmentsFrom: SegmentsFrom,
  { messages, maxInputTokens, overheadTokens }: CompileInput,
  { decided, goesOn }: History,
  tokenizer: Tokenizer,
  write: (order: BlockOrder) => WrittenBlock,
): Frozen {
  if (maxInputTokens === undefined || !goesOn) return { segments: segmentsFrom(0), made: [] };
  const blocks = findBlocks({
    messages,
    segmentsFrom,
    budget: maxInputTokens - overheadTokens,
    decided,
    write,
    tokensOf: ({ text }) => injectedTokens(text, tokenizer),
  });
  const segments = segmentsFrom(staysFrom(decided, blocks, messages));
  return {
    segments: put(blocks, segments, new Set(decided.selection?.cut)),
    made: blocks.filter((block) => !decided.blocks.some((old) => isSame(old, block))).map(toDecision),
  };
}

function isSame(one: FrozenBlock, other: FrozenBlock): boolean {
  return one.from === other.from && one.to === other.to;
}

function toDecision({ tokens: _, ...decision }: WrittenBlock): FrozenBlock {
  return decision;
}

function put(
  blocks: readonly WrittenBlock[],
  segments: readonly Segment[],
  cut: ReadonlySet<number>,
): readonly Segment[] {
  const frozen = new Map<Segment, Segment>();
  for (const block of blocks) {
    const covered = coveredBy(block, segments);
    const segment = toSegment(block, covered);
    for (const each of covered) frozen.set(each, segment);
  }
  const placed = new Set<Segment>();
  return segments.flatMap((segment): readonly Segment[] => {
    const block = frozen.get(segment);
    if (block !== undefined) {
      if (placed.has(block)) return [];
      placed.add(block);
      return [block];
    }
    const isCut = cut.has(segment.messages[0] ?? -1) && segment.pinned === undefined;
    return [
      isCut ? { ...segment, action: "cut", reason: "cut when this conversation was first seen" } : segment,
    ];
  });
}

function toSegment(block: WrittenBlock, covered: readonly Segment[]): Segment {
  const messages = covered.flatMap((segment) => segment.messages);
  return {
    id: `m${block.from}-${block.to - 1}`,
    role: "block",
    messages,
    text: originalOf(covered),
    emitted: block.text,
    tokens: block.tokens,
    tokensBefore: covered.reduce((sum, { tokens, tokensBefore = tokens }) => sum + tokensBefore, 0),
    pinned: undefined,
    action: "compressed",
    reason: `${messages.length} messages, frozen as one for the rest of the conversation`,
    handle: block.handle,
  };
}

/** What a block of these segments stands for, as it is kept to be had back. */
export function originalOf(covered: readonly Segment[]): string {
  return covered.map(({ text }) => text).join("\n");
}
