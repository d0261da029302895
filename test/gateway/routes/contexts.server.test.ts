import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memory } from "../../../src/storage/memory.ts";
import { hosts, type RunningApp } from "../../host-app.ts";

type Json = Record<string, unknown> & { readonly data: readonly Record<string, unknown>[] };

/** Keys of one tenant: all of it, one agent, and two; and of another tenant. */
const keys = [
  { key: "all", tenant: "acme" },
  { key: "scout", tenant: "acme", agents: ["scout"] },
  { key: "two", tenant: "acme", agents: ["scout", "planner"], groups: ["trip"] },
  { key: "other", tenant: "globex" },
];

describe.each(hosts)("shared context over HTTP, in %s", (_host, start) => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await start({ keys, storage: memory() });
  });
  afterAll(() => app.close());

  async function ask(
    method: string,
    path: string,
    as: { readonly key?: string; readonly agent?: string; readonly group?: string } = {},
    body?: object | string,
  ) {
    const answer = await fetch(`${app.url}/v1/pc/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${as.key ?? "all"}`,
        "content-type": typeof body === "string" ? "application/jsonl" : "application/json",
        ...(as.agent && { "x-pc-agent-id": as.agent }),
        ...(as.group && { "x-pc-context-group": as.group }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type") === "application/json";
    return { status: answer.status, text, json: (isJson ? JSON.parse(text) : {}) as Json };
  }

  it("adds, lists in pages, gets, searches and deletes an item", async () => {
    const as = { agent: "planner", group: "one" };
    const added = await ask("POST", "contexts", as, { content: "The harbour hotel wants 400 euros." });
    await ask("POST", "contexts", as, { content: "The ferry leaves at nine." });

    const first = await ask("GET", "contexts?limit=1", as);
    const second = await ask("GET", `contexts?limit=1&after=${first.json["next_after"]}`, as);
    const id = String(added.json["id"]);
    const found = await ask("POST", "contexts/search", as, { query: "harbour hotel", limit: 1 });
    const got = await ask("GET", `contexts/${id}`, as);
    const deleted = await ask("DELETE", `contexts/${id}`, as);
    const gone = await ask("GET", `contexts/${id}`, as);

    expect(first.json.data.map(({ content }) => content)).toEqual(["The ferry leaves at nine."]);
    expect(first.json["has_more"]).toBe(true);
    expect(second.json).toEqual({ object: "list", data: [added.json], has_more: false });
    expect(found.json.data).toEqual([{ item: added.json, score: expect.any(Number) }]);
    expect(got.json).toEqual(added.json);
    expect(deleted.json).toMatchObject({ id, object: "context", deleted: true, receipt: { items: 1 } });
    expect([gone.status, (await ask("DELETE", `contexts/${id}`, as)).status]).toEqual([404, 404]);
  });

  it("exports what an agent owns as lines, and imports them elsewhere, once", async () => {
    const as = { agent: "writer" };
    for (const content of ["one", "two\nlines", "dr\u00e9i \u{1f600}"]) {
      await ask("POST", "contexts", as, { content });
    }

    const exported = await ask("GET", "contexts/export", as);
    const imported = await ask("POST", "contexts/import", { key: "other" }, exported.text);
    const again = await ask("POST", "contexts/import", { key: "other" }, exported.text);
    const there = await ask("GET", "contexts", { key: "other", agent: "writer" });

    expect(exported.text.split("\n")).toHaveLength(4);
    expect(imported.json).toEqual({ written: 3, existing: 0 });
    expect(again.json).toEqual({ written: 0, existing: 3 });
    expect(there.json.data.map(({ content }) => content).toSorted()).toEqual([
      "dr\u00e9i \u{1f600}",
      "one",
      "two\nlines",
    ]);
  });

  it("takes what an item says of itself, gives it back, and keeps its links in another tenant", async () => {
    const as = { agent: "analyst" };
    const { json: source } = await ask("POST", "contexts", as, {
      content: "They say 400 euros.",
      trust: 0.5,
    });
    const { json: made } = await ask("POST", "contexts", as, {
      content: "The deposit is 400 euros.",
      lineage: [source["id"]],
      subject: "deposit",
      ttlMs: 60_000,
    });
    const bad = await ask("POST", "contexts", as, { content: "x", trust: 2 });

    const { text } = await ask("GET", "contexts/export", as);
    await ask("POST", "contexts/import", { key: "other" }, text);
    const there = (await ask("GET", "contexts", { key: "other", agent: "analyst" })).json.data;

    expect(made).toMatchObject({ trust: 0.5, subject: "deposit", expiresAt: expect.any(Number) });
    expect([bad.status, bad.json["error"]]).toMatchObject([400, { param: "trust" }]);
    const [copy, original] = there;
    expect(original?.["id"]).not.toBe(source["id"]);
    expect(copy).toMatchObject({ lineage: [original?.["id"]], trust: 0.5, subject: "deposit" });
  });

  it("tells what is to be learned from what the caller may read, in pages", async () => {
    const as = { agent: "learner" };
    await ask("POST", "contexts", as, { content: "We decided on the harbour hotel." });
    await ask("POST", "contexts", as, { content: "The deposit is 400 euros." });

    const first = await ask("GET", "contexts/learned?limit=1", as);
    const second = await ask("GET", `contexts/learned?limit=1&after=${first.json["next_after"]}`, as);

    expect([...first.json.data, ...second.json.data]).toMatchObject([
      { kind: "fact", text: "The deposit is 400 euros.", agentId: "learner" },
      { kind: "decision", text: "We decided on the harbour hotel." },
    ]);
    expect((await ask("GET", "contexts/learned", { agent: "scout" })).text).not.toContain("harbour hotel");
  });

  it("says which line of an import is bad", async () => {
    const bad = await ask("POST", "contexts/import", {}, '\n{"agentId":"a"}\n');

    expect([bad.status, bad.json["error"]]).toEqual([
      400,
      expect.objectContaining({ message: expect.stringContaining("line 2") }),
    ]);
  });

  it("forgets all that an agent owns", async () => {
    await ask("POST", "contexts", { agent: "leaver" }, { content: "to be gone" });

    const refused = await ask("POST", "contexts/forget", { agent: "scout" }, { agentId: "leaver" });
    const nothing = await ask("POST", "contexts/forget", {}, {});
    const receipt = await ask("POST", "contexts/forget", {}, { agentId: "leaver" });

    expect([refused.status, nothing.status, receipt.json["items"]]).toEqual([403, 400, 1]);
    expect((await ask("GET", "contexts", { agent: "leaver" })).json.data).toEqual([]);
  });

  it("grants, shows who read what, and revokes", async () => {
    const grant = { owner: "agent:keeper", reader: "agent:guest" };
    const { json: item } = await ask(
      "POST",
      "contexts",
      { agent: "keeper" },
      { content: "the code is 4711" },
    );

    const before = await ask("GET", "contexts", { agent: "guest" });
    const granted = await ask("POST", "grants", { agent: "keeper" }, grant);
    const during = await ask("GET", "contexts", { agent: "guest" });
    const listed = await ask("GET", "grants?limit=10", { agent: "guest" });
    const revoked = await ask("POST", "grants/revoke", { agent: "keeper" }, grant);
    const after = await ask("GET", "contexts", { agent: "guest" });
    const audit = await ask("GET", "audit?limit=2", { agent: "keeper" });
    const rest = await ask("GET", `audit?limit=2&after=${audit.json["next_after"]}`, { agent: "keeper" });

    expect([before.json.data, during.json.data, after.json.data]).toEqual([[], [item], []]);
    expect(granted.json).toMatchObject({ ...grant, grantedBy: "keeper" });
    expect(listed.json.data).toEqual([granted.json]);
    expect(revoked.json).toEqual({ object: "grant", revoked: true });
    expect([...audit.json.data, ...rest.json.data].map(({ action }) => action)).toEqual([
      "revoke",
      "read",
      "grant",
    ]);
    expect(audit.json.data[1]).toMatchObject({ agentId: "guest", itemIds: [item["id"]] });
  });

  it.each([
    ["GET", "contexts"],
    ["POST", "contexts"],
    ["GET", "contexts/ctx_1"],
    ["DELETE", "contexts/ctx_1"],
    ["POST", "contexts/search"],
    ["POST", "contexts/forget"],
    ["GET", "contexts/learned"],
    ["GET", "contexts/export"],
    ["POST", "contexts/import"],
    ["GET", "grants"],
    ["POST", "grants"],
    ["POST", "grants/revoke"],
    ["GET", "audit"],
    ["GET", "agents"],
    ["GET", "context-groups"],
    ["GET", "stats"],
  ])("answers a key for some agents only when it names one of them: %s %s", async (method, path) => {
    const body = method === "POST" ? {} : undefined;

    const unnamed = await ask(method, path, { key: "two" }, body);
    const foreign = await ask(method, path, { key: "two", agent: "keeper" }, body);
    const group = await ask(method, path, { key: "two", agent: "scout", group: "secret" }, body);

    expect(unnamed.json["error"]).toMatchObject({ param: "x-pc-agent-id" });
    expect([unnamed.status, foreign.status, group.status]).toEqual([400, 403, 403]);
  });

  it("shows an agent's key nothing of another agent, and another tenant nothing at all", async () => {
    const { json: item } = await ask("POST", "contexts", { agent: "planner" }, { content: "mine alone" });
    const id = String(item["id"]);

    const asScout = await ask("GET", `contexts/${id}`, { key: "scout" });
    const byScout = await ask("DELETE", `contexts/${id}`, { key: "scout" });
    const exported = await ask("GET", "contexts/export", { key: "scout" });
    const elsewhere = await ask("GET", `contexts/${id}`, { key: "other", agent: "planner" });

    expect([asScout.status, byScout.status, elsewhere.status]).toEqual([404, 404, 404]);
    expect(exported.text).not.toContain("mine alone");
    expect((await ask("GET", `contexts/${id}`, { agent: "planner" })).json).toEqual(item);
  });
});
