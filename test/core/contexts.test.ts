import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CallContext } from "../../src/chat.ts";
import type { ForgetSubject, NewContext } from "../../src/core/contexts.ts";
import { anyText } from "../any-text.ts";
import { collect, emptyTables } from "./sharing/tables.ts";

const call: CallContext = { tenant: "acme", agentId: "planner", sessionId: "s1", group: "trip" };

describe("Contexts", () => {
  describe("add", () => {
    it("adds a note for the call's audience, with share left out", async () => {
      const { contexts, clock } = emptyTables();

      const item = await contexts.add({ content: "the hotel is paid" }, call);

      expect(item).toEqual({
        id: expect.stringMatching(/^ctx_[0-9a-f]{32}$/),
        tenant: "acme",
        agentId: "planner",
        sessionId: "s1",
        audience: "group:trip",
        role: "note",
        content: "the hotel is paid",
        createdAt: clock.now(),
      });
    });

    it("takes contents of up to 256 KiB of UTF-8, and says how large a larger one is", async () => {
      const { contexts } = emptyTables();

      await expect(contexts.add({ content: "é".repeat(128 * 1024) }, call)).resolves.toBeDefined();
      await expect(contexts.add({ content: `${"é".repeat(128 * 1024)}a` }, call)).rejects.toMatchObject({
        code: "PC_INVALID_REQUEST",
        param: "content",
        message: "content has 262145 bytes, an item may have 262144",
      });
    });

    it.each<[what: string, entry: NewContext, param: string]>([
      ["an empty content", { content: " \n" }, "content"],
      ["a content that is no text", { content: 1 as unknown as string }, "content"],
      ["a role there is not", { content: "x", role: "system" as "note" }, "role"],
      ["an empty title", { content: "x", title: "" }, "title"],
      ["a title as long as a text", { content: "x", title: "x".repeat(513) }, "title"],
      ["a moment that is none", { content: "x", occurredAt: Number.NaN }, "occurredAt"],
    ])("refuses %s", async (_, entry, param) => {
      const { contexts } = emptyTables();

      await expect(contexts.add(entry, call)).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param });
    });
  });

  it.each<[method: string, share: CallContext["share"]]>([
    ["add", "read"],
    ["add", false],
    ["import", "read"],
    ["search", "write"],
    ["list", "write"],
    ["get", false],
    ["export", "write"],
  ])("refuses to %s with share %o", async (method, share) => {
    const { contexts } = emptyTables();
    const refused: CallContext = { ...call, share };
    const run: Record<string, () => Promise<unknown>> = {
      add: () => contexts.add({ content: "x" }, refused),
      import: () => contexts.import([], refused),
      search: () => contexts.search("x", refused),
      list: () => contexts.list(refused),
      get: () => contexts.get("ctx_1", refused),
      export: () => collect(contexts.export(refused)),
    };

    await expect(run[method]!()).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param: "share" });
  });

  it("needs to know the agent, and names the header", async () => {
    const { contexts } = emptyTables();

    await expect(contexts.list({ tenant: "acme" })).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      message: expect.stringContaining("X-PC-Agent-ID"),
    });
  });

  describe("search", () => {
    it("gives what matches, the best first, and nothing that does not match", async () => {
      const { contexts } = emptyTables();
      for (const content of ["train at nine", "hotel paid", "night train to rome"])
        await contexts.add({ content }, call);

      const hits = await contexts.search("night train", call);

      expect(hits.map(({ item, score }) => [item.content, score])).toEqual([
        ["night train to rome", 2],
        ["train at nine", 1],
      ]);
      expect(await contexts.search("night train", call, { limit: 1 })).toHaveLength(1);
      expect(await contexts.search("ship", call)).toEqual([]);
    });
  });

  describe("list", () => {
    it("gives pages, the newest first", async () => {
      const { contexts } = emptyTables();
      for (const content of ["1", "2", "3"]) await contexts.add({ content }, call);

      const first = await contexts.list(call, { limit: 2 });
      const second = await contexts.list(call, { limit: 2, after: first.nextAfter });

      expect(first.items.map(({ content }) => content)).toEqual(["3", "2"]);
      expect(second.items.map(({ content }) => content)).toEqual(["1"]);
      expect(second.nextAfter).toBeUndefined();
    });

    it.each([0, -1, 1.5, 1001, Number.NaN])("refuses a limit of %d", async (limit) => {
      const { contexts } = emptyTables();

      await expect(contexts.list(call, { limit })).rejects.toMatchObject({ param: "limit" });
    });

    it("stays in its audience whatever the cursor says", async () => {
      const { contexts } = emptyTables();
      await contexts.add({ content: "foreign" }, { ...call, tenant: "other" });
      await contexts.add({ content: "mine" }, call);

      for (const after of ["\uffff", "\u0000", "~\u0000", "zzz", "\u0001\u0001"]) {
        const { items } = await contexts.list(call, { after });

        expect(items.every(({ tenant }) => tenant === "acme")).toBe(true);
      }
    });
  });

  it("gives back what a compile cut, by its handle, to any call of the tenant", async () => {
    const { contexts, originals } = emptyTables();
    const [handle = ""] = await originals.put({ tenant: "acme", agentId: undefined }, ["cut words"]);

    expect(await contexts.get(handle, { tenant: "acme" })).toEqual({ id: handle, content: "cut words" });
    expect(await contexts.get(handle, {})).toBeUndefined();
  });

  describe("forget", () => {
    it.each<ForgetSubject>([{ tenant: true }, { agentId: "scout" }])(
      "refuses %o to a call that names another agent",
      async (subject) => {
        const { contexts } = emptyTables();

        await expect(contexts.forget(subject, call)).rejects.toMatchObject({ code: "PC_FORBIDDEN" });
      },
    );

    it.each([{}, { id: undefined }, { agentId: "" }, { tenant: false }])(
      "never takes %o for a whole tenant",
      async (subject) => {
        const { contexts } = emptyTables();

        await expect(
          contexts.forget(subject as unknown as ForgetSubject, { tenant: "acme" }),
        ).rejects.toMatchObject({ code: "PC_INVALID_REQUEST" });
      },
    );
  });

  describe("export and import", () => {
    it("bring everything an agent owns back as it was", async () => {
      const text = anyText.filter((some) => some.trim() !== "");
      const addition = fc.record({
        content: text,
        role: fc.constantFrom("user", "assistant", "tool", "note"),
        sessionId: fc.option(text, { nil: undefined }),
        group: fc.option(text, { nil: undefined }),
        title: fc.option(text, { nil: undefined }),
        occurredAt: fc.option(fc.nat(), { nil: undefined }),
        isLater: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(addition, { maxLength: 5 }), async (additions) => {
          const { contexts, clock } = emptyTables();
          for (const { content, role, title, occurredAt, sessionId, group, isLater } of additions) {
            if (isLater) await clock.advance(1);
            await contexts.add(
              { content, role: role as "note", title, occurredAt },
              { ...call, sessionId, group },
            );
          }
          const lines = await collect(contexts.export(call));
          const { contexts: empty } = emptyTables();

          const receipt = await empty.import(lines, { tenant: "acme" });

          expect(await collect(empty.export(call))).toEqual(lines);
          expect(receipt).toEqual({ written: lines.length, existing: 0 });
        }),
        { numRuns: 25 },
      );
    });

    it("export a whole tenant for a call that names no agent, and nothing of another tenant", async () => {
      const { contexts } = emptyTables();
      await contexts.add({ content: "mine" }, call);
      await contexts.add({ content: "the scout's" }, { ...call, agentId: "scout" });
      await contexts.add({ content: "foreign" }, { ...call, tenant: "other" });

      const lines = await collect(contexts.export({ tenant: "acme" }));

      expect(lines.map((line) => JSON.parse(line).content)).toEqual(["mine", "the scout's"]);
    });

    it("store nothing twice when they are repeated", async () => {
      const { contexts } = emptyTables();
      await contexts.add({ content: "mine" }, call);
      const lines = await collect(contexts.export(call));

      expect(await contexts.import(["", ...lines, " "], call)).toEqual({ written: 0, existing: 1 });
    });

    it("give lines the tenant of whoever imports them", async () => {
      const { contexts } = emptyTables();
      await contexts.add({ content: "mine" }, call);
      const lines = await collect(contexts.export(call));

      await contexts.import(lines, { tenant: "other" });

      const { items } = await contexts.list({ ...call, tenant: "other" });
      expect(items).toMatchObject([{ tenant: "other", content: "mine" }]);
    });

    it.each<[what: string, line: string, message: RegExp]>([
      ["is not JSON", "{", /^line 2: is not a JSON object$/],
      ["is not an object", "7", /^line 2: is not a JSON object$/],
      ["names no agent", '{"audience":"agent","role":"note","content":"x"}', /^line 2: .*agentId/],
      ["has no audience", '{"agentId":"planner","role":"note","content":"x"}', /^line 2: audience/],
      [
        "has a role there is not",
        '{"agentId":"planner","audience":"agent","role":"system","content":"x"}',
        /^line 2: role/,
      ],
      ["says nothing", '{"agentId":"planner","audience":"agent","role":"note"}', /^line 2: content/],
      [
        "was made at no moment",
        '{"agentId":"planner","audience":"agent","role":"note","content":"x","createdAt":-1}',
        /^line 2: createdAt/,
      ],
    ])("refuse a line that %s, naming it and not quoting it", async (_, line, message) => {
      const { contexts } = emptyTables();

      await expect(contexts.import(["", line], { tenant: "acme" })).rejects.toMatchObject({
        code: "PC_INVALID_REQUEST",
        message: expect.stringMatching(message),
      });
    });

    it.each([
      '{"agentId":"scout","audience":"agent","role":"note","content":"x"}',
      '{"agentId":"planner","audience":"group:board","role":"note","content":"x"}',
    ])("refuse to a call that names an agent what it could not have written: %s", async (line) => {
      const { contexts } = emptyTables();

      await expect(contexts.import([line], call)).rejects.toMatchObject({ code: "PC_FORBIDDEN" });
    });
  });

  it("rejects with the reason of a signal that aborted", async () => {
    const { contexts } = emptyTables();
    await contexts.add({ content: "mine" }, call);
    const reason = new Error("gone");

    const aborted = { ...call, signal: AbortSignal.abort(reason) };

    await expect(collect(contexts.export(aborted))).rejects.toBe(reason);
    await expect(contexts.import(["{}"], aborted)).rejects.toBe(reason);
    await expect(contexts.search("mine", aborted)).rejects.toBe(reason);
  });

  describe("progress", () => {
    const notes = (count: number): string[] =>
      Array.from({ length: count }, (_, index) =>
        JSON.stringify({
          agentId: "planner",
          audience: "agent",
          role: "note",
          content: `n ${index}`,
          createdAt: index,
        }),
      );

    it("of an import, an export and a forgetting is told while they go on, and at their end", async () => {
      const { contexts } = emptyTables();
      const told: Record<string, number[]> = { imported: [], exported: [], forgotten: [] };
      const to = (what: string) => ({ onProgress: (items: number) => void told[what]?.push(items) });

      await contexts.import(notes(150), { tenant: "acme" }, to("imported"));
      await collect(contexts.export({ tenant: "acme" }, to("exported")));
      await contexts.forget({ tenant: true }, { tenant: "acme" }, to("forgotten"));

      expect(told).toEqual({ imported: [64, 128, 150], exported: [100, 150], forgotten: [64, 128, 150] });
    });

    it("lets the process go on with other work meanwhile", async () => {
      const { contexts } = emptyTables();
      let turns = 0;
      let isDone = false;
      const turn = (): void => {
        turns += 1;
        if (!isDone) setImmediate(turn);
      };
      setImmediate(turn);

      const long = "So many words stand in this note that reading it takes a while. ".repeat(200);
      await contexts.import(
        notes(200).map((line) => line.replace("n ", long)),
        { tenant: "acme" },
      );
      isDone = true;

      expect(turns).toBeGreaterThanOrEqual(100);
    });
  });
});
