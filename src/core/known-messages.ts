import { LRUCache } from "lru-cache";
import type { WireMessage } from "../wires/wire.ts";

/** Gives, for messages that were seen before, the objects of then. */
export type KnownMessages = (messages: readonly WireMessage[]) => readonly WireMessage[];

/** Of remembered messages. */
const MEMO_BYTES = 16 * 1024 * 1024;

/** What an entry costs besides its text. */
const MEMO_ENTRY_BYTES = 256;

/**
 * Remembers messages by what they say, bounded in bytes: a conversation comes again in each of its calls, as new objects,
 * and what was worked out for one of its messages is then found by the object (`WeakMap`).
 */
export function createKnownMessages(): KnownMessages {
  const known = new LRUCache<string, WireMessage>({
    maxSize: MEMO_BYTES,
    sizeCalculation: (_message, key) => 2 * key.length + MEMO_ENTRY_BYTES,
  });
  return (messages) =>
    messages.map((message) => {
      const key = keyOf(message);
      const before = known.get(key);
      if (before !== undefined && isSame(before, message)) return before;
      known.set(key, message);
      return message;
    });
}

/** A call says little in its text, and a result of a tool often what another said. */
function keyOf({ text, toolCalls, toolResultsFor }: WireMessage): string {
  if (toolCalls.length === 0 && toolResultsFor.length === 0) return text;
  const calls = toolCalls.flatMap(({ id, input }) => [id, input]);
  return [...toolResultsFor, ...calls, text].join("\n");
}

function isSame(one: WireMessage, other: WireMessage): boolean {
  return (
    one.role === other.role &&
    one.text === other.text &&
    one.mediaParts === other.mediaParts &&
    one.toolResultsFor.length === other.toolResultsFor.length &&
    one.toolResultsFor.every((id, index) => id === other.toolResultsFor[index]) &&
    one.toolCalls.length === other.toolCalls.length &&
    one.toolCalls.every(({ id, name, input }, index) => {
      const call = other.toolCalls[index];
      return id === call?.id && name === call.name && input === call.input;
    })
  );
}
