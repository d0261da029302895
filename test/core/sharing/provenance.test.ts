import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPromptCompiler, memory } from "../../../src/index.ts";
import { readSharedBlock } from "../../../src/shared-block.ts";
import { FakeClock } from "../../fake-clock.ts";
import { collect, dumpOf } from "./tables.ts";

const scout = { agentId: "scout", group: "trip" } as const;
const planner = { agentId: "planner", group: "trip" } as const;

function givenCompiler() {
  const clock = new FakeClock();
  const storage = memory({ clock });
  return { clock, storage, compiler: createPromptCompiler({ clock, storage }) };
}

type Compiler = ReturnType<typeof givenCompiler>["compiler"];

/** The block of shared context that a question is sent with. */
async function blockFor(compiler: Compiler, question: string): Promise<string> {
  const { request } = await compiler.compile(
    { messages: [{ role: "user", content: question }] },
    { ...planner, agentId: "reader", share: "read" },
  );
  return request.messages.length === 1 ? "" : String(request.messages[0]?.content);
}

describe("trust", () => {
  it("is 1 where nothing is said, and multiplies the score where context is chosen", async () => {
    const { compiler } = givenCompiler();
    const rumour = await compiler.contexts.add({ content: "The ferry leaves at ten.", trust: 0.3 }, scout);
    const seen = await compiler.contexts.add({ content: "The ferry leaves at nine." }, scout);

    const { report } = await compiler.compile(
      { messages: [{ role: "user", content: "When does the ferry leave?" }] },
      { ...planner, share: "read" },
    );

    const sources = report.segments.flatMap((segment) => segment.sources ?? []);
    const scoreOf = (id: string): number => sources.find((source) => source.id === id)?.score ?? 0;
    expect(seen.trust).toBeUndefined();
    expect(scoreOf(rumour.id)).toBeCloseTo(0.3 * scoreOf(seen.id), 6);
  });

  it("of what was made from items is the least of theirs, through any number of hands", async () => {
    const { compiler } = givenCompiler();
    const { id: rumour } = await compiler.contexts.add({ content: "They say nine.", trust: 0.3 }, scout);
    const { id: fact } = await compiler.contexts.add({ content: "The ticket says nine.", trust: 0.8 }, scout);

    const both = await compiler.contexts.add({ content: "It is nine.", lineage: [rumour, fact] }, planner);
    const again = await compiler.contexts.add({ content: "Nine, then.", lineage: [both.id] }, scout);
    const claimed = await compiler.contexts.add({ content: "Nine!", lineage: [fact], trust: 0.9 }, scout);

    expect([both.trust, again.trust, claimed.trust]).toEqual([0.3, 0.3, 0.8]);
  });

  it.each([0, -1, 1.1, Number.NaN, "high"])("is refused where it is %j", async (trust) => {
    const { compiler } = givenCompiler();

    const added = compiler.contexts.add({ content: "x", trust: trust as number }, scout);

    await expect(added).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param: "trust" });
  });
});

describe("lineage", () => {
  it("never lets what was made from an item stand above it", async () => {
    const { compiler } = givenCompiler();
    const original = await compiler.contexts.add(
      { content: "It leaves at nine, the ferry, from pier 4." },
      scout,
    );
    await compiler.contexts.add(
      { content: "When does the ferry leave? The ferry leaves at ten.", lineage: [original.id] },
      scout,
    );

    const hits = await compiler.compile(
      { messages: [{ role: "user", content: "When does the ferry leave?" }] },
      { ...planner, share: "read" },
    );

    const [first, second] = hits.report.segments.flatMap((segment) => segment.sources ?? []);
    expect(first?.id).toBe(original.id);
    expect(second?.score).toBe(first?.score);
  });

  it("names what the call may read, and nothing else", async () => {
    const { compiler } = givenCompiler();
    const { id } = await compiler.contexts.add({ content: "private" }, { agentId: "scout" });

    const made = compiler.contexts.add({ content: "I know it", lineage: [id] }, planner);

    await expect(made).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param: "lineage" });
  });

  it("takes what was made from an item along when that is forgotten, whoever made it", async () => {
    const { compiler, storage } = givenCompiler();
    const { id } = await compiler.contexts.add({ content: "The code is heron." }, scout);
    const made = await compiler.contexts.add({ content: "Say heron at the door.", lineage: [id] }, planner);
    await compiler.contexts.add({ content: "Say heron twice.", lineage: [made.id] }, scout);

    const receipt = await compiler.contexts.forget({ id }, scout);

    expect(receipt.items).toBe(3);
    expect(await dumpOf(storage)).not.toContain("heron");
  });
});

describe("ttlMs", () => {
  it("takes an item out of the storage, and out of what is found, when its time is over", async () => {
    const { compiler, storage, clock } = givenCompiler();
    const { id } = await compiler.contexts.add({ content: "The gate code is heron.", ttlMs: 1000 }, scout);

    await clock.advance(999);
    const before = await compiler.contexts.search("gate code", scout);
    await clock.advance(1);

    expect(before).toHaveLength(1);
    expect(await compiler.contexts.search("gate code", scout)).toEqual([]);
    expect(await compiler.contexts.get(id, scout)).toBeUndefined();
    expect(await dumpOf(storage)).not.toContain("heron");
  });

  it.each([0, -5, Number.POSITIVE_INFINITY, "1s"])("is refused where it is %j", async (ttlMs) => {
    const { compiler } = givenCompiler();

    const added = compiler.contexts.add({ content: "x", ttlMs: ttlMs as number }, scout);

    await expect(added).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param: "ttlMs" });
  });
});

describe("items that contradict each other", () => {
  it("stand together with their days, the newest first, also where only one of them matches", async () => {
    const { compiler } = givenCompiler();
    const subject = "deposit";
    await compiler.contexts.add(
      { content: "The harbour hotel asks for 400 euros.", subject, occurredAt: Date.parse("2025-05-02") },
      scout,
    );
    await compiler.contexts.add({ content: "Bring raincoats.", occurredAt: Date.parse("2025-05-03") }, scout);
    await compiler.contexts.add(
      { content: "They want 300 now.", subject, occurredAt: Date.parse("2025-05-09") },
      planner,
    );

    const block = await blockFor(compiler, "What does the harbour hotel ask for?");

    expect(readSharedBlock(block)).toEqual(["They want 300 now.", "The harbour hotel asks for 400 euros."]);
    expect(block.indexOf("9 May 2025")).toBeGreaterThan(0);
    expect(block.indexOf("2 May 2025")).toBeGreaterThan(block.indexOf("9 May 2025"));
  });

  it("are those, too, that take the place of the same item", async () => {
    const { compiler, clock } = givenCompiler();
    const { id } = await compiler.contexts.add({ content: "The ferry leaves at eight." }, scout);
    await compiler.contexts.add({ content: "The ferry leaves at nine.", supersedes: [id] }, scout);
    await clock.advance(1000);
    await compiler.contexts.add({ content: "No, at ten.", supersedes: [id] }, planner);

    const block = await blockFor(compiler, "When does the ferry leave?");

    expect(readSharedBlock(block)).toEqual(["No, at ten.", "The ferry leaves at nine."]);
  });

  it("are none that say the same, and none that do not hold any more", async () => {
    const { compiler, clock } = givenCompiler();
    const subject = "deposit";
    const { id } = await compiler.contexts.add({ content: "Of old it was 500.", subject }, scout);
    await compiler.contexts.add({ content: "The deposit is 400 euros.", subject, supersedes: [id] }, scout);
    await compiler.contexts.add({ content: "The deposit is 400 euros.", subject }, planner);
    await clock.advance(1000);

    const block = await blockFor(compiler, "How much is the deposit?");

    expect(readSharedBlock(block)).toEqual(["The deposit is 400 euros."]);
  });
});

describe("an import", () => {
  it("keeps who supersedes and who was made from whom, in another tenant and in any order of lines", async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (random) => {
        const { compiler } = givenCompiler();
        const old = await compiler.contexts.add({ content: "at eight", trust: 0.5 }, scout);
        const now = await compiler.contexts.add({ content: "at nine", supersedes: [old.id] }, planner);
        await compiler.contexts.add(
          { content: "so at nine", lineage: [now.id, old.id], subject: "s" },
          scout,
        );
        const lines = (await collect(compiler.contexts.export({})))
          .map((line) => ({ line, place: random.next().value }))
          .sort((left, right) => left.place - right.place)
          .map(({ line }) => line);

        const tenant = "globex";
        const receipt = await compiler.contexts.import(lines, { tenant });
        const again = await compiler.contexts.import(lines, { tenant });

        const there = (await compiler.contexts.list({ ...scout, tenant })).items;
        const by = (content: string) => there.find((item) => item.content === content);
        expect(receipt).toEqual({ written: 3, existing: 0 });
        expect(again).toEqual({ written: 0, existing: 3 });
        expect(by("at eight")?.id).not.toBe(old.id);
        expect(by("at nine")?.supersedes).toEqual([by("at eight")?.id]);
        expect(by("so at nine")).toMatchObject({
          lineage: [by("at nine")?.id, by("at eight")?.id],
          trust: 0.5,
          subject: "s",
        });
        const found = await compiler.contexts.search("eight or nine", { ...scout, tenant });
        expect(found.map(({ item }) => item.content).toSorted()).toEqual(["at nine", "so at nine"]);
      }),
      { numRuns: 12 },
    );
  });

  it("keeps a line whose links lead nowhere, as it is", async () => {
    const { compiler } = givenCompiler();
    const supersedes = [`ctx_${"0".repeat(32)}`];
    const line = {
      agentId: "scout",
      audience: "agent",
      role: "note",
      content: "at nine",
      createdAt: 0,
      supersedes,
    };

    const receipt = await compiler.contexts.import([JSON.stringify(line)], {});

    expect(receipt.written).toBe(1);
    expect((await compiler.contexts.list({ agentId: "scout" })).items[0]).toMatchObject({ supersedes });
  });
});
