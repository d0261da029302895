import type { Conversation } from "./conversation.ts";

/**
 * What was decided about the beginning of a conversation, for good: every later request of it is compiled to the same
 * beginning, so that a provider's prompt cache goes on hitting.
 */
export type Decision = FrozenBlock | FrozenSelection;

/** Messages that a text stands for, in all requests that begin with them. */
export interface FrozenBlock {
  readonly kind: "block";
  /** First message, and the one behind the last. What is pinned between them stays as it is. */
  readonly from: number;
  readonly to: number;
  /** Of these messages, the first of segments that stay as they are all the same; `undefined`: none. */
  readonly kept?: readonly number[] | undefined;
  /** Messages in the request it was made for: earlier requests went without it. */
  readonly at: number;
  /** Hash of the messages before `to`. */
  readonly prefix: string;
  /** As it stands in the request. */
  readonly text: string;
  /** Where the messages can be had back. */
  readonly handle: string;
}

/**
 * A request that was the first seen of its conversation, and went out whole or by relevance. Those that go on from it
 * go without what was cut then.
 */
export interface FrozenSelection {
  readonly kind: "selection";
  /** Messages in that request. */
  readonly at: number;
  /** Hash of them. */
  readonly prefix: string;
  /** First messages of the segments that were cut. */
  readonly cut: readonly number[];
}

/** The decisions about one request: blocks that follow each other from the beginning, and perhaps a selection. */
export interface Decided {
  readonly blocks: readonly FrozenBlock[];
  readonly selection: FrozenSelection | undefined;
}

/**
 * Those of a conversation's decisions that hold for a request: made for this beginning, and not for a later request. Of
 * two blocks that begin at the same message the longer one, into which the other was merged.
 *
 * @param conversation - of the request
 */
export function decidedFor(
  decisions: readonly Decision[],
  { hashes: { length }, prefixAt }: Pick<Conversation, "hashes" | "prefixAt">,
): Decided {
  const blocks: FrozenBlock[] = [];
  const holding = decisions.filter(
    (decision): decision is FrozenBlock =>
      decision.kind === "block" && decision.at <= length && prefixAt(decision.to) === decision.prefix,
  );
  for (let from = 0; ; ) {
    const next = holding
      .filter((block) => block.from === from && block.to > from)
      .reduce<FrozenBlock | undefined>(
        (longest, block) => (block.to > (longest?.to ?? 0) ? block : longest),
        undefined,
      );
    if (next === undefined) break;
    blocks.push(next);
    from = next.to;
  }
  const selection = decisions.findLast(
    (decision): decision is FrozenSelection =>
      decision.kind === "selection" && decision.at < length && prefixAt(decision.at) === decision.prefix,
  );
  return { blocks, selection };
}
