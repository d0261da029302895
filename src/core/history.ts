/**
 * What a compile knows of the conversation before it chooses.
 *
 *     named, or seen before     goes on: its history is frozen into blocks as it rises, and nothing is chosen per call
 *     never seen                may be all there is: it goes out whole, or by relevance where it does not fit
 */
import type { Conversation } from "./blocks/conversation.ts";
import { type Decided, type Decision, decidedFor } from "./blocks/decision.ts";

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
