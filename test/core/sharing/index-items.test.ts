import { describe, expect, it } from "vitest";
import { indexItems } from "../../../src/core/sharing/index-items.ts";
import type { NewItem } from "../../../src/core/sharing/item-store.ts";
import { createPromptCompiler } from "../../../src/prompt-compiler.ts";
import { memory } from "../../../src/storage/memory.ts";
import type { MigrationStep } from "../../../src/storage/migrating.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import type { PromptCompilerEvent } from "../../../src/telemetry.ts";
import { FakeClock } from "../../fake-clock.ts";
import { collect, dumpOf, emptyTables } from "./tables.ts";

const owner = { tenant: "acme", agentId: "planner" };

const note = (content: string): NewItem => ({
  sessionId: undefined,
  audience: "agent",
  role: "note",
  content,
});

const many = (count: number): NewItem[] =>
  Array.from({ length: count }, (_, index) => note(`routine report ${index} without findings`));

/** Takes out what releases before the index did not write. */
async function withoutIndex(storage: Storage): Promise<void> {
  const entries = await collect(storage.range({ start: "", end: "\u{10ffff}" }));
  const keys = entries.map(([key]) => key).filter((key) => key.startsWith("item-terms") || key === "format");
  await storage.batch(keys.map((key) => ({ type: "delete", key })));
}

const termsOf = async (storage: Storage): Promise<readonly string[]> =>
  (await dumpOf(storage)).split("\n").filter((line) => line.startsWith("item-terms"));

/** Runs the migration as a storage does. */
async function run(storage: Storage, begin?: string): Promise<readonly MigrationStep[]> {
  const steps: MigrationStep[] = [];
  for await (const step of indexItems.steps(storage, begin)) {
    await storage.batch(step.operations);
    steps.push(step);
  }
  return steps;
}

describe("indexItems", () => {
  it("writes for every item of every tenant what putting it writes", async () => {
    const { items, storage } = emptyTables();
    await items.put(owner, [...many(150), { ...note("Antwerp"), audience: "group:trip" }]);
    await items.put({ tenant: "other", agentId: "scout" }, [note("Rotterdam")]);
    const expected = await termsOf(storage);
    await withoutIndex(storage);

    const steps = await run(storage);

    expect(await termsOf(storage)).toEqual(expected);
    expect(steps.map(({ records }) => records)).toEqual([64, 64, 24]);
  });

  it("reads a bounded part of long items in one step", async () => {
    const { items, storage } = emptyTables();
    const long = (name: string) => note(`${name} `.padEnd(100_000, "x"));
    await items.put(owner, ["one", "two", "three"].map(long));
    await withoutIndex(storage);

    const steps = await run(storage);

    expect(steps.map(({ records }) => records)).toEqual([1, 1, 1]);
  });

  it("goes on behind the step that was last written", async () => {
    const { items, storage } = emptyTables();
    await items.put(owner, many(150));
    const expected = await termsOf(storage);
    await withoutIndex(storage);
    const [first] = await run(storage);
    await withoutIndex(storage);

    await run(storage, first?.after);

    expect((await termsOf(storage)).length).toBe(Math.round((expected.length * 86) / 150));
  });

  it("leaves no word of an item that is forgotten while its step is written", async () => {
    const { contexts, items, storage } = emptyTables();
    const { items: put } = await items.put(owner, [note("Antwerp"), note("Rotterdam")]);
    await withoutIndex(storage);

    for await (const { operations } of indexItems.steps(storage, undefined)) {
      await contexts.forget({ id: put[0].id }, owner);
      await storage.batch(operations);
    }

    expect((await termsOf(storage)).join()).not.toContain("antwerp");
    expect((await termsOf(storage)).join()).toContain("rotterdam");
  });
});

it("a store of an older release is searched whole as soon as it is indexed, from the public entry", async () => {
  const storage = memory({ clock: new FakeClock() });
  const earlier = createPromptCompiler({ storage });
  const lines = [note("The safe's code word is marzipan."), ...many(2_500)].map(({ content }, index) =>
    JSON.stringify({ agentId: "planner", audience: "agent", role: "note", content, createdAt: index }),
  );
  await earlier.contexts.import(lines, { tenant: "acme" });
  await withoutIndex(storage);
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({ storage, onEvent: (event) => events.push(event) });

  const [hit] = await compiler.contexts.search("code word of the safe", owner);

  expect(hit?.item.content).toContain("marzipan");
  expect(events.filter(({ type }) => type === "migration").at(-1)).toEqual({
    type: "migration",
    what: "index the words of items",
    records: 2_501,
    ended: true,
  });
  await compiler.close();
});

it("a store of a newer release is not read: calls go on without shared context, and say why", async () => {
  const storage = memory({ clock: new FakeClock() });
  await storage.batch([{ type: "put", key: "format", value: Buffer.from('{"version":99}') }]);
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({ storage, onEvent: (event) => events.push(event) });
  const call = { ...owner, share: true };

  const answer = await compiler.chat({ messages: [{ role: "user", content: "Hello there." }] }, call);

  expect(answer.choices[0]?.message.content).toBeDefined();
  expect(events.filter(({ type }) => type === "degraded")[0]).toMatchObject({
    what: "storage",
    error: { code: "PC_STORAGE_UNAVAILABLE", message: expect.stringContaining("is of version 99") },
  });
  await expect(compiler.contexts.add({ content: "x" }, owner)).rejects.toMatchObject({
    code: "PC_STORAGE_UNAVAILABLE",
  });
  await compiler.close();
});
