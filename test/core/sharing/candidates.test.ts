import { describe, expect, it } from "vitest";
import { callerOf } from "../../../src/core/sharing/access.ts";
import { createItemStore, type NewItem } from "../../../src/core/sharing/item-store.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { FakeClock } from "../../fake-clock.ts";
import { engineWith } from "../engine-parts.ts";
import { collect, emptyTables } from "./tables.ts";

const owner = { tenant: "acme", agentId: "planner" };
const caller = callerOf({ ...owner, share: true });

const note = (content: string): NewItem => ({
  sessionId: undefined,
  audience: "agent",
  role: "note",
  content,
});

/** So many notes that tell nothing. */
const idle = (count: number, from = 0): NewItem[] =>
  Array.from({ length: count }, (_, index) => note(`routine report ${from + index} without findings`));

/** A store in which one note stands before 3,000 newer ones. */
async function buried(content: string) {
  const tables = emptyTables();
  await tables.items.put(owner, [...idle(3), note(content), ...idle(3_000, 3)]);
  return tables;
}

describe("candidates", () => {
  it("are all items of a small store, in the order of creation, whatever the query", async () => {
    const { items } = emptyTables();
    await items.put(owner, [note("first"), note("second"), note("third")]);

    const found = await items.candidates(caller, "nothing of this");

    expect(found.map(({ content }) => content)).toEqual(["first", "second", "third"]);
  });

  it("reach an item that thousands are newer than, by its words", async () => {
    const { items } = await buried("The courier lost parcel QX-77183 in Antwerp.");

    const found = await items.candidates(caller, "Where was parcel QX-77183 lost?");

    expect(found.map(({ content }) => content)).toContain("The courier lost parcel QX-77183 in Antwerp.");
    expect(found.length).toBeLessThan(1_000);
  });

  it("find other forms of a word", async () => {
    const { items } = await buried("She was negotiating the lease of the warehouse.");

    const found = await items.candidates(caller, "who negotiated leases");

    expect(found.some(({ content }) => content.includes("warehouse"))).toBe(true);
  });

  it("bring what stands beside a match in a large store, two on each side", async () => {
    const { items } = await buried("Which colour was the submarine?");

    const found = await items.candidates(caller, "submarine");

    const at = found.findIndex(({ content }) => content.includes("submarine"));
    const around = found.slice(at - 2, at + 3).map(({ content }) => content);
    expect(around).toEqual([
      "routine report 1 without findings",
      "routine report 2 without findings",
      "Which colour was the submarine?",
      "routine report 3 without findings",
      "routine report 4 without findings",
    ]);
  });

  it("have the newest items of a large store, and each item once", async () => {
    const { items } = await buried("submarine");

    const found = await items.candidates(caller, "what was that?");

    expect(found.at(-1)?.content).toBe("routine report 3002 without findings");
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  });

  it("read a bounded part of a large store, however common the query's words are", async () => {
    const { items, storage } = await buried("submarine");
    const counted = countReads(storage);
    const store = createItemStore(counted.storage, new FakeClock(), { readableBy: async () => [] });
    await store.candidates(caller, "routine report without findings");
    const first = counted.reads();

    const found = await store.candidates(caller, "routine report without findings");

    // The first one also saw that the store is large.
    expect(counted.reads() - first).toBeLessThan(10_000);
    expect(found.length).toBeLessThan(600);
    expect(await items.candidates(caller, "routine report without findings")).toEqual(found);
  });

  it("are of at most as many characters as ranking reads, the best before the newest", async () => {
    const { items } = emptyTables();
    const long = (word: string) => note(`${word} `.padEnd(100_000, "padding "));
    await items.put(owner, [..."zebra lion otter mole shrew hare fox".split(" ").map(long)]);

    const found = await items.candidates(caller, "zebra");

    expect(found.some(({ content }) => content.startsWith("zebra"))).toBe(true);
    expect(found.reduce((sum, { content }) => sum + content.length, 0)).toBeLessThanOrEqual(512 * 1024);
  });

  it("have nothing of another audience or tenant, in the words either", async () => {
    const { items } = await buried("submarine");
    const trip = { ...caller, group: "trip" };
    await items.put(owner, [
      ...idle(2_500, 5_000).map((entry) => ({ ...entry, audience: "group:trip" as const })),
    ]);

    const found = await items.candidates(trip, "submarine");

    expect(found.every(({ audience }) => audience === "group:trip")).toBe(true);
    expect(await items.candidates({ ...caller, tenant: "other" }, "submarine")).toEqual([]);
    expect(await items.candidates({ ...caller, read: false }, "submarine")).toEqual([]);
  });

  it("leave out an old fact of a large store, however far from it the one that supersedes it stands", async () => {
    const { contexts } = emptyTables();
    const many = async (from: number): Promise<void> => {
      const lines = idle(2_500, from).map(({ content, audience, role }) =>
        JSON.stringify({ agentId: "planner", content, audience, role }),
      );
      await contexts.import(lines, { tenant: "acme" });
    };
    const old = await contexts.add({ content: "The ferry leaves at nine." }, owner);
    await many(0);
    await contexts.add({ content: "Change of plans: ten.", supersedes: [old.id] }, owner);
    await many(2_500);

    const hits = await contexts.search("When does the ferry leave?", owner);

    expect(hits.map(({ item }) => item.content)).not.toContain("The ferry leaves at nine.");
  });

  it("lose an item with its words when it is forgotten: no word of it is in any key", async () => {
    const { contexts, storage } = await buried("The courier lost parcel QX-77183 in Antwerp.");
    const [hit] = await contexts.search("QX-77183 courier", { ...owner });

    await contexts.forget({ id: hit?.item.id ?? "" }, owner);

    const keys = (await collect(storage.range({ start: "", end: "\u{10ffff}" }))).map(([key]) => key);
    expect(keys.filter((key) => /77183|courier|antwerp/.test(key))).toEqual([]);
    expect(keys.some((key) => key.includes("routin"))).toBe(true);
    expect(await contexts.search("QX-77183 courier", owner)).toEqual([]);
  });

  it("keep the words of a text of any kind within bounds, and take all of them out again", async () => {
    const { contexts, storage } = emptyTables();
    const numbers = Array.from({ length: 30_000 }, (_, index) => index.toString(36)).join(" ");
    const run = "x".repeat(100_000);
    const odd = "a\u0000b \ud800 \u0001 日本語の文章 🙂";
    const added = await Promise.all([numbers, run, odd].map((content) => contexts.add({ content }, owner)));

    const keys = (await collect(storage.range({ start: "", end: "\u{10ffff}" }))).map(([key]) => key);
    for (const { id } of added) await contexts.forget({ id }, owner);

    expect(keys.length).toBeLessThan(9_000);
    expect(Math.max(...keys.map((key) => key.length))).toBeLessThan(300);
    expect(await collect(storage.range({ start: "", end: "\u{10ffff}" }))).toEqual([]);
  });
});

it("a compile recalls what thousands of newer items stand before", async () => {
  const engine = engineWith();
  const lines = [note("The safe's code word is marzipan."), ...idle(2_500)].map(({ content }, index) =>
    JSON.stringify({ agentId: "planner", audience: "agent", role: "note", content, createdAt: index }),
  );
  await engine.contexts.import(lines, { tenant: "acme" });

  const { injectedText } = await engine.compile(
    { wire: "chat", body: { messages: [{ role: "user", content: "What is the code word of the safe?" }] } },
    caller,
    {},
  );

  expect(injectedText).toContain("marzipan");
});

/** A storage that counts the entries read from it. */
function countReads(storage: Storage): { readonly storage: Storage; reads(): number } {
  let reads = 0;
  return {
    reads: () => reads,
    storage: {
      name: storage.name,
      batch: (operations) => storage.batch(operations),
      compareAndSet: (...args) => storage.compareAndSet(...args),
      close: () => storage.close(),
      get(key) {
        reads += 1;
        return storage.get(key);
      },
      async *range(range) {
        for await (const entry of storage.range(range)) {
          reads += 1;
          yield entry;
        }
      },
    },
  };
}
