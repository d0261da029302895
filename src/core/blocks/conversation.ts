/**
 * Which conversation a request belongs to, and how far two requests are the same: every request of a conversation
 * begins with all of the one before, so it is known by its beginning, and each of its states by a hash of what was said
 * until then.
 */
import { hash } from "node:crypto";
import type { WireMessage } from "../../wires/wire.ts";
import { beginsTurn } from "../running-turn.ts";
import type { Caller } from "../sharing/item.ts";

export interface Conversation {
  /** Names it, within its tenant; the same in all of its requests. */
  readonly id: string;
  /** The same in all its requests from the very first on; others that begin alike have the same. */
  readonly origin: string;
  /** A hash of each message. */
  readonly hashes: readonly string[];
  /** A hash of the first messages, so many of them. */
  readonly prefixAt: (length: number) => string;
  /** The caller says that it goes on: it names a session. */
  readonly isNamed: boolean;
}

/** The conversation of a caller's messages. */
export function conversationOf(caller: Caller, messages: readonly WireMessage[]): Conversation {
  const hashes = messages.map(hashOfMessage);
  const prefixes = new Map<number, string>();
  const prefixAt = (length: number): string => {
    const prefix = prefixes.get(length) ?? hashOf(hashes.slice(0, length).join(" "));
    prefixes.set(length, prefix);
    return prefix;
  };
  const { agentId, sessionId } = caller;
  const [first, second] = turns(messages);
  return {
    id: hashOf(JSON.stringify([agentId, sessionId, prefixAt(second)])),
    origin: hashOf(JSON.stringify([agentId, sessionId, prefixAt(first + 1)])),
    hashes,
    prefixAt,
    isNamed: sessionId !== undefined,
  };
}

/**
 * Messages before the first two of the user's. Nothing is ever cut while there is no second, and with the first answer
 * in it, a greeting that thousands begin with is not one conversation.
 */
function turns(messages: readonly WireMessage[]): readonly [number, number] {
  const first = messages.findIndex(beginsTurn);
  const second = messages.findIndex((message, index) => index > first && beginsTurn(message));
  return [first, Math.max(0, second === -1 ? first : second)];
}

/** Of each message object, once: those of a conversation that goes on are the same objects in all its calls. */
const hashed = new WeakMap<WireMessage, string>();

function hashOfMessage(message: WireMessage): string {
  let known = hashed.get(message);
  if (known === undefined) {
    known = hashOf(JSON.stringify(message));
    hashed.set(message, known);
  }
  return known;
}

export function hashOf(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 32);
}
