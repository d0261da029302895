import { isInjected } from "../shared-block.ts";
import type { WireMessage } from "../wires/wire.ts";

/**
 * Index of the latest user message: the running turn is it and all that follows, the tool loop that answers it. A
 * block of ours that a client sent back is nobody's turn. `undefined`: nobody has asked anything.
 */
export function latestUserMessage(messages: readonly WireMessage[]): number | undefined {
  const index = messages.findLastIndex(beginsTurn);
  return index === -1 ? undefined : index;
}

/** Whether a user says something in this message. */
export function beginsTurn({ role, text }: WireMessage): boolean {
  return role === "user" && !isInjected(text);
}
