/** The vocabulary of an audit: what logs of every format come to. */
import type { Usage } from "../chat.ts";
import type { WireBody } from "../wires/wire.ts";

/** One answer of a model, as a log tells of it: what was sent for it, and what was charged. */
export interface LoggedCall {
  /** The provider's name of the answer, where the log has it: what two files tell of is counted once. */
  readonly id?: string | undefined;
  /** Which conversation it belongs to. */
  readonly session: string;
  /** Where the log tells of it, from 1. */
  readonly line: number;
  /** Unix time in milliseconds; `undefined`: the log does not say. */
  readonly at: number | undefined;
  readonly model: string | undefined;
  /** What was sent, as messages of a chat. */
  readonly messages: readonly WireBody[];
  /** Tools that were sent with them; `undefined`: none, or the log does not keep them. */
  readonly tools?: readonly object[] | undefined;
  /** What the provider counted; `undefined`: the log does not say. */
  readonly usage: Usage | undefined;
  /** The usage is the sum over several calls, of which this is the last. */
  readonly isSum?: boolean | undefined;
}

/** A line that could not be read, and why. */
export interface BadLine {
  readonly line: number;
  readonly reason: string;
}
