import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory.ts";
import { type Table, type TableRange, table } from "../../src/storage/table.ts";
import { FakeClock } from "../fake-clock.ts";

describe("table", () => {
  it("gives back the value that was put, without the fields that are undefined", async () => {
    const storage = memory();
    const people = table<{ name: string; age?: number | undefined }>(storage, "people");

    await storage.batch([people.put(["a", "1"], { name: "Zoë 😀", age: undefined })]);

    expect(await people.get(["a", "1"])).toStrictEqual({ name: "Zoë 😀" });
    expect(await people.get(["a"])).toBeUndefined();
  });

  it("changes several tables in one batch", async () => {
    const storage = memory();
    const words = table<string>(storage, "words");
    const counts = table<number>(storage, "counts");

    await storage.batch([words.put(["a"], "alpha"), counts.put(["a"], 1)]);
    await storage.batch([words.delete(["a"]), counts.put(["a"], 0)]);

    expect(await words.get(["a"])).toBeUndefined();
    expect(await counts.get(["a"])).toBe(0);
  });

  it("keeps tables apart whose names begin alike", async () => {
    const storage = memory();
    const items = table<string>(storage, "item");
    const itemPlaces = table<string>(storage, "item-places");
    await storage.batch([items.put(["x"], "item"), itemPlaces.put(["x"], "place")]);

    expect(await valuesIn(items, [])).toEqual(["item"]);
  });

  it("reads the records under a prefix and no neighbour's", async () => {
    const { records } = await tableOf([
      ["a", "1"],
      ["a", "2"],
      ["a!", "3"],
      ["ab", "4"],
      ["b", "5"],
    ]);

    expect(await valuesIn(records, ["a"])).toEqual(["1", "2"]);
    expect(await valuesIn(records, [])).toEqual(["1", "2", "3", "4", "5"]);
  });

  it("goes on behind a key, in either direction", async () => {
    const { records } = await tableOf([
      ["a", "1"],
      ["a", "2"],
      ["a", "3"],
      ["b", "4"],
    ]);

    expect(await valuesIn(records, ["a"], { after: ["1"] })).toEqual(["2", "3"]);
    expect(await valuesIn(records, ["a"], { after: ["3"], reverse: true })).toEqual(["2", "1"]);
    expect(await valuesIn(records, ["a"], { reverse: true, limit: 1 })).toEqual(["3"]);
  });

  it("scans any number of records, each once, while they are deleted", async () => {
    const storage = memory();
    const records = table<number>(storage, "records");
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    await storage.batch(numbers.map((number) => records.put(["a", String(number).padStart(4, "0")], number)));

    const seen: number[] = [];
    for await (const [key, number] of records.scan(["a"])) {
      seen.push(number);
      await storage.batch([records.delete(key)]);
    }

    expect(seen).toEqual(numbers);
    expect(await valuesIn(records, ["a"])).toEqual([]);
  });

  it("lets a record go when its time is over", async () => {
    const clock = new FakeClock();
    const storage = memory({ clock });
    const records = table<string>(storage, "records");
    await storage.batch([records.put(["a"], "short", { ttlMs: 1000 }), records.put(["b"], "long")]);

    await clock.advance(1000);

    expect(await valuesIn(records, [])).toEqual(["long"]);
  });
});

async function tableOf(keys: readonly (readonly [string, string])[]) {
  const storage = memory();
  const records = table<string>(storage, "records");
  await storage.batch(keys.map((key) => records.put(key, key[1])));
  return { records };
}

async function valuesIn<Value>(
  records: Table<Value>,
  prefix: readonly string[],
  range?: TableRange,
): Promise<Value[]> {
  const values: Value[] = [];
  for await (const [, value] of records.range(prefix, range)) values.push(value);
  return values;
}
