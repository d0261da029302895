import { invalidField } from "./invalid-field.ts";

/** Entries of a page, where nothing else is asked for. */
export const DEFAULT_PAGE = 100;

const LARGEST_PAGE = 1_000;

/** @throws PromptCompilerError `PC_INVALID_REQUEST` unless a page may have so many entries */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_PAGE) return;
  throw invalidField("limit", `must be a whole number from 1 to ${LARGEST_PAGE}, got ${limit}`);
}
