/**
 * The contract of `Storage`. Ids never change meaning.
 *
 *     S1   MUST  give back what was put, byte for byte, whatever the bytes
 *     S2   MUST  give undefined for what was never put or was deleted
 *     S3   MUST  apply a batch in its order: the last operation on a key stands
 *     S4   MUST  apply all operations of a batch or none, as every reader sees it
 *     S5   MUST  order a range by the UTF-8 bytes of its keys
 *     S6   MUST  begin a range at its start and stop before its end
 *     S7   MUST  give a range in reverse, and the limit counted from there
 *     S8   MUST  read a range as of the moment it begins
 *     S9   MUST  compare and set: one of many concurrent writers wins
 *     S10  MUST  compare byte for byte, the absent entry included; undefined deletes
 *     S11  MUST  never return an entry past its expiry, nor count it in a limit, nor take it for present
 *     S12  MUST  forget an expiry when the entry is put again without one
 *     S13  MUST  keep odd keys apart and give them back unchanged
 *     S14  MUST  keep its own copy: later changes of the caller's bytes do not reach it
 *     S15  MUST  reject with PC_CLOSED after close, and take a second close calmly
 *     S16  MUST  finish on close what was under way
 *     S17  MUST  do nothing before the first operation
 *     S18  MUST  find everything again after it is opened anew              (durable ones)
 *     S19  MUST  agree with a plain map over any sequence of operations
 *     S20  MUST  take out expired entries for good as others are written
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Storage, StorageOperation, StorageRange } from "../../src/storage/storage.ts";

/** One storage under test and what the contract needs to do to it. */
export interface StorageFixture {
  readonly storage: Storage;
  /** Lets time pass, as the storage sees it. */
  advance(ms: number): Promise<void>;
  /** Another instance on the same place, after the first was closed; absent where nothing stays. */
  reopen?(): Storage;
  /** How much is kept, expired entries included. */
  kept(): Promise<number>;
  /** Whether anything was opened, made or connected yet. */
  isOpen(): boolean;
  dispose(): Promise<void>;
}

export interface StorageContract {
  readonly create: () => Promise<StorageFixture>;
  /** Ids that do not apply, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);
const put = (key: string, value = key, ttlMs?: number): StorageOperation => ({
  type: "put",
  key,
  value: bytes(value),
  ttlMs,
});
const EVERYTHING = { start: "", end: "\u{10ffff}" };

export function describeStorage(name: string, { create, skip = {} }: StorageContract): void {
  /** A test with a fresh storage, thrown away afterwards. */
  function must(id: string, sentence: string, test: (fixture: StorageFixture) => Promise<void>): void {
    const reason = skip[id];
    const name = `${id} ${sentence}`;
    it.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (${reason})`, async () => {
      const fixture = await create();
      try {
        await test(fixture);
      } finally {
        await fixture.storage.close();
        await fixture.dispose();
      }
    });
  }

  describe(`${name} storage`, () => {
    must("S1", "gives back what was put, byte for byte", async ({ storage }) => {
      const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);

      await storage.batch([
        { type: "put", key: "all", value: everyByte },
        { type: "put", key: "none", value: new Uint8Array() },
        { type: "put", key: "part", value: everyByte.subarray(10, 20) },
      ]);

      expect(await read(storage, "all")).toEqual([...everyByte]);
      expect(await read(storage, "none")).toEqual([]);
      expect(await read(storage, "part")).toEqual([...everyByte.subarray(10, 20)]);
    });

    must("S2", "gives undefined for what was never put or was deleted", async ({ storage }) => {
      await storage.batch([put("a"), put("b")]);

      await storage.batch([
        { type: "delete", key: "a" },
        { type: "delete", key: "never" },
      ]);

      expect(await storage.get("a")).toBeUndefined();
      expect(await storage.get("never")).toBeUndefined();
      expect(await keysIn(storage)).toEqual(["b"]);
    });

    must("S3", "applies a batch in its order", async ({ storage }) => {
      await storage.batch([put("a", "1"), put("a", "2"), put("b"), { type: "delete", key: "b" }]);

      expect(await text(storage, "a")).toBe("2");
      expect(await keysIn(storage)).toEqual(["a"]);
    });

    must("S4", "shows readers all of a batch or none of it", async ({ storage }) => {
      const keys = ["p", "q", "r", "s"];
      await storage.batch(keys.map((key) => put(key, "0")));

      const writing = (async () => {
        for (let round = 1; round <= 40; round++)
          await storage.batch(keys.map((key) => put(key, `${round}`)));
      })();
      const seen: string[][] = [];
      for (let round = 0; round < 40; round++) {
        const values: string[] = [];
        for await (const [, value] of storage.range(EVERYTHING)) values.push(new TextDecoder().decode(value));
        seen.push(values);
      }
      await writing;

      for (const values of seen) expect(new Set(values).size).toBe(1);
    });

    must("S5", "orders a range by the UTF-8 bytes of its keys", async ({ storage }) => {
      // By UTF-16 units the emoji (d83d…) would come before the private-use character (e000) and the full-width one.
      const keys = ["\ue000", "😀", "ｚ", "a", "aa", "a\u0000", "é", "Z", "\u{10fffe}"];

      await storage.batch(keys.map((key) => put(key)));

      const byBytes = [...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(await keysIn(storage)).toEqual(byBytes);
      expect(await keysIn(storage, { ...EVERYTHING, reverse: true })).toEqual([...byBytes].reverse());
    });

    must("S6", "begins a range at its start and stops before its end", async ({ storage }) => {
      await storage.batch(["a", "b", "ba", "c", "d"].map((key) => put(key)));

      expect(await keysIn(storage, { start: "b", end: "d" })).toEqual(["b", "ba", "c"]);
      expect(await keysIn(storage, { start: "bb", end: "cc" })).toEqual(["c"]);
      expect(await keysIn(storage, { start: "x", end: "z" })).toEqual([]);
      expect(await keysIn(storage, { start: "d", end: "a" })).toEqual([]);
      expect(await keysIn(storage, { start: "b", end: "b" })).toEqual([]);
    });

    must("S7", "gives a range in reverse, and the limit counted from there", async ({ storage }) => {
      await storage.batch(["a", "b", "c", "d"].map((key) => put(key)));

      expect(await keysIn(storage, { start: "a", end: "d", reverse: true })).toEqual(["c", "b", "a"]);
      expect(await keysIn(storage, { start: "a", end: "d", limit: 2 })).toEqual(["a", "b"]);
      expect(await keysIn(storage, { start: "a", end: "d", reverse: true, limit: 2 })).toEqual(["c", "b"]);
      expect(await keysIn(storage, { start: "a", end: "d", limit: 0 })).toEqual([]);
    });

    must("S8", "reads a range as of the moment it begins", async ({ storage }) => {
      await storage.batch(["a", "b", "c"].map((key) => put(key)));

      const seen: string[] = [];
      for await (const [key, value] of storage.range(EVERYTHING)) {
        seen.push(`${key}=${new TextDecoder().decode(value)}`);
        if (key === "a") await storage.batch([{ type: "delete", key: "b" }, put("c", "changed"), put("d")]);
      }

      expect(seen).toEqual(["a=a", "b=b", "c=c"]);
      expect(await keysIn(storage)).toEqual(["a", "c", "d"]);
    });

    must("S9", "lets one of many concurrent writers win a compare-and-set", async ({ storage }) => {
      const attempts = Array.from({ length: 20 }, (_, index) =>
        storage.compareAndSet("lock", undefined, bytes(`${index}`)),
      );
      const won = await Promise.all(attempts);

      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await text(storage, "lock")).toBe(`${won.indexOf(true)}`);
    });

    must("S9", "loses no increment of concurrent counters", async ({ storage }) => {
      const increment = async (): Promise<void> => {
        for (;;) {
          const current = await storage.get("count");
          const next = bytes(`${Number(current === undefined ? 0 : new TextDecoder().decode(current)) + 1}`);
          if (await storage.compareAndSet("count", current, next)) return;
        }
      };

      await Promise.all(Array.from({ length: 12 }, increment));

      expect(await text(storage, "count")).toBe("12");
    });

    must("S10", "compares byte for byte, the absent entry included", async ({ storage }) => {
      await storage.batch([put("a", "one"), put("empty", "")]);

      expect(await storage.compareAndSet("a", bytes("on"), bytes("x"))).toBe(false);
      expect(await storage.compareAndSet("a", undefined, bytes("x"))).toBe(false);
      expect(await storage.compareAndSet("none", bytes(""), bytes("x"))).toBe(false);
      expect(await storage.compareAndSet("empty", undefined, bytes("x"))).toBe(false);
      expect(await storage.compareAndSet("empty", bytes(""), bytes("full"))).toBe(true);
      expect(await storage.compareAndSet("a", bytes("one"), undefined)).toBe(true);
      expect(await keysIn(storage)).toEqual(["empty"]);
      expect(await text(storage, "empty")).toBe("full");
    });

    must("S11", "never returns an entry past its expiry", async ({ storage, advance }) => {
      await storage.batch([put("a", "1", 500), put("b", "2"), put("c", "3", 60_000)]);
      expect(await keysIn(storage)).toEqual(["a", "b", "c"]);

      await advance(600);

      expect(await storage.get("a")).toBeUndefined();
      expect(await keysIn(storage, { ...EVERYTHING, limit: 2 })).toEqual(["b", "c"]);
      expect(await storage.compareAndSet("a", bytes("1"), bytes("x"))).toBe(false);
      expect(await storage.compareAndSet("a", undefined, bytes("new"), { ttlMs: 500 })).toBe(true);
      expect(await text(storage, "a")).toBe("new");
      await advance(600);
      expect(await storage.get("a")).toBeUndefined();
    });

    must("S12", "forgets an expiry when the entry is put again without one", async ({ storage, advance }) => {
      await storage.batch([put("a", "1", 500), put("b", "1", 500)]);
      await storage.batch([put("a", "2")]);
      await storage.compareAndSet("b", bytes("1"), bytes("2"));

      await advance(600);
      await storage.batch([put("other")]);

      expect(await text(storage, "a")).toBe("2");
      expect(await text(storage, "b")).toBe("2");
    });

    must("S13", "keeps odd keys apart and gives them back unchanged", async ({ storage }) => {
      const odd = [
        "",
        " ",
        "\u0000",
        "\u0000\u0000",
        "\u0001",
        "\n",
        "(",
        "[",
        "+",
        "-",
        "%",
        "\u{1f469}\u200d\u{1f680}",
      ];
      const long = "k".repeat(20_000);

      await storage.batch([...odd, long].map((key) => put(key, `value of ${key.length}:${key.slice(0, 9)}`)));

      expect(new Set(await keysIn(storage))).toEqual(new Set([...odd, long]));
      for (const key of [...odd, long]) {
        expect(await text(storage, key)).toBe(`value of ${key.length}:${key.slice(0, 9)}`);
      }
    });

    must("S14", "keeps its own copy of the caller's bytes", async ({ storage }) => {
      const mine = Buffer.from("mine");
      await storage.batch([{ type: "put", key: "a", value: mine }]);

      mine.fill(0);
      (await storage.get("a"))?.fill(0);

      expect(await text(storage, "a")).toBe("mine");
    });

    must("S15", "rejects with PC_CLOSED after close", async ({ storage }) => {
      await storage.batch([put("a")]);
      await storage.close();
      await storage.close();

      const closed = { code: "PC_CLOSED" };
      await expect(storage.get("a")).rejects.toMatchObject(closed);
      await expect(storage.batch([put("b")])).rejects.toMatchObject(closed);
      await expect(storage.compareAndSet("a", undefined, bytes("x"))).rejects.toMatchObject(closed);
      await expect(keysIn(storage)).rejects.toMatchObject(closed);
    });

    must("S15", "ends a range that is being read with PC_CLOSED", async ({ storage }) => {
      await storage.batch([put("a"), put("b")]);

      const reading = (async () => {
        for await (const _ of storage.range(EVERYTHING)) await storage.close();
      })();

      await expect(reading).rejects.toMatchObject({ code: "PC_CLOSED" });
    });

    must("S16", "finishes on close what was under way", async ({ storage }) => {
      await storage.batch([put("a")]);

      const writes = Array.from({ length: 10 }, (_, index) => storage.batch([put(`w${index}`)]));
      const reading = storage.get("a");
      await storage.close();

      await expect(Promise.all(writes)).resolves.toHaveLength(10);
      await expect(reading).resolves.toBeDefined();
    });

    must("S17", "does nothing before the first operation", async ({ storage, isOpen }) => {
      const range = storage.range(EVERYTHING);
      expect(isOpen()).toBe(false);

      await storage.close();

      expect(isOpen()).toBe(false);
      expect(range).toBeDefined();
    });

    must("S18", "finds everything again after it is opened anew", async ({ storage, reopen, advance }) => {
      await storage.batch([put("a", "1"), put("b", "2", 500), put("c", "3", 60_000)]);
      await storage.close();
      await advance(600);

      const again = reopen!();

      expect(await keysIn(again)).toEqual(["a", "c"]);
      expect(await text(again, "c")).toBe("3");
      await again.close();
    });

    must("S19", "agrees with a plain map over any sequence of operations", async ({ storage }) => {
      const key = fc.constantFrom("a", "b", "ba", "\u0000", "é", "😀", "\ue000");
      const value = fc.uint8Array({ maxLength: 4 });
      const operation = fc.oneof(
        fc.record({ type: fc.constant("put" as const), key, value }),
        fc.record({ type: fc.constant("delete" as const), key }),
      );
      const window = fc.record({ start: key, end: key, reverse: fc.boolean(), limit: fc.nat({ max: 4 }) });

      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(operation, { maxLength: 4 }), { maxLength: 4 }),
          window,
          async (batches, range) => {
            const model = new Map<string, Uint8Array>();
            await storage.batch((await keysIn(storage)).map((left) => ({ type: "delete", key: left })));
            for (const batch of batches) {
              await storage.batch(batch);
              for (const one of batch) {
                if (one.type === "put") model.set(one.key, one.value);
                else model.delete(one.key);
              }
            }

            expect(await entriesIn(storage, range)).toEqual(rangeOf(model, range));
          },
        ),
        { numRuns: 40 },
      );
    });

    must(
      "S20",
      "takes out expired entries for good as others are written",
      async ({ storage, advance, kept }) => {
        await storage.batch(Array.from({ length: 100 }, (_, index) => put(`old${index}`, "x", 100)));
        await advance(120_000);

        for (let round = 0; round < 4; round++) await storage.batch([put("new")]);

        expect(await keysIn(storage)).toEqual(["new"]);
        expect(await kept()).toBe(1);
      },
    );
  });
}

async function read(storage: Storage, key: string): Promise<readonly number[] | undefined> {
  const value = await storage.get(key);
  return value === undefined ? undefined : [...value];
}

async function text(storage: Storage, key: string): Promise<string | undefined> {
  const value = await storage.get(key);
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

async function keysIn(storage: Storage, range: StorageRange = EVERYTHING): Promise<readonly string[]> {
  return (await entriesIn(storage, range)).map(([key]) => key);
}

async function entriesIn(
  storage: Storage,
  range: StorageRange,
): Promise<readonly (readonly [string, readonly number[]])[]> {
  const found: [string, readonly number[]][] = [];
  for await (const [key, value] of storage.range(range)) found.push([key, [...value]]);
  return found;
}

/** The range of a plain map, by the definition: bytes compared by Node. */
function rangeOf(model: ReadonlyMap<string, Uint8Array>, range: StorageRange) {
  const compare = (left: string, right: string): number =>
    Buffer.compare(Buffer.from(left), Buffer.from(right));
  const inside = [...model]
    .filter(([key]) => compare(key, range.start) >= 0 && compare(key, range.end) < 0)
    .sort(([left], [right]) => compare(left, right))
    .map(([key, value]) => [key, [...value]]);
  return (range.reverse ? inside.reverse() : inside).slice(0, range.limit);
}
