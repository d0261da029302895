/**
 * The process that the kill test kills. Puts three items at a time into LevelDB through the item store and, when
 * a put is acknowledged, prints its number and the ids, one line a put. Ends only by being killed.
 *
 *     node --import tsx test/faults/context-writer.ts <directory> <first number>
 */
import { systemClock } from "../../src/clock.ts";
import { createGrantStore } from "../../src/core/sharing/grants.ts";
import { createItemStore } from "../../src/core/sharing/item-store.ts";
import { level } from "../../src/storage/level.ts";
import { entriesOf, WRITER } from "./written-entries.ts";

const [directory = "", first = "0"] = process.argv.slice(2);
const storage = level(directory);
const items = createItemStore(storage, systemClock, createGrantStore(storage, systemClock));

for (let number = Number(first); ; number++) {
  const { items: stored } = await items.put(WRITER, entriesOf(number));
  process.stdout.write(`${JSON.stringify([number, ...stored.map(({ id }) => id)])}\n`);
}
