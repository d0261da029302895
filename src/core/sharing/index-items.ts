/**
 * The migration that indexes the words of items: stores of version 1 have none.
 *
 * An item may be forgotten between being read here and its words being written, and its words would be left behind: so
 * each page is looked at again once it is written, and the words of what is gone are taken out.
 */
import { parseKey, toKey } from "../../storage/key.ts";
import type { Migration } from "../../storage/migrating.ts";
import type { StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import type { ContextItem } from "./item.ts";
import { createItemTerms } from "./item-terms.ts";

/** Items and characters that are indexed in one step. */
const STEP_ITEMS = 64;
const STEP_CHARACTERS = 64 * 1024;

type Entry = readonly [key: readonly string[], item: ContextItem];

/** Indexes the items of every tenant, in the order of their keys. */
export const indexItems: Migration = {
  name: "index the words of items",
  async *steps(storage, begin) {
    const items = table<ContextItem>(storage, "items");
    const terms = createItemTerms(storage);
    const placeOf = (key: readonly string[]) => ({ audience: key.slice(0, -1), position: key.at(-1) ?? "" });

    async function* index(page: readonly Entry[], after: string | undefined) {
      const operations: StorageOperation[] = [];
      for (const [key, item] of page) {
        for (const operation of await terms.puts(placeOf(key), item)) operations.push(operation);
      }
      yield { operations, after, records: page.length };
      const left: StorageOperation[] = [];
      for (const [key, item] of page) {
        if ((await items.get(key)) !== undefined) continue;
        for (const operation of await terms.removals(placeOf(key), item)) left.push(operation);
      }
      if (left.length > 0) yield { operations: left, after, records: 0 };
    }

    let page: Entry[] = [];
    let characters = 0;
    let after = begin;
    for await (const entry of items.scan([], { after: begin === undefined ? undefined : parseKey(begin) })) {
      page.push(entry);
      characters += entry[1].content.length;
      if (page.length < STEP_ITEMS && characters < STEP_CHARACTERS) continue;
      after = toKey(entry[0]);
      yield* index(page, after);
      page = [];
      characters = 0;
    }
    if (page.length > 0) yield* index(page, after);
  },
};
