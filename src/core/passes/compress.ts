import type { Tokenizer } from "../../tokenizer.ts";
import type { WireMessage, WireToolResult } from "../../wires/wire.ts";
import type { CompressedResult } from "../compressors/result-compressor.ts";
import { countMessage } from "../message-tokens.ts";
import type { CompileInput, Segment } from "../segment.ts";

/**
 * Says results of tools in fewer tokens, where there is a budget to save for: each the same way in every call, however
 * much room there is, so that what was sent once stays as it was sent.
 */
export function compress(
  segments: readonly Segment[],
  { messages, toolResults, maxInputTokens }: CompileInput,
  tokenizer: Tokenizer,
  compressResult: (text: string) => CompressedResult | undefined,
): readonly Segment[] {
  if (maxInputTokens === undefined || toolResults.length === 0) return segments;
  const rewritten = new Map<number, Rewritten[]>();
  for (const result of toolResults) {
    const compressed = compressResult(result.text);
    if (compressed === undefined) continue;
    const others = rewritten.get(result.message) ?? [];
    rewritten.set(result.message, [...others, { ...compressed, result }]);
  }
  return segments.map((segment) => {
    const changed = segment.messages.filter((index) => rewritten.has(index));
    if (changed.length === 0) return segment;
    const saved = changed.map((index) => savedTokens(messages[index], rewritten.get(index) ?? [], tokenizer));
    const tokens = segment.tokens - saved.reduce((sum, each) => sum + each, 0);
    return tokens < segment.tokens ? toCompressed(segment, tokens, changed, rewritten) : segment;
  });
}

interface Rewritten extends CompressedResult {
  readonly result: WireToolResult;
}

function savedTokens(
  message: WireMessage | undefined,
  changes: readonly Rewritten[],
  tokenizer: Tokenizer,
): number {
  if (message === undefined) return 0;
  let text = "";
  let position = 0;
  for (const change of changes) {
    const start = message.text.indexOf(change.result.text, position);
    if (start === -1) return 0;
    text += message.text.slice(position, start) + change.text;
    position = start + change.result.text.length;
  }
  text += message.text.slice(position);
  return countMessage(message, tokenizer) - countMessage({ ...message, text }, tokenizer);
}

function toCompressed(
  segment: Segment,
  tokens: number,
  changed: readonly number[],
  rewritten: ReadonlyMap<number, readonly Rewritten[]>,
): Segment {
  const changes = changed.flatMap((index) => rewritten.get(index) ?? []);
  const kinds = [...new Set(changes.map(({ kind }) => kind))].join(", ");
  const lost = changes.filter(({ lossless }) => !lossless).map(({ result }) => result.text);
  return {
    ...segment,
    tokens,
    tokensBefore: segment.tokens,
    rewritten: new Map(
      changed.map((index) => [
        index,
        new Map((rewritten.get(index) ?? []).map(({ result, text }) => [result.id, text])),
      ]),
    ),
    lost,
    action: "compressed",
    reason: `${kinds} in fewer tokens${lost.length === 0 ? ", with nothing lost" : ", lines left out"}`,
  };
}
