/**
 * The shared context of a call: chosen when a user turn begins, repeated byte for byte through its tool loop.
 *
 *     user message is last     choose from what the caller may read, and remember it for this turn
 *     tool loop under way      what was remembered, while all its items may still be read; else choose
 *
 * A turn is known by its caller and its messages up to the user's. The same question asked again is chosen for anew,
 * so it sees what has been shared since.
 */
import { createHash } from "node:crypto";
import type { Ranker } from "../ranker.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { WireMessage } from "../wires/wire.ts";
import { NOTHING, recall, type SharedContext, type SharedRoom, toSource } from "./passes/recall.ts";
import { latestUserMessage } from "./running-turn.ts";
import type { CompileInput } from "./segment.ts";
import type { InjectionMemo } from "./sharing/injection-memo.ts";
import type { Caller } from "./sharing/item.ts";
import type { ItemStore } from "./sharing/item-store.ts";

interface SharedContextParts {
  readonly items: ItemStore;
  readonly memo: InjectionMemo;
  readonly ranker: Ranker;
}

/** Rejects where storage does; what a caller may not read is not chosen from. */
export async function findSharedContext(
  caller: Caller,
  input: CompileInput,
  room: SharedRoom & { readonly tokenizer: Tokenizer },
  { items, memo, ranker }: SharedContextParts,
): Promise<SharedContext> {
  const turn = latestUserMessage(input.messages);
  if (!caller.read || turn === undefined) return NOTHING;
  const key = turnKey(caller, input.messages.slice(0, turn + 1));
  const isToolLoop = turn < input.messages.length - 1;
  const remembered = isToolLoop ? await memo.get(caller.tenant, key) : undefined;
  if (remembered !== undefined) {
    const found = await Promise.all(remembered.itemIds.map((id) => items.get(id, caller)));
    const readable = found.filter((item) => item !== undefined);
    if (readable.length === found.length) {
      return { text: remembered.text, sources: readable.map((item) => toSource(item)) };
    }
  }
  const candidates = await items.candidates(caller, input.query);
  const chosen = await recall(input, { ...room, items: candidates, ranker });
  await memo.put(caller.tenant, key, { text: chosen.text, itemIds: chosen.sources.map(({ id }) => id) });
  return chosen;
}

function turnKey({ tenant, agentId, sessionId, group }: Caller, messages: readonly WireMessage[]): string {
  const turn = JSON.stringify([tenant, agentId, sessionId, group, messages]);
  return createHash("sha256").update(turn).digest("hex");
}
