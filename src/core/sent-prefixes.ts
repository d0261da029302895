/**
 * Remembers how the latest request of each conversation began, to predict how much of the next one a provider's prompt
 * cache has: what two requests have in common at their beginning, while the cache keeps it. In this process only, and
 * for the report only: nothing that is sent depends on it.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";

/** What stands in a request, in order: a hash for tools and model, and one for each segment. */
export type Marks = readonly string[];

export interface SentPrefixes {
  /** Of the latest request of this conversation; empty: none, or too long ago. */
  latest(conversation: string): Marks;
  remember(conversation: string, marks: Marks): void;
}

/** How long Anthropic keeps a prompt by default, and OpenAI at least: five minutes from its last use. */
const CACHED_MS = 5 * 60 * 1000;

const MOST_CONVERSATIONS = 2000;

export function createSentPrefixes(clock: Clock): SentPrefixes {
  const sent = new LRUCache<string, { readonly marks: Marks; readonly at: number }>({
    max: MOST_CONVERSATIONS,
  });
  return {
    latest(conversation) {
      const known = sent.get(conversation);
      return known === undefined || clock.now() - known.at > CACHED_MS ? [] : known.marks;
    },
    remember: (conversation, marks) => void sent.set(conversation, { marks, at: clock.now() }),
  };
}

/** Segments that the call before had at its beginning too; `undefined`: it had another model, or other tools. */
export function cachedSegments(before: Marks, marks: Marks): number | undefined {
  const shared = sharedMarks(before, marks);
  return shared === 0 ? undefined : shared - 1;
}

/** How many marks two requests have in common at their beginning. */
function sharedMarks(before: Marks, marks: Marks): number {
  const differing = marks.findIndex((mark, index) => mark !== before[index]);
  return differing === -1 ? marks.length : differing;
}
