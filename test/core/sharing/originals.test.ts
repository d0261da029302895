import { describe, expect, it } from "vitest";
import { createOriginals, isHandle } from "../../../src/core/sharing/originals.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { collect, emptyTables, ORIGINALS_TTL_MS } from "./tables.ts";

const planner = { tenant: "acme", agentId: "planner" };

describe("Originals", () => {
  it("gives a text back by its handle, within the tenant only", async () => {
    const { originals } = emptyTables();

    const [handle = ""] = await originals.put(planner, ["cut words"]);

    expect(handle).toMatch(/^pc:[0-9a-f]{32}$/);
    expect(isHandle(handle)).toBe(true);
    expect(await originals.get("acme", handle)).toBe("cut words");
    expect(await originals.get("other", handle)).toBeUndefined();
  });

  it("gives the same text the same handle in its tenant, and another in another", async () => {
    const { originals } = emptyTables();

    const [first, second] = await originals.put(planner, ["same", "same"]);
    const [third] = await originals.put({ tenant: "acme", agentId: undefined }, ["same"]);
    const [foreign] = await originals.put({ tenant: "other", agentId: "planner" }, ["same"]);

    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(foreign).not.toBe(first);
  });

  it("lets a text go when its time is over", async () => {
    const { originals, clock } = emptyTables();
    const [handle = ""] = await originals.put(planner, ["cut"]);

    await clock.advance(ORIGINALS_TTL_MS);

    expect(await originals.get("acme", handle)).toBeUndefined();
  });

  it("keeps a text that is cut again for at least half of its time from then on", async () => {
    const { originals, clock } = emptyTables();
    await originals.put(planner, ["cut"]);
    await clock.advance(ORIGINALS_TTL_MS * 0.4);
    await originals.put(planner, ["cut"]); // more than half is left: nothing to write
    await clock.advance(ORIGINALS_TTL_MS * 0.2);

    const [handle = ""] = await originals.put(planner, ["cut"]);
    await clock.advance(ORIGINALS_TTL_MS * 0.9);

    expect(await originals.get("acme", handle)).toBe("cut");
  });

  it("asks storage once for a text that is cut in call after call", async () => {
    const { storage, clock } = emptyTables();
    const asked: string[] = [];
    const get = (key: string) => {
      asked.push(key);
      return storage.get(key);
    };
    const originals = createOriginals({ ...forwarded(storage), get }, clock, ORIGINALS_TTL_MS);
    await originals.put(planner, ["one", "two"]);
    asked.length = 0;

    await originals.put(planner, ["one", "two", "three"]);

    expect(asked.filter((key) => key.startsWith("originals"))).toHaveLength(1);
  });

  it("keeps a text again once another process has forgotten it", async () => {
    const { storage, clock } = emptyTables();
    const here = createOriginals(storage, clock, ORIGINALS_TTL_MS);
    const there = createOriginals(storage, clock, ORIGINALS_TTL_MS);
    const [handle = ""] = await here.put(planner, ["cut"]);
    const removals = (await collect(there.scan("acme"))).map(({ removal }) => removal);
    await storage.batch([...removals, there.unmark("acme")]);
    await clock.advance(1);

    await there.put(planner, ["another"]);
    await here.put(planner, ["cut"]);

    expect(await here.get("acme", handle)).toBe("cut");
  });

  it("keeps more texts than it looks for at once", async () => {
    const { originals } = emptyTables();
    const texts = Array.from({ length: 300 }, (_, index) => `text ${index}`);

    const handles = await originals.put(planner, texts);

    expect(await Promise.all(handles.map((handle) => originals.get("acme", handle)))).toEqual(texts);
  });
});

/** A storage of which single operations can be replaced. */
function forwarded(storage: Storage): Storage {
  return {
    name: storage.name,
    get: (key) => storage.get(key),
    batch: (operations) => storage.batch(operations),
    range: (range) => storage.range(range),
    compareAndSet: (...given) => storage.compareAndSet(...given),
    close: () => storage.close(),
  };
}
