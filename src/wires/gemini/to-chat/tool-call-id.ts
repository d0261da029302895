import { createHash } from "node:crypto";

/**
 * An id for a call that Gemini gave none: the same for the same call of the same answer, another for any other, so that an
 * answer that is read twice has the same ids.
 */
export function toolCallId(call: {
  readonly responseId: string;
  readonly turn: number;
  readonly index: number;
  /** The number of the call in its choice. */
  readonly calls: number;
  readonly name: string;
  readonly args: string;
}): string {
  const { responseId, turn, index, calls, name, args } = call;
  const told = JSON.stringify([responseId, turn, index, calls, name, args]);
  return `call_${createHash("sha256").update(told).digest("hex").slice(0, 24)}`;
}
