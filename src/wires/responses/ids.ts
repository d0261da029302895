/**
 * Ids of answers that were translated: ours, and told from a vendor's by their look. What is ours is kept in our storage;
 * what is a vendor's only the vendor can look up.
 *
 *     resp_pc 40 hexadecimal digits                         an answer
 *     msg_pc  40 hexadecimal digits o0                      the first item of its output
 *     msg_pc  40 hexadecimal digits i0                      the first item of its input
 *
 * So an item says by itself which answer it belongs to: there is no index of items.
 */
import { randomBytes } from "node:crypto";

const RANDOM_BYTES = 20;

/** A new id for an answer; nobody guesses one. */
export function newResponseId(): string {
  return `resp_pc${randomBytes(RANDOM_BYTES).toString("hex")}`;
}

/** Whether an answer of this id was translated, and is in our storage if it is anywhere. */
export function isOwnResponseId(id: unknown): id is string {
  return typeof id === "string" && /^resp_pc[0-9a-f]{40}$/.test(id);
}

/**
 * The id of an item of our answer `responseId`.
 *
 * @param prefix - what kind of item it is: "msg"
 * @param side - of its input or its output
 */
export function itemId(prefix: string, responseId: string, side: "i" | "o", index: number): string {
  return `${prefix}_pc${responseId.slice("resp_pc".length)}${side}${index}`;
}

/** The answer that an item of ours belongs to; `undefined` where it is not one of ours. */
export function responseOfItem(id: unknown): string | undefined {
  const digits = typeof id === "string" ? /^[a-z]+_pc([0-9a-f]{40})[io]\d+$/.exec(id)?.[1] : undefined;
  return digits === undefined ? undefined : `resp_pc${digits}`;
}
