import { PromptCompilerError } from "../errors.ts";
import type { Table } from "../storage/table.ts";
import type { ListPage, ListQuery } from "./objects.ts";

const DEFAULT_LIMIT = 20;
const MOST = 100;

/**
 * A page of one tenant's records, whose ids are ordered by their creation: the newest first.
 *
 * @throws PromptCompilerError `PC_INVALID_REQUEST` if `limit` is not from 1 to 100
 */
export async function pageOf<Kept, Item extends { readonly id: string }>(
  records: Table<Kept>,
  tenant: string,
  { limit = DEFAULT_LIMIT, after }: ListQuery,
  toItem: (kept: Kept) => Item | Promise<Item>,
): Promise<ListPage<Item>> {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST)) {
    throw new PromptCompilerError(
      "PC_INVALID_REQUEST",
      `limit must be an integer from 1 to ${MOST}, got ${limit}`,
      {
        param: "limit",
        wireCode: "invalid_value",
      },
    );
  }
  const found: Kept[] = [];
  const options = { reverse: true, limit: limit + 1, after: after === undefined ? undefined : [after] };
  for await (const [, kept] of records.range([tenant], options)) found.push(kept);
  const data = await Promise.all(found.slice(0, limit).map(toItem));
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: found.length > limit,
  };
}
