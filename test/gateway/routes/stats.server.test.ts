import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memory } from "../../../src/storage/memory.ts";
import { hosts, type RunningApp } from "../../host-app.ts";

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown> & { readonly data: readonly Record<string, unknown>[] };
}

/** Keys of one tenant: all of it, one agent of one group; and of another tenant. */
const keys = [
  { key: "all", tenant: "acme" },
  { key: "scout", tenant: "acme", agents: ["scout"], groups: ["trip"] },
  { key: "other", tenant: "globex" },
];

describe.each(hosts)("what calls came to over HTTP, in %s", (_host, start) => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await start({ keys, storage: memory() });
    for (const [agent, group] of [
      ["planner", "trip"],
      ["scout", "trip"],
      ["scout", "secret"],
    ] as const)
      await say("The ferry leaves at nine.", { agent, group });
  });
  afterAll(() => app.close());

  function headersOf({ key = "all", agent, group }: As): Record<string, string> {
    return {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(agent && { "x-pc-agent-id": agent }),
      ...(group && { "x-pc-context-group": group, "x-pc-context-share": "true" }),
    };
  }

  async function say(content: string, as: As): Promise<void> {
    const body = JSON.stringify({ model: "pc-extractive", messages: [{ role: "user", content }] });
    const answer = await fetch(`${app.baseURL}/chat/completions`, {
      method: "POST",
      headers: headersOf(as),
      body,
    });
    expect(answer.status).toBe(200);
    await answer.text();
  }

  async function ask(path: string, as: As = {}): Promise<Answer> {
    const answer = await fetch(`${app.url}/v1/pc/${path}`, { headers: headersOf(as) });
    return { status: answer.status, json: (await answer.json()) as Answer["json"] };
  }

  it("lists agents in pages, each with its last call, groups and tokens", async () => {
    const first = await ask("agents?limit=1");
    const second = await ask(`agents?limit=1&after=${first.json["next_after"]}`);

    expect(first.json).toMatchObject({ object: "list", has_more: true });
    expect([...first.json.data, ...second.json.data]).toMatchObject([
      { agentId: "planner", groups: ["trip"], calls: 1, lastCallAt: expect.any(Number) },
      { agentId: "scout", groups: ["secret", "trip"], calls: 2, savedTokens: expect.any(Number) },
    ]);
    expect(second.json["has_more"]).toBe(false);
  });

  it("lists groups with members, entries, writers and grants", async () => {
    const { json } = await ask("context-groups");

    expect(json.data).toMatchObject([
      { group: "secret", members: ["scout"], writers: [{ agentId: "scout" }], grants: [] },
      { group: "trip", members: ["planner", "scout"], entries: expect.any(Number) },
    ]);
  });

  it("lists sums by what the query asks for", async () => {
    const byAgent = await ask("stats?by=agent");
    const byDay = await ask("stats");

    expect(byAgent.json.data.map(({ agentId, calls }) => [agentId, calls])).toEqual([
      ["planner", 1],
      ["scout", 2],
    ]);
    expect(byDay.json.data).toMatchObject([{ tenant: "acme", day: expect.any(String), calls: 3 }]);
  });

  it("tells a key for one agent of that agent and the group it names, and nothing of a group it is kept from", async () => {
    const agents = await ask("agents", { key: "scout" });
    const groups = await ask("context-groups", { key: "scout", agent: "scout", group: "trip" });
    const none = await ask("context-groups", { key: "scout" });
    const sums = await ask("stats?by=tenant", { key: "scout" });
    const foreign = await ask("agents", { key: "scout", agent: "planner" });

    expect(agents.json.data).toMatchObject([{ agentId: "scout", groups: ["trip"], calls: 1 }]);
    expect(groups.json.data.map(({ group }) => group)).toEqual(["trip"]);
    expect(none.json.data).toEqual([]);
    expect(sums.json.data).toMatchObject([{ calls: 1 }]);
    expect(foreign.status).toBe(403);
  });

  it.each(["agents", "context-groups", "stats"])("tells another tenant nothing: %s", async (path) => {
    const { json } = await ask(path, { key: "other" });

    expect(json).toEqual({ object: "list", data: [], has_more: false });
  });

  it.each([
    ["stats?by=week", "by"],
    ["stats?from=today", "from"],
    ["agents?limit=0", "limit"],
    ["context-groups?limit=x", "limit"],
  ])("refuses %s with a 400 that names the parameter", async (path, param) => {
    const { status, json } = await ask(path);

    expect([status, json["error"]]).toMatchObject([400, { type: "invalid_request_error", param }]);
  });
});

interface As {
  readonly key?: string;
  readonly agent?: string;
  readonly group?: string;
}
