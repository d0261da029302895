/**
 * Which items hold now: new facts hide old ones, and nothing is destroyed.
 *
 *     hidden     an item of the same audience says that it supersedes it, and is valid by now; that one may be hidden itself
 *     not valid  before its validFrom, and from its validTo on
 *
 * Only the same audience hides: who is granted to read an item, or has granted another, cannot make it vanish. What is
 * hidden is still listed, got by its id and exported; and it is back when what hides it is forgotten. An item that has
 * run out goes on hiding: what it replaced is no truer for that.
 */
import { invalidField } from "../invalid-field.ts";
import { nameOf } from "./access.ts";
import type { ContextItem } from "./item.ts";
import { isMoment } from "./item-content.ts";

/** Since when, until when and instead of what an item holds. */
export type Validity = Pick<ContextItem, "validFrom" | "validTo" | "supersedes">;

/** Those of `items` that hold at `now`, in their order. */
export function currentOf(items: readonly ContextItem[], now: number): readonly ContextItem[] {
  const hidden = new Set(
    items
      .filter(({ validFrom = 0 }) => validFrom <= now)
      .flatMap((item) => (item.supersedes ?? []).map((id) => placeOf(item, id))),
  );
  return items.filter(
    (item) =>
      (item.validFrom ?? 0) <= now &&
      now < (item.validTo ?? Number.POSITIVE_INFINITY) &&
      !hidden.has(placeOf(item, item.id)),
  );
}

function placeOf({ audience, agentId }: ContextItem, id: string): string {
  return `${id} ${nameOf(audience, agentId)}`;
}

/** Items that one item may take the place of, or be made from. */
const MOST_IDS = 32;

/** What is said of an item's validity, without what is not said. @throws PromptCompilerError `PC_INVALID_REQUEST` naming the field */
export function readValidity(said: { readonly [Name in keyof Validity]: unknown }): Validity {
  const { validFrom, validTo, supersedes } = said;
  if (!isMoment(validFrom)) throw invalidField("validFrom", "must be milliseconds since the epoch");
  if (!isMoment(validTo)) throw invalidField("validTo", "must be milliseconds since the epoch");
  if (validTo !== undefined && validTo <= (validFrom ?? 0))
    throw invalidField("validTo", "must be after validFrom");
  checkItemIds(supersedes, "supersedes");
  return {
    ...(validFrom !== undefined && { validFrom }),
    ...(validTo !== undefined && { validTo }),
    ...(supersedes !== undefined && { supersedes: [...supersedes] }),
  };
}

/** @throws PromptCompilerError `PC_INVALID_REQUEST`, naming the field, unless these are ids of items, or absent */
export function checkItemIds(ids: unknown, param: string): asserts ids is readonly string[] | undefined {
  const isList = Array.isArray(ids) && ids.length > 0 && ids.length <= MOST_IDS;
  const areIds = isList && ids.every((id) => typeof id === "string" && /^ctx_[0-9a-f]{32}$/.test(id));
  if (ids !== undefined && !areIds)
    throw invalidField(param, `must be an array of 1 to ${MOST_IDS} ids of items`);
}
