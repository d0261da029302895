/**
 * Thinking that a model signed, kept with the calls it led to. Clients of other wires drop it, and where the model is in the
 * middle of its turn Anthropic wants it back: https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
import { asArray, asRecord, isRecord } from "../read.ts";
import type { VendorMemory } from "../vendor-memory.ts";
import type { WireBody } from "../wire.ts";

const THOUGHT: ReadonlySet<unknown> = new Set(["thinking", "redacted_thinking"]);

/** Keeps what was thought before some calls, if anything was. */
export function keepThinking(memory: VendorMemory, content: readonly WireBody[]): void {
  const thinking = content.filter(({ type }) => THOUGHT.has(type));
  const calls = content.filter(({ type }) => type === "tool_use");
  if (thinking.length === 0) return;
  for (const { id } of calls) if (typeof id === "string") memory.set(id, { thinking });
}

/** What was thought before this call; `undefined`: nothing, or it is forgotten. */
export function readKept(memory: VendorMemory, toolCallId: string): readonly WireBody[] | undefined {
  const kept = asRecord(memory.get(toolCallId));
  return kept && asArray(kept["thinking"]).filter(isRecord);
}
