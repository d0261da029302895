import { createHash } from "node:crypto";

/** What every vendor takes for an id of a tool call. */
const TAKEN = /^[\w-]{1,40}$/;

/**
 * An id of a tool call as any vendor takes it: itself, or where its shape is not allowed somewhere, another one, the same for
 * the call and its result, in this turn and in all that follow (defect 35).
 */
export function portableToolId(id: string): string {
  return TAKEN.test(id) ? id : `call_${createHash("sha256").update(id).digest("hex").slice(0, 24)}`;
}
