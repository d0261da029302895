/**
 * How much room shared context has in a call.
 *
 *     no budget               1500 tokens, of what matches well
 *     the host's budget       a quarter of it, of what matches well: that budget is a limit
 *     a budget of the call    a quarter of it, or all that the conversation leaves if that is more, filled with whatever
 *                             matches: that budget is what the caller wants to spend
 *
 * and never more than `context.sharedTokens`, where that is set. A long conversation leaves a quarter, or else the
 * knowledge of other agents would vanish when it matters most. What is pinned always goes first, and so does all the
 * history of a conversation that goes on: nothing of it is chosen anew for what is shared.
 */
import type { History } from "../history.ts";
import { type CompileInput, isOver, type Segment, sumTokens } from "../segment.ts";
import type { SharedRoom } from "./recall.ts";

/** Tokens of shared context in a call without a budget. */
const UNBUDGETED_TOKENS = 1500;

/** Of a budget, however long the conversation is. */
const LEAST_SHARE = 1 / 4;

export interface SharedLimits {
  /** The most that it may take; `undefined`: nobody says. */
  readonly sharedTokens: number | undefined;
  /** Whether the call itself names its budget. */
  readonly fill: boolean;
}

/**
 * The room beside these segments. In a conversation that goes on it is what all the history leaves, and no more than a
 * quarter of the budget, so that the turn has room to grow.
 */
export function roomBeside(
  segments: readonly Segment[],
  input: CompileInput,
  { goesOn }: History,
  limits: SharedLimits,
): SharedRoom {
  const { maxInputTokens } = input;
  const isOpen = segments.some(({ pinned, action }) => pinned === undefined && action !== "cut");
  if (!goesOn || !isOpen || maxInputTokens === undefined) return sharedRoom(segments, input, limits);
  const staying = segments.filter(({ action }) => action !== "cut");
  const room = sharedRoom(
    staying.map((segment) => ({ ...segment, pinned: segment.pinned ?? "history" })),
    input,
    limits,
  );
  return { ...room, maxTokens: Math.min(room.maxTokens, Math.floor(maxInputTokens * LEAST_SHARE)) };
}

/** The segments without shared context, where it is too much beside a history that goes on. */
export function yieldToHistory(
  segments: readonly Segment[],
  input: CompileInput,
  { goesOn }: History,
): readonly Segment[] {
  if (!goesOn || !isOver(segments, input)) return segments;
  return segments.map((segment) =>
    segment.action === "injected"
      ? { ...segment, action: "cut", reason: "no room beside the history" }
      : segment,
  );
}

function sharedRoom(
  segments: readonly Segment[],
  { maxInputTokens, overheadTokens }: CompileInput,
  { sharedTokens, fill }: SharedLimits,
): SharedRoom {
  if (maxInputTokens === undefined) return { maxTokens: sharedTokens ?? UNBUDGETED_TOKENS, fill: false };
  const left = maxInputTokens - overheadTokens;
  const pinned = segments.filter((segment) => segment.pinned !== undefined);
  const quarter = Math.floor(maxInputTokens * LEAST_SHARE);
  const share = fill ? Math.max(quarter, left - sumTokens(segments)) : quarter;
  return {
    maxTokens: Math.min(share, left - sumTokens(pinned), sharedTokens ?? Number.POSITIVE_INFINITY),
    fill,
  };
}
