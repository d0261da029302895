import { describe, expect, it } from "vitest";
import { toKey } from "../../src/storage/key.ts";
import { memory } from "../../src/storage/memory.ts";
import { type MigratingStorage, type Migration, migrating } from "../../src/storage/migrating.ts";
import type { Storage, StorageOperation } from "../../src/storage/storage.ts";
import { FakeClock } from "../fake-clock.ts";

const FORMAT = toKey(["format"]);

const put = (key: string, value: unknown): StorageOperation => ({
  type: "put",
  key,
  value: Buffer.from(JSON.stringify(value)),
});

const read = async (storage: Storage, key: string): Promise<unknown> => {
  const bytes = await storage.get(key);
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString());
};

/** Marks the entries a, b and c, one a step; `stop` throws before the step of that entry. */
const marking = (stop?: () => string | undefined): Migration => ({
  name: "mark",
  async *steps(_, after) {
    for (const key of ["a", "b", "c"]) {
      if (after !== undefined && key <= after) continue;
      if (stop?.() === key) throw new Error("the disk is full");
      yield { operations: [put(`${key}-marked`, true)], after: key, records: 1 };
    }
  },
});

function given(inner: Storage, migrations: readonly Migration[] = [marking()]) {
  const heard: unknown[] = [];
  const storage: MigratingStorage = migrating(inner, {
    migrations,
    onProgress: (progress) => heard.push(progress),
    onFailure: (error) => heard.push(error),
  });
  return { storage, heard };
}

async function older(): Promise<Storage> {
  const inner = memory({ clock: new FakeClock() });
  await inner.batch([put("a", 1), put("b", 2), put("c", 3)]);
  return inner;
}

describe("migrating", () => {
  it("does nothing to a new storage, and says its version with the first write", async () => {
    const inner = memory({ clock: new FakeClock() });
    const { storage, heard } = given(inner);

    expect(await storage.get("a")).toBeUndefined();
    expect(await inner.get(FORMAT)).toBeUndefined();
    await storage.batch([put("a", 1)]);

    expect(await read(inner, FORMAT)).toEqual({ version: 2 });
    expect(heard).toEqual([]);
  });

  it("says the version of a new storage with a first compare-and-set too", async () => {
    const inner = memory({ clock: new FakeClock() });
    const { storage } = given(inner);

    expect(await storage.compareAndSet("a", undefined, Buffer.from("1"))).toBe(true);

    expect(await read(inner, FORMAT)).toEqual({ version: 2 });
  });

  it("brings an older storage to today's version while it is used, and tells of it", async () => {
    const inner = await older();
    const { storage, heard } = given(inner);

    expect(await read(storage, "a")).toBe(1);
    await storage.migrated();

    expect(await read(inner, "c-marked")).toBe(true);
    expect(await read(inner, FORMAT)).toEqual({ version: 2 });
    expect(heard).toEqual([
      { what: "mark", records: 1, ended: false },
      { what: "mark", records: 2, ended: false },
      { what: "mark", records: 3, ended: false },
      { what: "mark", records: 3, ended: true },
    ]);
  });

  it("goes on, after a process that was killed, where that was", async () => {
    const inner = await older();
    await inner.batch([put(FORMAT, { version: 1, after: "b" })]);
    const { storage, heard } = given(inner);

    await storage.migrated();

    expect(await inner.get("a-marked")).toBeUndefined();
    expect(await read(inner, "c-marked")).toBe(true);
    expect(heard).toHaveLength(2);
  });

  it("runs only the migrations that are behind the storage's version, in their order", async () => {
    const inner = await older();
    await inner.batch([put(FORMAT, { version: 2 })]);
    const ran: string[] = [];
    const note = (name: string): Migration => ({
      name,
      async *steps() {
        ran.push(name);
        yield* [];
      },
    });
    const { storage } = given(inner, ["one", "two", "three"].map(note));

    await storage.migrated();

    expect(ran).toEqual(["two", "three"]);
    expect(await read(inner, FORMAT)).toEqual({ version: 4 });
  });

  it("begins again, where a migration failed, with the next operation behind what was done", async () => {
    const inner = await older();
    let full: string | undefined = "b";
    const { storage, heard } = given(inner, [marking(() => full)]);

    await expect(storage.migrated()).rejects.toThrow("the disk is full");
    full = undefined;
    await storage.migrated();

    expect(heard.filter((one) => one instanceof Error)).toHaveLength(1);
    expect(await read(inner, FORMAT)).toEqual({ version: 2 });
    expect(await read(inner, "c-marked")).toBe(true);
  });

  it("refuses what a newer release wrote, untouched, and says what to do", async () => {
    const inner = await older();
    await inner.batch([put(FORMAT, { version: 3 })]);
    const { storage } = given(inner);
    const refusal = {
      code: "PC_STORAGE_UNAVAILABLE",
      message:
        "storage memory is of version 3, and this release knows versions up to 2: use a newer release of prompt-compiler, or another PC_DATA_DIR or REDIS_URL",
    };

    await expect(storage.get("a")).rejects.toMatchObject(refusal);
    await expect(storage.batch([put("a", 9)])).rejects.toMatchObject(refusal);
    await expect(storage.compareAndSet("a", undefined, undefined)).rejects.toMatchObject(refusal);
    await expect(storage.range({ start: "", end: "z" })[Symbol.asyncIterator]().next()).rejects.toMatchObject(
      refusal,
    );

    expect(await read(inner, "a")).toBe(1);
    expect(await read(inner, FORMAT)).toEqual({ version: 3 });
  });

  it("ends the migration when it is closed, with what was done kept", async () => {
    const inner = await older();
    let going: (() => void) | undefined;
    const { storage, heard } = given(inner, [
      {
        name: "slow",
        async *steps() {
          yield { operations: [put("a-marked", true)], after: "a", records: 1 };
          await new Promise<void>((resolve) => {
            going = resolve;
          });
          yield { operations: [put("b-marked", true)], after: "b", records: 1 };
        },
      },
    ]);
    await storage.get("a");
    while (going === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(await read(inner, FORMAT)).toEqual({ version: 1, after: "a" });

    const closing = storage.close();
    going();
    await closing;

    expect(heard).toEqual([{ what: "slow", records: 1, ended: false }]);
    await expect(storage.get("a")).rejects.toMatchObject({ code: "PC_CLOSED" });
  });
});
