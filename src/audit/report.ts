/** What an audit says; as JSON these are the names. */
import type { BadLine } from "./call.ts";
import type { Cost } from "./cost.ts";
import type { MissReason } from "./misses.ts";
import type { Course } from "./replay.ts";

export interface AuditReport {
  readonly files: readonly AuditedFile[];
  readonly conversations: number;
  readonly calls: number;
  /** Calls that another file told of already; they are counted once. */
  readonly repeatedCalls: number;
  /** Calls of which the log does not say what was charged. */
  readonly callsWithoutUsage: number;
  /** Models that have no price: their money is not in any sum. */
  readonly unpricedModels: readonly string[];
  /** What was charged, by kind of token. */
  readonly paid: readonly PaidTokens[];
  readonly paidInAll: Cost;
  /** What the prompt cache should have had and had not, by reason, the dearest first. */
  readonly missed: readonly MissedTokens[];
  /** The input of all calls as they were sent, by the model of the cache; what `compiled` is to be held against. */
  readonly asSent: Course;
  /** The same, compiled into a budget, the largest first. */
  readonly compiled: readonly CompiledCourse[];
}

export interface AuditedFile {
  readonly path: string;
  /** "claude-code", "codex", "openai"; `undefined`: no line of it is of a known format. */
  readonly format: string | undefined;
  readonly lines: number;
  readonly calls: number;
  readonly badLines: number;
  /** The first of them. */
  readonly firstBadLines: readonly BadLine[];
}

export type TokenKind = "uncached" | "cache read" | "cache write" | "output";

export interface PaidTokens {
  readonly kind: TokenKind;
  readonly tokens: number;
  readonly cost: Cost;
}

export interface MissedTokens {
  readonly reason: MissReason;
  readonly calls: number;
  readonly tokens: number;
  /** What they cost more than reading them would have. */
  readonly cost: Cost;
  /** The dearest one. */
  readonly example: {
    readonly path: string;
    readonly line: number;
    readonly detail: string;
    readonly cost: Cost;
  };
}

export interface CompiledCourse extends Course {
  readonly maxInputTokens: number;
  /** Of the cost of the input as it was sent: 0.6 is two fifths saved, 1.2 a fifth more. */
  readonly costIndex: number;
  readonly saved: Cost;
}
