/**
 * What a compile knows of the conversation before it chooses.
 *
 *     named, or seen before     goes on: its history is frozen into blocks as it rises, and nothing is chosen per call
 *     never seen                may be all there is: it goes out whole, or by relevance where it does not fit
 */

import type { WireMessage } from "../wires/wire.ts";
import type { Conversation } from "./blocks/conversation.ts";
import { type Decided, type Decision, decidedFor, type FrozenBlock } from "./blocks/decision.ts";
import { latestUserMessage } from "./running-turn.ts";

export interface History {
  readonly conversation: Conversation;
  /** All that was ever decided about it, other branches included. */
  readonly decisions: readonly Decision[];
  /** What holds for this request. */
  readonly decided: Decided;
  /** More calls are to be expected. */
  readonly goesOn: boolean;
}

export function toHistory(conversation: Conversation, decisions: readonly Decision[]): History {
  const decided = decidedFor(decisions, conversation);
  const isSeen = decided.blocks.length > 0 || decided.selection !== undefined;
  return { conversation, decisions, decided, goesOn: conversation.isNamed || isSeen };
}

/**
 * The first message from which on nothing was taken out: what a later one may refer to. It is behind the last block,
 * and in the running turn of a request that was chosen by relevance. Where it moves on, what stands before the messages
 * that refer changes as well: a reference that is written anew costs nothing in the provider's cache.
 */
export function staysFrom(
  { selection }: Decided,
  blocks: readonly FrozenBlock[],
  messages: readonly WireMessage[],
): number {
  const behindBlocks = blocks.at(-1)?.to ?? 0;
  if (selection === undefined || selection.cut.length === 0) return behindBlocks;
  return Math.max(behindBlocks, latestUserMessage(messages.slice(0, selection.at)) ?? selection.at);
}
