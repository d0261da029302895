import { describe, expect, it } from "vitest";
import { callerOf } from "../../../src/core/sharing/access.ts";
import type { NewItem } from "../../../src/core/sharing/item-store.ts";
import { collect, emptyTables } from "./tables.ts";

const owner = { tenant: "acme", agentId: "planner" };
const caller = callerOf({ ...owner, share: true });
const note = (content: string, createdAt?: number): NewItem => ({
  sessionId: undefined,
  audience: "agent",
  role: "note",
  content,
  createdAt,
});

describe("ItemStore", () => {
  it("finds what is there when the same is put again, with the moment of the first time", async () => {
    const { items, clock } = emptyTables();
    const first = await items.put(owner, [note("paid")]);
    await clock.advance(1000);

    const again = await items.put(owner, [note("paid"), note("new")]);

    expect(first.written).toBe(1);
    expect(again.written).toBe(1);
    expect(again.items[0]).toEqual(first.items[0]);
  });

  it("writes an item once that comes twice in one put, or in puts at the same time", async () => {
    const { items } = emptyTables();

    const results = await Promise.all([
      items.put(owner, [note("paid"), note("paid")]),
      items.put(owner, [note("paid")]),
      items.put(owner, [note("paid")]),
    ]);

    expect(results.reduce((sum, { written }) => sum + written, 0)).toBe(1);
    expect(await items.candidates(caller, "")).toHaveLength(1);
  });

  it("keeps apart what differs in any part of its identity", async () => {
    const { items } = emptyTables();
    const one = note("paid");

    const { written } = await items.put(owner, [
      one,
      { ...one, sessionId: "s1" },
      { ...one, audience: "group:trip" },
      { ...one, role: "user" },
      { ...one, content: "paid " },
    ]);

    expect(written).toBe(5);
  });

  it("gives the newest items in the order of creation, also within one millisecond", async () => {
    const { items, clock } = emptyTables();
    await items.put(owner, [note("1"), note("2"), note("3")]);
    await items.put(owner, [note("4")]);
    await clock.advance(1);
    await items.put(owner, [note("5")]);

    const newest = await items.page(caller, { limit: 4 });

    expect(newest.items.map(({ content }) => content)).toEqual(["5", "4", "3", "2"]);
  });

  it("goes through all pages, each item once, though items come and go meanwhile", async () => {
    const { items, storage, clock } = emptyTables();
    await items.put(
      owner,
      Array.from({ length: 7 }, (_, index) => note(`${index}`)),
    );

    const first = await items.page(caller, { limit: 3 });
    await clock.advance(5);
    await items.put(owner, [note("late")]);
    for await (const { item, removal } of items.owned(owner)) {
      if (item.content === "4") await storage.batch(await removal()); // the very item the cursor stands on
    }
    const second = await items.page(caller, { limit: 3, after: first.nextAfter });
    const third = await items.page(caller, { limit: 3, after: second.nextAfter });

    const pages = [first, second, third].map((page) => page.items.map(({ content }) => content));
    expect(pages).toEqual([["6", "5", "4"], ["3", "2", "1"], ["0"]]);
    expect(third.nextAfter).toBeUndefined();
  });

  it("says that there is no next page where a page ends with the last item", async () => {
    const { items } = emptyTables();
    await items.put(owner, [note("1"), note("2")]);

    expect((await items.page(caller, { limit: 2 })).nextAfter).toBeUndefined();
  });

  it("gives what an agent owns in every audience, in the order of creation", async () => {
    const { items } = emptyTables();
    await items.put(owner, [note("1", 10), { ...note("2", 20), audience: "group:trip" }, note("0", 5)]);
    await items.put({ ...owner, agentId: "scout" }, [note("other")]);

    const owned = await collect(items.owned(owner));

    expect(owned.map(({ item }) => item.content)).toEqual(["0", "1", "2"]);
  });

  it("takes an item out of every table with its removal", async () => {
    const { items, storage } = emptyTables();
    const { items: put } = await items.put(owner, [note("paid")]);

    for await (const { removal } of items.owned({ tenant: "acme", id: put[0].id }))
      await storage.batch(await removal());

    expect(await collect(storage.range({ start: "", end: "\u{10ffff}" }))).toEqual([]);
  });

  it("takes out both copies of an item that two processes stored in the same moment", async () => {
    const { items, storage } = emptyTables();
    const { items: put } = await items.put(owner, [note("paid", 10)]);
    // The second process did not see the first one's place: without it, the same put writes a second copy.
    for await (const [key] of storage.range({ start: "item-places", end: "item-placet" })) {
      await storage.batch([{ type: "delete", key }]);
    }
    await items.put(owner, [note("paid", 11)]);
    expect(await items.candidates(caller, "")).toHaveLength(1);

    for await (const { removal } of items.owned({ tenant: "acme", id: put[0].id }))
      await storage.batch(await removal());

    expect(await collect(storage.range({ start: "", end: "\u{10ffff}" }))).toEqual([]);
  });
});
