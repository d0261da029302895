import { describe, expect, it } from "vitest";
import type { CallContext } from "../../../src/chat.ts";
import { AUDIT_TTL_MS, dumpOf, emptyTables } from "./tables.ts";

const tenant: CallContext = { tenant: "acme" };
const planner: CallContext = { tenant: "acme", agentId: "planner" };
const scout: CallContext = { tenant: "acme", agentId: "scout" };
const toScout = { owner: "agent:planner", reader: "agent:scout" } as const;

async function withNote() {
  const tables = emptyTables();
  const item = await tables.contexts.add({ content: "the hotel is paid" }, planner);
  return { ...tables, item };
}

describe("grants", () => {
  it("let another agent read what is an agent's own, until they are taken back", async () => {
    const { contexts, item } = await withNote();
    const before = await contexts.list(scout);

    await contexts.grant(toScout, planner);
    const during = await contexts.list(scout);
    const wasThere = await contexts.revoke(toScout, planner);
    const after = await contexts.get(item.id, scout);

    expect([before.items, during.items, wasThere, after]).toEqual([[], [item], true, undefined]);
  });

  it("let a group read, in its calls and no others", async () => {
    const { contexts, item } = await withNote();

    await contexts.grant({ owner: "agent:planner", reader: "group:trip" }, planner);

    expect((await contexts.list({ ...scout, group: "trip" })).items).toEqual([item]);
    expect((await contexts.list(scout)).items).toEqual([]);
    expect((await contexts.list({ ...scout, group: "other" })).items).toEqual([]);
  });

  it("go one step: who may read the reader does not come to read the owner", async () => {
    const { contexts } = await withNote();

    await contexts.grant(toScout, tenant);
    await contexts.grant({ owner: "agent:scout", reader: "agent:third" }, tenant);

    expect((await contexts.list({ ...tenant, agentId: "third" })).items).toEqual([]);
  });

  it("let nobody write to what they read", async () => {
    const { contexts } = await withNote();
    await contexts.grant(toScout, planner);

    await contexts.add({ content: "scouted" }, scout);

    const { items } = await contexts.list(planner);
    expect(items.map(({ content }) => content)).toEqual(["the hotel is paid"]);
  });

  it.each<[who: string, call: CallContext, owner: "agent:planner" | "group:trip"]>([
    ["another agent", scout, "agent:planner"],
    ["a member, of its group", { ...planner, group: "trip" }, "group:trip"],
    ["a key that is for some agents and names none", { ...tenant, agents: ["planner"] }, "agent:planner"],
  ])("are refused to %s", async (_, call, owner) => {
    const { contexts } = await withNote();
    const grant = { owner, reader: "agent:third" } as const;

    await expect(contexts.grant(grant, call)).rejects.toMatchObject({ code: "PC_FORBIDDEN" });
    await expect(contexts.revoke(grant, call)).rejects.toMatchObject({ code: "PC_FORBIDDEN" });
  });

  it.each([
    [{ owner: "planner", reader: "agent:scout" }, "owner"],
    [{ owner: "agent:planner", reader: "group:" }, "reader"],
    [{ owner: "agent:planner", reader: `agent:${"x".repeat(257)}` }, "reader"],
    [{ owner: "agent:planner", reader: "agent:planner" }, "reader"],
    [{ owner: "agent:planner" }, "reader"],
  ])("refuse what names no two audiences: %o", async (grant, param) => {
    const { contexts } = emptyTables();

    await expect(contexts.grant(grant as typeof toScout, tenant)).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      param,
    });
  });

  it("are bounded for each reader, since every one is one more place to read", async () => {
    const { contexts } = emptyTables();
    for (let number = 0; number < 64; number++) {
      await contexts.grant({ owner: `group:${number}`, reader: "agent:scout" }, tenant);
    }

    await expect(contexts.grant(toScout, tenant)).rejects.toMatchObject({ param: "reader" });
  });

  it("are listed in pages, to an agent those that are from or to it", async () => {
    const { contexts } = emptyTables();
    const pairs = [
      ["agent:a", "agent:b"],
      ["agent:c", "agent:a"],
      ["agent:c", "agent:d"],
    ] as const;
    for (const [owner, reader] of pairs) await contexts.grant({ owner, reader }, tenant);

    const first = await contexts.grants(tenant, { limit: 2 });
    const second = await contexts.grants(tenant, { limit: 2, after: first.nextAfter });
    const ofA = await contexts.grants({ ...tenant, agentId: "a" });

    expect([...first.grants, ...second.grants].map(({ owner, reader }) => [owner, reader])).toEqual([
      ["agent:c", "agent:a"],
      ["agent:a", "agent:b"],
      ["agent:c", "agent:d"],
    ]);
    expect(second.nextAfter).toBeUndefined();
    expect(ofA.grants).toEqual(first.grants);
    expect((await contexts.grants({ tenant: "other" })).grants).toEqual([]);
  });

  it("give the grant that is there when granted again", async () => {
    const { contexts, clock } = emptyTables();
    const first = await contexts.grant(toScout, planner);
    await clock.advance(1000);

    const again = await contexts.grant(toScout, tenant);

    expect(again).toEqual(first);
    expect(first).toEqual({ ...toScout, grantedBy: "planner", createdAt: first.createdAt });
  });
});

describe("the audit trail", () => {
  it("says who read whose items, which and when, the newest first", async () => {
    const { contexts, clock, item } = await withNote();
    const at = clock.now();
    await contexts.grant(toScout, planner);
    await clock.advance(1000);

    await contexts.search("hotel", { ...scout, sessionId: "s1" });

    const { entries } = await contexts.audit(tenant);
    expect(entries).toEqual([
      {
        action: "read",
        at: at + 1000,
        agentId: "scout",
        sessionId: "s1",
        audience: "agent:planner",
        agents: ["planner"],
        itemIds: [item.id],
      },
      {
        action: "grant",
        at,
        agentId: "planner",
        audience: "agent:planner",
        reader: "agent:scout",
        agents: [],
        itemIds: [],
      },
    ]);
  });

  it("says who wrote to a group, once for what is written again", async () => {
    const { contexts } = emptyTables();
    const member = { ...planner, group: "trip" };

    const item = await contexts.add({ content: "three rooms" }, member);
    await contexts.add({ content: "three rooms" }, member);

    const { entries } = await contexts.audit(tenant);
    expect(entries).toMatchObject([
      { action: "write", agentId: "planner", audience: "group:trip", itemIds: [item.id] },
    ]);
  });

  it("is silent about an agent's own memory", async () => {
    const { contexts, item } = await withNote();

    await contexts.get(item.id, planner);
    await contexts.list(planner);

    expect((await contexts.audit(tenant)).entries).toEqual([]);
  });

  it("shows an agent what it did, and what was done with its words, and nothing else", async () => {
    const { contexts } = await withNote();
    await contexts.grant(toScout, planner);
    await contexts.list(scout);
    await contexts.add({ content: "elsewhere" }, { ...tenant, agentId: "third", group: "other" });

    const [ofPlanner, ofThird, ofStranger] = await Promise.all([
      contexts.audit(planner),
      contexts.audit({ ...tenant, agentId: "third" }),
      contexts.audit({ tenant: "other" }),
    ]);

    expect(ofPlanner.entries.map(({ action }) => action)).toEqual(["read", "grant"]);
    expect(ofThird.entries.map(({ action }) => action)).toEqual(["write"]);
    expect(ofStranger.entries).toEqual([]);
  });

  it("comes in pages", async () => {
    const { contexts, clock } = emptyTables();
    for (const name of ["one", "two", "three"]) {
      await contexts.add({ content: name }, { ...planner, group: name });
      await clock.advance(1);
    }

    const first = await contexts.audit(tenant, { limit: 2 });
    const second = await contexts.audit(tenant, { limit: 2, after: first.nextAfter });

    const shown = [...first.entries, ...second.entries].map(({ audience }) => audience);
    expect(shown).toEqual(["group:three", "group:two", "group:one"]);
    expect(second.nextAfter).toBeUndefined();
  });

  it("keeps an entry for its time and no longer", async () => {
    const { contexts, clock } = emptyTables();
    await contexts.grant(toScout, planner);

    await clock.advance(AUDIT_TTL_MS);

    expect((await contexts.audit(tenant)).entries).toEqual([]);
  });

  it("loses an item's id with the item, and an agent's entries and grants with the agent", async () => {
    const { contexts, item, storage } = await withNote();
    await contexts.grant(toScout, planner);
    await contexts.list(scout);

    await contexts.forget({ id: item.id }, planner);
    const { entries } = await contexts.audit(tenant);
    await contexts.forget({ agentId: "planner" }, tenant);

    expect(entries[0]).toMatchObject({ action: "read", itemIds: [] });
    expect(await dumpOf(storage)).toBe("");
  });
});
