import { randomBytes } from "node:crypto";

/**
 * A new id: the time, so that ids are ordered as what they name was made, and 96 random bits, so that nobody guesses
 * one.
 *
 * @param prefix - "batch_"
 * @param nowMs - milliseconds since the epoch
 */
export function newOrderedId(prefix: string, nowMs: number): string {
  return prefix + nowMs.toString(16).padStart(12, "0") + randomBytes(12).toString("hex");
}
