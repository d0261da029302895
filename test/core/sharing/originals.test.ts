import { describe, expect, it } from "vitest";
import { isHandle } from "../../../src/core/sharing/originals.ts";
import { emptyTables, ORIGINALS_TTL_MS } from "./tables.ts";

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
});
