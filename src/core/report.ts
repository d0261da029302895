import type { CompileInput, Segment, SegmentAction, SegmentSource } from "./segment.ts";

/** What the context engine kept, cut and injected, and why. The wire names (JSON) are these names. */
export interface CompileReport {
  /** Tokens of the request as the caller made it: messages and tools. */
  readonly tokensBefore: number;
  /** Tokens of the compiled request. Never above the budget. */
  readonly tokensAfter: number;
  /** Tokens of it that the provider's prompt cache should have from the call before: predicted, not told by anybody. */
  readonly predictedCachedTokens: number;
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
  /** The provider's prompt cache should have it from the call before. */
  readonly isCached: boolean;
  /** The provider is told to cache the request up to the end of it, where it takes such marks; absent: it is not. */
  readonly isBreakpoint?: true | undefined;
  /** Gets the original back: `contexts.get(handle, call)`. */
  readonly handle?: string | undefined;
  /** Whose context this is, and since when. */
  readonly sources?: readonly SegmentSource[] | undefined;
  readonly score?: number | undefined;
}

/** What a report is made of, besides segments. */
export interface ReportFacts {
  readonly input: CompileInput;
  /** Name of what counted. */
  readonly tokenizer: string;
  /** Segments behind which the provider is told to cache. */
  readonly ends: readonly Segment[];
  /** Segments of the request, from its beginning, that the prompt cache should have; `undefined`: nothing, tools neither. */
  readonly cached: number | undefined;
}

/** The report of a compile, from its segments as they were sent or cut. */
export function toReport(
  segments: readonly Segment[],
  { input, tokenizer, ends, cached }: ReportFacts,
): CompileReport {
  let sent = 0;
  const lines = segments.map((segment) => {
    if (segment.action === "cut") return toLine(segment, { isCached: false, isBreakpoint: false });
    sent += 1;
    return toLine(segment, { isCached: sent <= (cached ?? 0), isBreakpoint: ends.includes(segment) });
  });
  const { overheadTokens, maxInputTokens } = input;
  return {
    tokensBefore: lines.reduce((sum, line) => sum + line.tokensBefore, overheadTokens),
    tokensAfter: lines.reduce((sum, line) => sum + line.tokensAfter, overheadTokens),
    predictedCachedTokens: lines
      .filter(({ isCached }) => isCached)
      .reduce((sum, line) => sum + line.tokensAfter, cached === undefined ? 0 : overheadTokens),
    maxInputTokens,
    tokenizer,
    segments: lines,
  };
}

function toLine(
  segment: Segment,
  { isCached, isBreakpoint }: { readonly isCached: boolean; readonly isBreakpoint: boolean },
): ReportSegment {
  const {
    id,
    role,
    action,
    reason,
    tokens,
    tokensBefore = tokens,
    messages,
    handle,
    sources,
    score,
  } = segment;
  return {
    id,
    role,
    action,
    reason,
    // What no message of the caller's holds was not there before.
    tokensBefore: messages.length === 0 ? 0 : tokensBefore,
    tokensAfter: action === "cut" ? 0 : tokens,
    isCached,
    ...(isBreakpoint && { isBreakpoint }),
    ...(handle !== undefined && { handle }),
    ...(sources !== undefined && { sources }),
    ...(score !== undefined && { score }),
  };
}
