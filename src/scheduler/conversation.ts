import { hash } from "node:crypto";
import type { WireOpening } from "../wires/wire.ts";

/** Which conversation a call belongs to. */
export interface Conversation {
  /** The same in each of its turns, different from any other conversation's; a digest, which tells nothing. */
  readonly key: string;
  /** This is not its first turn. */
  readonly continued: boolean;
}

/**
 * The conversation a request goes on with: that of its session, or, where it names none, the one that began with the
 * same words.
 */
export function conversationOf(
  opening: WireOpening | undefined,
  caller: {
    readonly tenant: string;
    readonly agentId: string | undefined;
    readonly sessionId: string | undefined;
  },
): Conversation | undefined {
  if (opening === undefined) return undefined;
  const { tenant, agentId, sessionId } = caller;
  const named = sessionId === undefined ? [tenant, opening.said] : [tenant, agentId, sessionId];
  return { key: hash("sha256", JSON.stringify(named), "base64url"), continued: opening.continued };
}
