import type { Tokenizer } from "../../tokenizer.ts";
import { injectedTokens } from "../message-tokens.ts";
import { latestUserMessage } from "../running-turn.ts";
import type { CompileInput, Segment } from "../segment.ts";
import type { SharedContext } from "./recall.ts";

/**
 * Puts shared context beside the latest user message, before it, as a segment of its own: behind everything that
 * stays the same from turn to turn, so that a provider's prompt cache still hits.
 */
export function inject(
  segments: readonly Segment[],
  shared: SharedContext,
  input: CompileInput,
  tokenizer: Tokenizer,
): readonly Segment[] {
  const turn = latestUserMessage(input.messages);
  if (shared.text === "" || turn === undefined) return segments;
  const place = segments.findIndex(({ messages }) => messages.includes(turn));
  const segment: Segment = {
    id: "shared",
    role: "shared",
    messages: [],
    text: shared.text,
    tokens: injectedTokens(shared.text, tokenizer),
    pinned: undefined,
    action: "injected",
    reason: "matches the latest user message",
    sources: shared.sources,
  };
  return segments.toSpliced(place, 0, segment);
}
