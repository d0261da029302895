import type { Tokenizer } from "../../tokenizer.ts";
import type { WireMessage, WireToolResult } from "../../wires/wire.ts";
import type { CompressedResult } from "../compressors/result-compressor.ts";
import type { ObservedResult } from "../compressors/result-sequence.ts";
import { countMessage } from "../message-tokens.ts";
import { type CompileInput, isFixed, type Segment } from "../segment.ts";

/**
 * Says results of tools in fewer tokens, where there is a budget to save for: each the same way in every call, however
 * much room there is, so that what was sent once stays as it was sent.
 *
 * @param from - results in this message and behind it may refer to each other: all of them stay in the request
 */
export function compress(
  segments: readonly Segment[],
  { messages, toolResults, maxInputTokens }: CompileInput,
  from: number,
  tokenizer: Tokenizer,
  sayResults: (results: readonly ObservedResult[]) => readonly (CompressedResult | undefined)[],
): readonly Segment[] {
  if (maxInputTokens === undefined || toolResults.length === 0) return segments;
  const fixed = new Set(segments.filter(isFixed).flatMap((segment) => segment.messages));
  const isReferable = ({ message }: WireToolResult): boolean => message >= from && !fixed.has(message);
  const said = sayResults(observe(toolResults, isReferable, messages));
  const rewritten = new Map<number, Rewritten[]>();
  for (const [index, result] of toolResults.entries()) {
    const compressed = said[index];
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

/** The results with their places among all results, those that cannot be rewritten too. */
function observe(
  results: readonly WireToolResult[],
  isReferable: (result: WireToolResult) => boolean,
  messages: readonly WireMessage[],
): readonly ObservedResult[] {
  const tools = new Map(messages.flatMap(({ toolCalls }) => toolCalls.map(({ id, name }) => [id, name])));
  const positions = new Map(
    messages
      .flatMap(({ toolResultsFor }, message) => toolResultsFor.map((id) => keyOf({ message, id })))
      .map((key, position) => [key, position]),
  );
  return results.map((result) => {
    const position = positions.get(keyOf(result));
    const isApart = position === undefined || !isReferable(result);
    return { text: result.text, place: isApart ? undefined : { position, tool: tools.get(result.id) } };
  });
}

function keyOf({ message, id }: Pick<WireToolResult, "message" | "id">): string {
  return `${message} ${id}`;
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
