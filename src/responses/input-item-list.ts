import { PromptCompilerError } from "../errors.ts";

/** A page of the items that an answer was asked with. */
export interface InputItemList<Item> {
  readonly object: "list";
  readonly data: readonly Item[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** Which page. */
export interface InputItemQuery {
  /** From 1 to 100. @defaultValue 20 */
  readonly limit?: number | undefined;
  /** "asc" begins with the first item, "desc" with the last. @defaultValue "desc" */
  readonly order?: string | undefined;
  /** The id that the page begins behind. @defaultValue none */
  readonly after?: string | undefined;
}

const USUAL = 20;
const MOST = 100;

/** @throws PromptCompilerError `PC_INVALID_REQUEST` naming what is out of bounds */
export function pageOfItems<Item extends { readonly id: string }>(
  items: readonly Item[],
  { limit = USUAL, order = "desc", after }: InputItemQuery,
): InputItemList<Item> {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST)) {
    throw invalid("limit", `limit must be an integer from 1 to ${MOST}, got ${limit}`);
  }
  if (order !== "asc" && order !== "desc") throw invalid("order", "order must be asc or desc");
  const ordered = order === "asc" ? items : items.toReversed();
  const border = after === undefined ? -1 : ordered.findIndex(({ id }) => id === after);
  if (after !== undefined && border < 0)
    throw invalid("after", "after must be the id of an item in the list");
  const data = ordered.slice(border + 1, border + 1 + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: border + 1 + limit < ordered.length,
  };
}

function invalid(param: string, message: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode: "invalid_value" });
}
