import type { SegmentAction, SegmentSource } from "./segment.ts";

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
