import type { CompileInput, Segment, SegmentAction, SegmentSource } from "./segment.ts";

/** What the context engine kept, cut and injected, and why. The wire names (JSON) are these names. */
export interface CompileReport {
  /** Tokens of the request as the caller made it: messages and tools. */
  readonly tokensBefore: number;
  /** Tokens of the compiled request. Never above the budget. */
  readonly tokensAfter: number;
  /** The budget that was applied; `undefined`: none. */
  readonly maxInputTokens: number | undefined;
  /** Which tokenizer counted, e.g. "o200k_base"; an estimate says so. */
  readonly tokenizer: string;
  /** In the order of the compiled request; what was cut stands where it was. */
  readonly segments: readonly ReportSegment[];
}

export interface ReportSegment {
  readonly id: string;
  readonly role: string;
  readonly action: SegmentAction;
  readonly reason: string;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** Gets the original back: `contexts.get(handle, call)`. */
  readonly handle?: string | undefined;
  /** Whose context this is, and since when. */
  readonly sources?: readonly SegmentSource[] | undefined;
  readonly score?: number | undefined;
}

/** The report of a compile, from its segments as they were sent or cut. */
export function toReport(
  segments: readonly Segment[],
  input: CompileInput,
  /** Name of what counted. */
  tokenizer: string,
): CompileReport {
  const lines = segments.map(toLine);
  return {
    tokensBefore: lines.reduce((sum, line) => sum + line.tokensBefore, input.overheadTokens),
    tokensAfter: lines.reduce((sum, line) => sum + line.tokensAfter, input.overheadTokens),
    maxInputTokens: input.maxInputTokens,
    tokenizer,
    segments: lines,
  };
}

function toLine(segment: Segment): ReportSegment {
  const { id, role, action, reason, tokens, messages, handle, sources, score } = segment;
  return {
    id,
    role,
    action,
    reason,
    // What no message of the caller's holds was not there before.
    tokensBefore: messages.length === 0 ? 0 : tokens,
    tokensAfter: action === "cut" ? 0 : tokens,
    ...(handle !== undefined && { handle }),
    ...(sources !== undefined && { sources }),
    ...(score !== undefined && { score }),
  };
}
