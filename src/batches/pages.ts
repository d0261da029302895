import { PromptCompilerError } from "../errors.ts";
import type { Table } from "../storage/table.ts";
import type { ListPage, ListQuery } from "./objects.ts";

/** How long a page may be. */
interface PageBounds {
  readonly usual: number;
  readonly most: number;
}

/**
 * A page of one tenant's records, whose ids are ordered by their creation: the newest first.
 *
 * @param toItem - what callers see of a record; `undefined`: nothing
 * @throws PromptCompilerError `PC_INVALID_REQUEST` if `limit` is out of bounds
 */
export async function pageOf<Kept, Item extends { readonly id: string }>(
  records: Table<Kept>,
  tenant: string,
  { limit, after }: ListQuery,
  { usual, most }: PageBounds,
  toItem: (kept: Kept) => Item | undefined | Promise<Item | undefined>,
): Promise<ListPage<Item>> {
  const wanted = limit ?? usual;
  if (!(Number.isInteger(wanted) && wanted >= 1 && wanted <= most)) {
    const message = `limit must be an integer from 1 to ${most}, got ${wanted}`;
    throw new PromptCompilerError("PC_INVALID_REQUEST", message, {
      param: "limit",
      wireCode: "invalid_value",
    });
  }
  const found: Item[] = [];
  let border = after;
  for (let seen = wanted + 1; seen > wanted && found.length <= wanted; ) {
    seen = 0;
    const behind = border === undefined ? undefined : [border];
    for await (const [key, kept] of records.range([tenant], {
      reverse: true,
      limit: wanted + 1,
      after: behind,
    })) {
      seen += 1;
      border = key.at(-1);
      const item = await toItem(kept);
      if (item !== undefined) found.push(item);
    }
  }
  const data = found.slice(0, wanted);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: found.length > wanted,
  };
}
