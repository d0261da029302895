/**
 * The last part of an item's key, by which items are ordered as they were created:
 *
 *     when it was created (16 digits) – its number within that millisecond (6 digits) – its id
 *
 * The number keeps the order of items that were put together; the id tells apart those of two processes.
 */
import type { ContextItem } from "./item.ts";

const TIME_DIGITS = 16;
const NUMBER_DIGITS = 6;

/** Makes positions, one after the other. */
export function positionMaker(): (item: Pick<ContextItem, "id" | "createdAt">) => string {
  let last = Number.NaN;
  let number = 0;
  return ({ id, createdAt }) => {
    number = createdAt === last ? number + 1 : 0;
    last = createdAt;
    return `${beforeAllOf(createdAt)}-${String(number).padStart(NUMBER_DIGITS, "0")}-${id}`;
  };
}

/** What is ordered before all positions of a moment, and behind those of earlier ones. */
export function beforeAllOf(createdAt: number): string {
  return String(createdAt).padStart(TIME_DIGITS, "0");
}

/** When the item of a position was created. */
export function createdAtOf(position: string): number {
  return Number(position.slice(0, TIME_DIGITS));
}
