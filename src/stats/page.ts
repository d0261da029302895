import type { ListOptions } from "../core/contexts.ts";
import { PromptCompilerError } from "../errors.ts";

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1_000;

/** A page of what is counted as a whole: what comes behind `after`, in the order of `nameOf`. */
export function pageByName<Entry>(
  entries: Iterable<Entry>,
  nameOf: (entry: Entry) => string,
  { limit = DEFAULT_PAGE, after }: ListOptions,
): { readonly page: readonly Entry[]; readonly nextAfter: string | undefined } {
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_PAGE) {
    throw new PromptCompilerError(
      "PC_INVALID_REQUEST",
      `limit must be a whole number from 1 to ${LARGEST_PAGE}, got ${limit}`,
      { param: "limit" },
    );
  }
  const named = Array.from(entries, (entry) => ({ entry, name: nameOf(entry) }))
    .filter(({ name }) => after === undefined || name > after)
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const page = named.slice(0, limit);
  return {
    page: page.map(({ entry }) => entry),
    nextAfter: named.length > limit ? page.at(-1)?.name : undefined,
  };
}
