import { describe, expect, it } from "vitest";
import { conversationOf } from "../../../src/core/blocks/conversation.ts";
import { writeSharedBlock } from "../../../src/shared-block.ts";
import { sharing } from "../engine-parts.ts";
import { dumpOf, emptyTables } from "./tables.ts";

const planner = { tenant: "acme", agentId: "planner", group: "trip" };
const scout = { tenant: "acme", agentId: "scout", group: "trip" };
const stranger = { tenant: "other", agentId: "planner", group: "trip" };

/** A house where the planner's words "zebra" are in every room that can hold them. */
async function spreadWords() {
  const tables = emptyTables();
  const { contexts, originals, injections, decisions } = tables;
  const item = await contexts.add({ content: "the word is zebra" }, planner);
  await contexts.add({ content: "zebra, to myself" }, { ...planner, group: undefined });
  const kept = await contexts.add({ content: "scouted" }, scout);
  await contexts.add({ content: "the word is zebra" }, stranger);
  const block = writeSharedBlock([{ agentId: "planner", at: 0, text: "the word is zebra" }]);
  await originals.put(planner, ["user: the word is zebra\nassistant: yes", "unrelated"]);
  await originals.put(scout, [block, "the scout's own"]);
  await injections.put("acme", "turn-1", { text: "the word is zebra", itemIds: [item.id, kept.id] });
  await injections.put("acme", "turn-2", { text: "scouted", itemIds: [kept.id] });
  for (const caller of [planner, scout].map(({ agentId }) => sharing(agentId))) {
    const text = caller.agentId === "planner" ? "the word is zebra" : "scouted";
    await decisions.add(caller, conversationOf(caller, []), [
      { kind: "block", from: 0, to: 4, at: 6, prefix: "p4", text, handle: "pc:0" },
    ]);
  }
  return { ...tables, item, kept };
}

describe("forget", () => {
  it("takes an item out with the injections, originals and blocks that may hold it, and leaves the rest", async () => {
    const { contexts, storage, item, kept } = await spreadWords();

    const receipt = await contexts.forget({ id: item.id }, planner);

    expect(receipt).toEqual({ items: 1, injections: 1, originals: 2, conversations: 1 });
    const left = (await dumpOf(storage)).split("\n").filter((line) => !line.includes("\u0000other\u0000"));
    expect(left.join("\n")).not.toContain("the word is zebra");
    expect(left.join("\n")).not.toContain(item.id);
    expect(left.join("\n")).toContain("zebra, to myself");
    expect(await contexts.get(kept.id, scout)).toBeDefined();
  });

  it("leaves no word of an agent, in no audience", async () => {
    const { contexts, storage, kept } = await spreadWords();

    const receipt = await contexts.forget({ agentId: "planner" }, { tenant: "acme" });

    expect(receipt).toEqual({ items: 2, injections: 1, originals: 3, conversations: 1 });
    const left = (await dumpOf(storage)).split("\n").filter((line) => !line.includes("\u0000other\u0000"));
    expect(left.join("\n")).not.toMatch(/zebra|planner|unrelated/);
    expect(left.join("\n")).toContain("the scout's own");
    expect(await contexts.get(kept.id, scout)).toBeDefined();
  });

  it("leaves no key of a tenant, and every key of the others", async () => {
    const { contexts, storage } = await spreadWords();
    const foreign = (await dumpOf(storage)).split("\n").filter((line) => line.includes("\u0000other\u0000"));

    const receipt = await contexts.forget({ tenant: true }, { tenant: "acme" });

    expect(receipt).toEqual({ items: 3, injections: 2, originals: 4, conversations: 2 });
    expect((await dumpOf(storage)).split("\n")).toEqual(foreign);
  });

  it("lets an item be captured again afterwards, as new", async () => {
    const { contexts, clock, item } = await spreadWords();
    await contexts.forget({ id: item.id }, planner);
    await clock.advance(1000);

    const again = await contexts.add({ content: "the word is zebra" }, planner);

    expect(again).toEqual({ ...item, createdAt: item.createdAt + 1000 });
  });

  it("counts nothing for what is not there, or not the caller's", async () => {
    const { contexts, item } = await spreadWords();
    const nothing = { items: 0, injections: 0, originals: 0, conversations: 0 };

    expect(await contexts.forget({ id: "ctx_none" }, planner)).toEqual(nothing);
    expect(await contexts.forget({ id: item.id }, scout)).toEqual(nothing);
    expect(await contexts.forget({ id: item.id }, stranger)).toEqual(nothing);
    expect(await contexts.forget({ agentId: "nobody" }, { tenant: "acme" })).toEqual(nothing);
    expect(await contexts.get(item.id, planner)).toEqual(item);
  });

  it("forgets more than one batch holds", async () => {
    const { contexts, items, storage } = emptyTables();
    const entries = Array.from({ length: 3_000 }, (_, index) => ({
      sessionId: undefined,
      audience: "agent" as const,
      role: "note" as const,
      content: `note ${index}`,
    }));
    await items.put({ tenant: "acme", agentId: "planner" }, entries);

    const receipt = await contexts.forget({ agentId: "planner" }, { tenant: "acme" });

    expect(receipt.items).toBe(3_000);
    expect(await dumpOf(storage)).toBe("");
  });
});
