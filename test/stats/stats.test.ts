import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CallContext } from "../../src/chat.ts";
import { createPromptCompiler, memory, type Storage } from "../../src/index.ts";
import { scripted } from "../../src/scheduler/index.ts";
import { dumpOf } from "../core/sharing/tables.ts";
import { countingCompiler, mayClock, request } from "./given.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("stats.sums", () => {
  it("add up what call-end and context events told, and what nobody told is counted beside", async () => {
    const { compiler, events } = countingCompiler();

    await compiler.chat(request, { agentId: "planner", group: "trip", share: true });
    for await (const _ of compiler.stream(request, { agentId: "planner" }));
    const { lines } = await compiler.stats.sums();

    const compiled = events.find(({ type }) => type === "context-compiled");
    const ended = events.filter((event) => event.type === "call-end");
    expect(lines).toEqual([
      {
        tenant: "default",
        day: "2026-05-02",
        calls: 2,
        succeeded: 2,
        failed: 0,
        cancelled: 0,
        attempts: 2,
        inputTokens: 200,
        cacheReadTokens: 80,
        outputTokens: 14,
        unreportedCalls: 0,
        compiledCalls: 1,
        tokensBefore: compiled?.type === "context-compiled" ? compiled.tokensBefore : 0,
        tokensAfter: compiled?.type === "context-compiled" ? compiled.tokensAfter : 0,
        savedTokens: 0,
        sparedCalls: 0,
        sparedTokens: 0,
        capturedItems: 2,
        secretsRemoved: 0,
        costUsd: ended.reduce((sum, { costUsd = 0 }) => sum + costUsd, 0),
        lostUsd: 0,
        savedUsd: 0,
        unpricedCalls: 0,
      },
    ]);
    expect(lines[0]!.costUsd).toBeGreaterThan(0);
  });

  it("count what a budget saved", async () => {
    const { compiler } = countingCompiler();
    const said = Array.from({ length: 12 }, (_, index) => [
      { role: "user", content: `Question ${index} about harbours, hotels and the price of rooms there?` },
      { role: "assistant", content: `Answer ${index}: rooms cost ${index} euros.` },
    ]).flat();

    await compiler.chat({ ...request, messages: [...said, ...request.messages] }, { maxInputTokens: 120 });
    const [line] = (await compiler.stats.sums()).lines;

    expect(line?.savedTokens).toBeGreaterThan(100);
    expect(line?.savedTokens).toBe(line!.tokensBefore - line!.tokensAfter);
  });

  it("tell failed calls, and calls whose usage and cost nobody told, apart", async () => {
    const clock = mayClock();
    const compiler = createPromptCompiler({
      deployments: [{ id: "up", model: "m", provider: scripted(["At nine.", { fails: "invalid-request" }]) }],
      clock,
    });

    await compiler.chat(request);
    await expect(compiler.chat(request)).rejects.toThrow();
    const [line] = (await compiler.stats.sums({}, { by: "tenant" })).lines;

    expect(line).toMatchObject({ calls: 2, succeeded: 1, failed: 1, unreportedCalls: 1, unpricedCalls: 1 });
  });

  it("stand by tenant, agent, day, or agent and day, in pages", async () => {
    const { compiler, clock } = countingCompiler();
    for (const agentId of ["scout", "planner", undefined]) await compiler.chat(request, { agentId });
    await clock.advance(DAY_MS);
    await compiler.chat(request, { agentId: "scout" });

    const by = async (kind: "tenant" | "agent" | "day" | "agent-day") =>
      (await compiler.stats.sums({}, { by: kind })).lines.map(({ day, agentId, calls }) => [
        day,
        agentId,
        calls,
      ]);
    const first = await compiler.stats.sums({}, { by: "agent-day", limit: 3 });
    const rest = await compiler.stats.sums({}, { by: "agent-day", limit: 3, after: first.nextAfter });

    expect(await by("tenant")).toEqual([[undefined, undefined, 4]]);
    expect(await by("agent")).toEqual([
      [undefined, undefined, 1],
      [undefined, "planner", 1],
      [undefined, "scout", 2],
    ]);
    expect(await by("day")).toEqual([
      ["2026-05-02", undefined, 3],
      ["2026-05-03", undefined, 1],
    ]);
    expect([...first.lines, ...rest.lines].map(({ day, agentId }) => [day, agentId])).toEqual([
      ["2026-05-02", undefined],
      ["2026-05-02", "planner"],
      ["2026-05-02", "scout"],
      ["2026-05-03", "scout"],
    ]);
    expect(rest.nextAfter).toBeUndefined();
  });

  it("are of the last 30 days where the query does not say, and of the days it names", async () => {
    const { compiler, clock } = countingCompiler();
    await compiler.chat(request);
    await clock.advance(29 * DAY_MS);
    await compiler.chat(request);
    const days = async (query = {}) => (await compiler.stats.sums({}, query)).lines.map(({ day }) => day);

    const atFirst = await days();
    await clock.advance(DAY_MS);

    expect(atFirst).toEqual(["2026-05-02", "2026-05-31"]);
    expect(await days()).toEqual(["2026-05-31"]);
    expect(await days({ from: "2026-01-01" })).toEqual(["2026-05-02", "2026-05-31"]);
    expect(await days({ to: "2026-05-30" })).toEqual(["2026-05-02"]);
  });

  it.each([
    [{ by: "week" }, "by"],
    [{ from: "yesterday" }, "from"],
    [{ to: "2026-13-40" }, "to"],
    [{ limit: 0 }, "limit"],
  ])("refuse a query that says nothing they know: %j", async (query, param) => {
    const { compiler } = countingCompiler();

    const asked = compiler.stats.sums({}, query as object);

    await expect(asked).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param });
  });

  it("are the same for any number of compilers on one storage, and after a restart", async () => {
    const clock = mayClock();
    const storage = memory({ clock });
    const [one, other] = [countingCompiler({ storage, clock }), countingCompiler({ storage, clock })];

    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? one : other).compiler.chat(request, { agentId: `agent ${index % 3}` }),
      ),
    );
    await one.compiler.stats.sums();
    await other.compiler.stats.sums();
    const { compiler } = countingCompiler({ storage, clock });
    const { lines } = await compiler.stats.sums({}, { by: "agent" });

    expect(lines.map(({ agentId, calls }) => [agentId, calls])).toEqual([
      ["agent 0", 7],
      ["agent 1", 7],
      ["agent 2", 6],
    ]);
  });

  it("are taken out of the storage when they are older than they are kept", async () => {
    const { compiler, clock, storage } = countingCompiler({ stats: { ttlMs: 10 * DAY_MS } });
    await compiler.chat(request, { agentId: "planner" });

    await clock.advance(11 * DAY_MS);
    await compiler.chat(request, { agentId: "scout" });
    const { lines } = await compiler.stats.sums({}, { from: "2026-01-01", by: "agent" });

    expect(lines.map(({ agentId }) => agentId)).toEqual(["scout"]);
    expect(await dumpOf(storage)).not.toContain("2026-05-02");
  });

  it("go with the agent or the tenant that is forgotten, and stay when one item is", async () => {
    const { compiler, storage } = countingCompiler();
    await compiler.chat(request, { agentId: "planner" });
    await compiler.chat(request, { agentId: "scout" });
    const { id } = await compiler.contexts.add({ content: "The deck is wet." }, { agentId: "scout" });
    const agents = async () => (await compiler.stats.agents()).agents.map(({ agentId }) => agentId);

    await compiler.contexts.forget({ id }, {});
    const afterItem = await agents();
    await compiler.contexts.forget({ agentId: "scout" }, {});
    const afterAgent = await agents();
    const residue = await dumpOf(storage);
    await compiler.contexts.forget({ tenant: true }, {});

    expect(afterItem).toEqual(["planner", "scout"]);
    expect(afterAgent).toEqual(["planner"]);
    expect(residue).not.toContain("scout");
    expect(await dumpOf(storage)).toBe("");
  });

  it("cost no call where storage fails: one event tells of it, and what was counted is written later", async () => {
    const clock = mayClock();
    const { isDown, storage } = failingStorage(memory({ clock }));
    const { compiler, events } = countingCompiler({ storage, clock });
    const degraded = () => events.filter((event) => event.type === "degraded");

    isDown(true);
    for (let call = 0; call < 3; call++) await compiler.chat(request);
    await new Promise((resolve) => setImmediate(resolve)); // the write of the last call has failed too
    const told = degraded();
    isDown(false);
    const [line] = (await compiler.stats.sums()).lines;

    expect(told).toEqual([expect.objectContaining({ what: "stats" })]);
    expect(line?.calls).toBe(3);
  });

  it("are none, and write nothing, with stats: false", async () => {
    const { compiler, storage } = countingCompiler({ stats: false });

    await compiler.chat(request, { agentId: "planner" });

    expect((await compiler.stats.sums()).lines).toEqual([]);
    expect(await dumpOf(storage)).toBe("");
  });

  it("write what is left when the compiler is closed", async () => {
    const clock = mayClock();
    const storage = memory({ clock });
    const { compiler } = countingCompiler({ storage: unclosable(storage), clock });

    await compiler.chat(request, { agentId: "planner" });
    await compiler.close();

    expect(await dumpOf(storage)).toContain("planner");
  });
});

describe("stats.agents", () => {
  it("tell of each agent its last call, its groups, and tokens in, out and saved", async () => {
    const { compiler, clock } = countingCompiler();
    await compiler.chat(request, { agentId: "planner", group: "trip", share: true });
    await clock.advance(DAY_MS);
    await compiler.chat(request, { agentId: "planner", group: "hotel", share: "read" });
    await compiler.chat(request, { agentId: "scout" });

    const { agents } = await compiler.stats.agents();

    expect(agents).toMatchObject([
      {
        agentId: "planner",
        groups: ["hotel", "trip"],
        lastCallAt: Date.parse("2026-05-03T10:00:00Z"),
        inputTokens: 200,
        outputTokens: 14,
        savedTokens: 0,
      },
      { agentId: "scout", groups: [], calls: 1 },
    ]);
  });
});

describe("stats.groups", () => {
  it("tell of each group its members, entries, writers and grants", async () => {
    const { compiler } = countingCompiler();
    await compiler.contexts.add(
      { content: "The ferry leaves at nine." },
      { agentId: "scout", group: "trip" },
    );
    await compiler.chat(request, { agentId: "planner", group: "trip", share: "read" });
    const granted = await compiler.contexts.grant({ owner: "group:trip", reader: "agent:guest" }, {});

    const { groups } = await compiler.stats.groups();

    expect(groups).toEqual([
      {
        group: "trip",
        members: ["planner", "scout"],
        entries: 1,
        writers: [{ agentId: "scout", entries: 1 }],
        grants: [granted],
      },
    ]);
  });
});

describe("what a call sees of the sums", () => {
  const id = fc.constantFrom("a", "b", "ab", "a\u0000b", "group:a");
  const group = fc.option(id, { nil: undefined });
  const owner = fc.record({ tenant: id, agentId: fc.option(id, { nil: undefined }), group });
  const asker: fc.Arbitrary<CallContext> = fc.record({
    tenant: id,
    agentId: fc.option(id, { nil: undefined }),
    group,
    agents: fc.option(fc.uniqueArray(id, { maxLength: 2 }), { nil: undefined }),
    groups: fc.option(fc.uniqueArray(id, { maxLength: 2 }), { nil: undefined }),
  });

  it("is of its tenant, its agent, and what its key is not kept from, whoever called", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(owner, { maxLength: 8 }), asker, async (calls, ask) => {
        const { compiler } = countingCompiler();
        for (const call of calls) await compiler.chat(request, call);
        const { agents = [], groups = [], ...rest } = ask;

        const seen = calls.filter(
          (call) =>
            call.tenant === rest.tenant &&
            (rest.agentId === undefined || call.agentId === rest.agentId) &&
            (ask.agents === undefined || (call.agentId !== undefined && agents.includes(call.agentId))) &&
            (ask.groups === undefined || call.group === undefined || groups.includes(call.group)),
        );
        const total = (await compiler.stats.sums(ask, { by: "tenant" })).lines[0]?.calls ?? 0;
        const who = (await compiler.stats.agents(ask)).agents;

        expect(total).toBe(seen.length);
        expect(new Set(who.map(({ agentId }) => agentId))).toEqual(
          new Set(seen.map(({ agentId }) => agentId)),
        );
        expect(new Set(who.flatMap((agent) => agent.groups))).toEqual(
          new Set(seen.flatMap((call) => call.group ?? [])),
        );
        for (const each of (await compiler.stats.groups(ask)).groups) {
          const isAdmin = rest.agentId === undefined && ask.agents === undefined;
          expect(isAdmin || each.group === rest.group).toBe(true);
          expect(ask.groups === undefined || groups.includes(each.group)).toBe(true);
          const callers = calls.filter((call) => call.tenant === rest.tenant && call.group === each.group);
          expect(new Set(each.members)).toEqual(new Set(callers.flatMap(({ agentId }) => agentId ?? [])));
        }
      }),
      { numRuns: 100 },
    );
  });
});

function failingStorage(under: Storage) {
  let down = false;
  const unlessDown = <Result>(work: () => Result): Result => {
    if (down) throw new Error("storage is down");
    return work();
  };
  const storage: Storage = {
    name: "failing",
    get: async (key) => unlessDown(() => under.get(key)),
    batch: async (operations) => unlessDown(() => under.batch(operations)),
    range: (range) => unlessDown(() => under.range(range)),
    compareAndSet: async (...parts) => unlessDown(() => under.compareAndSet(...parts)),
    close: () => under.close(),
  };
  return {
    storage,
    isDown: (value: boolean) => {
      down = value;
    },
  };
}

/** The same storage, that stays open. */
function unclosable(under: Storage): Storage {
  return {
    name: under.name,
    get: (key) => under.get(key),
    batch: (operations) => under.batch(operations),
    range: (range) => under.range(range),
    compareAndSet: (...parts) => under.compareAndSet(...parts),
    close: async () => undefined,
  };
}
