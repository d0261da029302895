/**
 * Links between imported items. An id is a hash over the tenant too: what comes to another tenant has another id there,
 * and lines that name it (`supersedes`, `lineage`) have to name it by that.
 *
 *     what a line names is there already, or came before it    the line is imported, naming it by its id here
 *     it may come behind it                                    the line waits, for the end of the import at most
 *     it never comes                                           the line goes on naming what it named
 *
 * Held in memory: lines that wait, and a pair of ids for each line whose id is another one here.
 */
import type { ContextItem } from "./item.ts";
import type { NewItem } from "./item-store.ts";

/** An item of a line, with what it names as the line has it. */
export interface ImportedItem {
  /** Where it came from; `undefined`: the line does not say. */
  readonly id: string | undefined;
  readonly agentId: string;
  readonly entry: NewItem;
}

/** Whether an item names others. */
export function hasLinks({ entry }: ImportedItem): boolean {
  return linksOf(entry).length > 0;
}

function linksOf({ supersedes = [], lineage = [] }: NewItem): readonly string[] {
  return [...supersedes, ...lineage];
}

/** Follows links while lines are imported. */
export class ImportLinks {
  readonly #find: (id: string) => Promise<ContextItem | undefined>;
  readonly #renamed = new Map<string, string>();
  #waiting: ImportedItem[] = [];

  /** @param find - an item of the tenant that imports, by its id there */
  constructor(find: (id: string) => Promise<ContextItem | undefined>) {
    this.#find = find;
  }

  /** Hears that an item has its id here. */
  stored({ id }: ImportedItem, item: ContextItem): void {
    if (id !== undefined && id !== item.id) this.#renamed.set(id, item.id);
  }

  /** The item, naming others by their ids here; `undefined`: one of them is not there yet, and it waits. */
  async tryResolve(imported: ImportedItem): Promise<ImportedItem | undefined> {
    const names = linksOf(imported.entry);
    const found = await Promise.all(names.map((id) => this.#find(this.#nameHere(id))));
    if (found.every((item) => item !== undefined)) return this.resolve(imported);
    this.#waiting.push(imported);
    return undefined;
  }

  /** The item, naming by their ids here those that are there. */
  resolve({ entry, ...imported }: ImportedItem): ImportedItem {
    const { supersedes, lineage } = entry;
    return {
      ...imported,
      entry: {
        ...entry,
        ...(supersedes !== undefined && { supersedes: supersedes.map((id) => this.#nameHere(id)) }),
        ...(lineage !== undefined && { lineage: lineage.map((id) => this.#nameHere(id)) }),
      },
    };
  }

  /** Those that wait, which wait no longer. */
  takeWaiting(): readonly ImportedItem[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  #nameHere(id: string): string {
    return this.#renamed.get(id) ?? id;
  }
}
