import { isInjected } from "../../shared-block.ts";
import type { WireMessage, WireToolCall } from "../../wires/wire.ts";
import { writtenAudience } from "./access.ts";
import type { AuditTrail } from "./audit.ts";
import type { Caller, ContextItem, ItemRole } from "./item.ts";
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

/** What came of a capture. */
export interface Captured {
  /** Items that are new, in the order in which they were said. */
  readonly added: readonly ContextItem[];
  /** How many secrets were taken out of those. */
  readonly secrets: number;
}

const ROLES: Readonly<Record<WireMessage["role"], ItemRole | undefined>> = {
  // A system message instructs one agent; shared, it would instruct others.
  system: undefined,
  user: "user",
  assistant: "assistant",
  tool: "tool",
};

/**
 * Writes what was said in a call to the caller's audience: user messages, answers, calls of tools and their results, each
 * with the tool's name. Never system messages, never what was injected, nothing empty, and nothing larger than an item
 * may be. A conversation that comes back with each call is written once.
 *
 * @returns nothing new for a caller who does not write
 */
export async function capture(
  { items, audit }: CaptureTables,
  caller: Caller,
  said: SaidInCall,
): Promise<Captured> {
  const { tenant, agentId, sessionId } = caller;
  const audience = writtenAudience(caller);
  if (audience === undefined || agentId === undefined) return { added: [], secrets: 0 };
  const messages = [...said.messages, ...(said.answer === undefined ? [] : [said.answer])];
  const calls = new Map(
    messages.flatMap(({ toolCalls }) => toolCalls.map((call) => [call.id, call] as const)),
  );
  const entries = messages
    .flatMap((message) => entriesOf(message, calls))
    .filter(({ content }) => isItemContent(content) && !isInjected(content))
    .map((entry): NewItem => ({ sessionId, audience, ...entry }));
  const { added, secrets } = await items.put({ tenant, agentId }, entries);
  await audit.wrote(caller, added);
  return { added, secrets };
}

/** What a message says, and the tools that it calls. */
function entriesOf(
  { role: speaker, text, toolCalls, toolResultsFor }: WireMessage,
  calls: ReadonlyMap<string, WireToolCall>,
): readonly Pick<NewItem, "role" | "content" | "tool">[] {
  const role = ROLES[speaker];
  if (role === undefined) return [];
  const tool = role === "tool" ? calls.get(toolResultsFor[0] ?? "")?.name : undefined;
  return [
    { role, content: text, ...(tool !== undefined && { tool }) },
    ...toolCalls.map(({ name, input }) => ({ role, content: `called ${name} ${input}`, tool: name })),
  ];
}
