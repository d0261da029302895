import { isInjected } from "../../shared-block.ts";
import type { WireMessage } from "../../wires/wire.ts";
import { writtenAudience } from "./access.ts";
import type { AuditTrail } from "./audit.ts";
import type { Caller, ItemRole } from "./item.ts";
import { isItemContent } from "./item-content.ts";
import type { ItemStore, NewItem } from "./item-store.ts";

/** What was said in one call. */
interface SaidInCall {
  /** The request's messages, as the caller sent them. */
  readonly messages: readonly WireMessage[];
  /** What the model answered; `undefined` if nothing, or the stream was cut. */
  readonly answer: WireMessage | undefined;
}

interface CaptureTables {
  readonly items: ItemStore;
  readonly audit: AuditTrail;
}

const ROLES: Readonly<Record<WireMessage["role"], ItemRole | undefined>> = {
  // A system message instructs one agent; shared, it would instruct others.
  system: undefined,
  user: "user",
  assistant: "assistant",
  tool: "tool",
};

/**
 * Writes what was said in a call to the caller's audience: user messages, answers and tool results. Never system
 * messages, never what was injected, nothing empty, and nothing larger than an item may be. A conversation that comes
 * back with each call is written once.
 *
 * @returns how many items are new; 0 for a caller who does not write
 */
export async function capture(
  { items, audit }: CaptureTables,
  caller: Caller,
  said: SaidInCall,
): Promise<number> {
  const { tenant, agentId, sessionId } = caller;
  const audience = writtenAudience(caller);
  if (audience === undefined || agentId === undefined) return 0;
  const entries: NewItem[] = [];
  for (const { role: speaker, text } of [
    ...said.messages,
    ...(said.answer === undefined ? [] : [said.answer]),
  ]) {
    const role = ROLES[speaker];
    if (role === undefined || !isItemContent(text) || isInjected(text)) continue;
    entries.push({ sessionId, audience, role, content: text });
  }
  const { added, written } = await items.put({ tenant, agentId }, entries);
  await audit.wrote(caller, added);
  return written;
}
