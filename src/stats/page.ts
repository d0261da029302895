import type { ListOptions } from "../core/contexts.ts";
import { checkLimit, DEFAULT_PAGE } from "../core/page-limit.ts";

/** A page of what is counted as a whole: what comes behind `after`, in the order of `nameOf`. */
export function pageByName<Entry>(
  entries: Iterable<Entry>,
  nameOf: (entry: Entry) => string,
  { limit = DEFAULT_PAGE, after }: ListOptions,
): { readonly page: readonly Entry[]; readonly nextAfter: string | undefined } {
  checkLimit(limit);
  const named = Array.from(entries, (entry) => ({ entry, name: nameOf(entry) }))
    .filter(({ name }) => after === undefined || name > after)
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const page = named.slice(0, limit);
  return {
    page: page.map(({ entry }) => entry),
    nextAfter: named.length > limit ? page.at(-1)?.name : undefined,
  };
}
