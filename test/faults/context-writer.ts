/**
 * The process that the kill test kills. Puts three items at a time into LevelDB through the item store, and takes those
 * of an earlier put out; when either is acknowledged, it prints a line: the put's number and the ids, or the number and
 * nothing. Ends only by being killed.
 *
 *     node context-writer.cjs <directory> <first number>
 */
import { systemClock } from "../../src/clock.ts";
import { createGrantStore } from "../../src/core/sharing/grants.ts";
import { createItemStore } from "../../src/core/sharing/item-store.ts";
import { level } from "../../src/storage/level.ts";
import type { StorageOperation } from "../../src/storage/storage.ts";
import { entriesOf, FORGOTTEN_AFTER, WRITER } from "./written-entries.ts";

const [directory = "", first = "0"] = process.argv.slice(2);
const storage = level(directory);
const items = createItemStore(storage, systemClock, createGrantStore(storage, systemClock));

async function write(): Promise<never> {
  const put = new Map<number, readonly string[]>();
  for (let number = Number(first); ; number++) {
    const { items: stored } = await items.put(WRITER, entriesOf(number));
    const ids = stored.map(({ id }) => id);
    acknowledge(number, ids);
    put.set(number, ids);
    await forget(number - FORGOTTEN_AFTER, put.get(number - FORGOTTEN_AFTER) ?? []);
  }
}

/** Takes all items of a put out, in one batch. */
async function forget(number: number, ids: readonly string[]): Promise<void> {
  const removals: StorageOperation[] = [];
  for (const id of ids) {
    for await (const { removal } of items.owned({ ...WRITER, id })) removals.push(...(await removal()));
  }
  if (removals.length === 0) return;
  await storage.batch(removals);
  acknowledge(number, []);
}

function acknowledge(number: number, ids: readonly string[]): void {
  process.stdout.write(`${JSON.stringify([number, ...ids])}\n`);
}

void write();
