import { describe, expect, it } from "vitest";
import type { CallContext } from "../../../src/chat.ts";
import type { Contexts } from "../../../src/core/contexts.ts";
import { createPromptCompiler } from "../../../src/index.ts";
import { collect, emptyTables } from "./tables.ts";

const planner: CallContext = { tenant: "acme", agentId: "planner", group: "trip" };
const scout: CallContext = { tenant: "acme", agentId: "scout", group: "trip" };

const search = async (contexts: Contexts, call: CallContext): Promise<readonly string[]> =>
  (await contexts.search("ferry", call)).map(({ item }) => item.content).toSorted();

describe("what holds now", () => {
  it("leaves out what a new item of the audience supersedes, whoever wrote it, and destroys nothing", async () => {
    const { contexts } = emptyTables();
    const old = await contexts.add({ content: "the ferry leaves at nine" }, planner);
    const next = await contexts.add({ content: "the ferry leaves at ten", supersedes: [old.id] }, scout);

    expect(await search(contexts, planner)).toEqual(["the ferry leaves at ten"]);
    expect((await contexts.list(planner)).items).toEqual([next, old]);
    expect(await contexts.get(old.id, planner)).toEqual(old);
  });

  it("keeps an old item hidden when what hides it is hidden itself", async () => {
    const { contexts } = emptyTables();
    const first = await contexts.add({ content: "ferry 1" }, planner);
    const second = await contexts.add({ content: "ferry 2", supersedes: [first.id] }, planner);
    await contexts.add({ content: "ferry 3", supersedes: [second.id] }, planner);

    expect(await search(contexts, planner)).toEqual(["ferry 3"]);
  });

  it("finds the old item again when the new one is forgotten", async () => {
    const { contexts } = emptyTables();
    const old = await contexts.add({ content: "ferry 1" }, planner);
    const next = await contexts.add({ content: "ferry 2", supersedes: [old.id] }, planner);

    await contexts.forget({ id: next.id }, planner);

    expect(await search(contexts, planner)).toEqual(["ferry 1"]);
  });

  it("lets nobody hide what is another audience's, granted or not", async () => {
    const { contexts } = emptyTables();
    const alone: CallContext = { tenant: "acme", agentId: "scout" };
    const old = await contexts.add({ content: "ferry of the trip" }, planner);
    await contexts.grant({ owner: "group:trip", reader: "agent:scout" }, { tenant: "acme" });
    await contexts.add({ content: "ferry of mine", supersedes: [old.id] }, alone);

    expect(await search(contexts, planner)).toEqual(["ferry of the trip"]);
    expect(await search(contexts, alone)).toEqual(["ferry of mine", "ferry of the trip"]);
  });

  it("begins with validFrom, hiding what it replaces from then on, and ends with validTo", async () => {
    const { contexts, clock } = emptyTables();
    const now = clock.now();
    const old = await contexts.add({ content: "ferry in winter" }, planner);
    await contexts.add(
      { content: "ferry in summer", validFrom: now + 10, validTo: now + 20, supersedes: [old.id] },
      planner,
    );

    const before = await search(contexts, planner);
    await clock.advance(10);
    const during = await search(contexts, planner);
    await clock.advance(10);
    const after = await search(contexts, planner);

    expect([before, during, after]).toEqual([["ferry in winter"], ["ferry in summer"], []]);
  });

  it("comes along when exported and imported", async () => {
    const { contexts } = emptyTables();
    const old = await contexts.add({ content: "ferry 1" }, planner);
    await contexts.add({ content: "ferry 2", supersedes: [old.id], validFrom: 1, validTo: 8e12 }, planner);
    const lines = await collect(contexts.export(planner));
    await contexts.forget({ agentId: "planner" }, planner);

    await contexts.import(lines, planner);

    expect(await collect(contexts.export(planner))).toEqual(lines);
    expect(await search(contexts, planner)).toEqual(["ferry 2"]);
  });

  it("decides what a call is told", async () => {
    const compiler = createPromptCompiler();
    const old = await compiler.contexts.add({ content: "The ferry leaves at nine." }, planner);
    await compiler.contexts.add({ content: "The ferry leaves at ten.", supersedes: [old.id] }, planner);

    const { request } = await compiler.compile(
      { messages: [{ role: "user", content: "When does the ferry leave?" }] },
      { ...scout, share: "read" },
    );

    expect(JSON.stringify(request)).toContain("leaves at ten");
    expect(JSON.stringify(request)).not.toContain("leaves at nine");
  });

  it.each([
    ["validFrom", { validFrom: "soon" }],
    ["validTo", { validTo: -1 }],
    ["validTo", { validFrom: 5, validTo: 5 }],
    ["supersedes", { supersedes: [] }],
    ["supersedes", { supersedes: ["pc:1"] }],
    ["supersedes", { supersedes: "ctx_1" }],
    ["supersedes", { supersedes: Array.from({ length: 33 }, () => `ctx_${"0".repeat(32)}`) }],
  ])("is refused where it is not what it must be: %s of %o", async (param, fields) => {
    const { contexts } = emptyTables();

    await expect(contexts.add({ content: "ferry", ...(fields as object) }, planner)).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      param,
    });
  });
});
