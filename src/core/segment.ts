import type { WireMessage, WireToolResult } from "../wires/wire.ts";
import type { Audience } from "./sharing/item.ts";

/** Why the latest user message is pinned, and all that follows it. */
export const RUNNING_TURN = "running turn";

/**
 * The intermediate form between messages and a request: units that stay or go together, each with its fate. A tool
 * call and all its results are one segment, so that no pass can part them.
 */
export interface Segment {
  /** Stable within a compile: "m3" for message 3, "m4-6" for messages 4 to 6 and a block of them, "shared" for injected context. */
  readonly id: string;
  readonly role: "system" | "user" | "assistant" | "tool" | "shared" | "block";
  /** Indexes of the request's messages, ascending; empty for injected context. */
  readonly messages: readonly number[];
  /** What is ranked and counted: the text of all its messages, joined by newlines. */
  readonly text: string;
  /** Tokens it costs in the request, message overhead included. */
  readonly tokens: number;
  /** Tokens of its messages as the caller sent them; `undefined`: the same. */
  readonly tokensBefore?: number | undefined;
  /** What stands in the request in place of its messages: a frozen block. */
  readonly emitted?: string | undefined;
  /** Results of tools that stand in the request in other words: message, id of the call, text. */
  readonly rewritten?: ReadonlyMap<number, ReadonlyMap<string, string>> | undefined;
  /** Those of the results that cannot be told from their other words. */
  readonly lost?: readonly string[] | undefined;
  /** Always kept, and why; `undefined`: may be cut. */
  readonly pinned: string | undefined;
  readonly action: SegmentAction;
  /** Why that action: one phrase, lower case. */
  readonly reason: string;
  readonly score?: number | undefined;
  /** To get the original back, where it was cut or compressed. */
  readonly handle?: string | undefined;
  /** Whose context it is, where it was injected. */
  readonly sources?: readonly SegmentSource[] | undefined;
}

/** The segments of a request, where results of tools in message `from` and behind it may refer to each other. */
export type SegmentsFrom = (from: number) => readonly Segment[];

/** Whether a segment is pinned for more than being the running turn, which passes. */
export function isFixed({ pinned }: Segment): boolean {
  return pinned !== undefined && pinned !== RUNNING_TURN;
}

/** What segments cost together. */
export function sumTokens(segments: readonly Segment[]): number {
  return segments.reduce((sum, { tokens }) => sum + tokens, 0);
}

export type SegmentAction = "kept" | "cut" | "compressed" | "injected";

/** Provenance of injected context. */
export interface SegmentSource {
  /** Id of the context item. */
  readonly id: string;
  readonly agentId: string;
  readonly sessionId: string | undefined;
  readonly audience: Audience;
  /** ISO 8601. */
  readonly createdAt: string;
  /** How well it matches; absent in a tool loop, which repeats what was chosen when its user turn began. */
  readonly score?: number | undefined;
}

/** What the passes of one compile share; each pass gets segments and this, and gives segments. */
export interface CompileInput {
  readonly messages: readonly WireMessage[];
  /** What tools answered, as far as it can be said in other words. */
  readonly toolResults: readonly WireToolResult[];
  /** Tokens of tools and schemas, which are never cut. */
  readonly overheadTokens: number;
  /** Tokens the emitted request may have; `undefined`: no budget. */
  readonly maxInputTokens: number | undefined;
  /** Text of the latest user turn: what relevance is measured against. */
  readonly query: string;
}

/** Whether what is sent is more than the budget. */
export function isOver(
  segments: readonly Segment[],
  { maxInputTokens, overheadTokens }: CompileInput,
): boolean {
  const sent = segments.filter(({ action }) => action !== "cut");
  return maxInputTokens !== undefined && overheadTokens + sumTokens(sent) > maxInputTokens;
}
