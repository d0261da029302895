import { describe, expect, it } from "vitest";
import type { GatewayKey } from "../../src/config/gateway-options.ts";
import { PromptCompilerError } from "../../src/errors.ts";
import { fakeCompiler, type RequestFacts, send } from "./given.ts";

const page = { headers: { origin: "https://evil.example" } };

describe("access without keys", () => {
  it('lets this machine call, as tenant "default"', async () => {
    const compiler = fakeCompiler();

    const { status } = await send({}, compiler);

    expect(status).toBe(200);
    expect(compiler.dispatched[0]?.call.tenant).toBe("default");
  });

  it("lets a page of this machine call", async () => {
    const { status } = await send({ headers: { origin: "http://localhost:5173" } });

    expect(status).toBe(200);
  });

  it.each<[string, RequestFacts]>([
    ["a web page on another origin", page],
    ["a rebound host name", { headers: { host: "attacker.example:8787" } }],
    ["a proxied request", { headers: { "x-forwarded-for": "203.0.113.9" } }],
    ["another machine", { remoteAddress: "203.0.113.9" }],
    ["a tunnel to this machine", { headers: { "cf-connecting-ip": "203.0.113.9" } }],
    ["an image of another site's page", { headers: { "sec-fetch-site": "cross-site" } }],
    ["a sandboxed page", { headers: { origin: "null" } }],
    ["two origins", { headers: { origin: "http://localhost, https://evil.example" } }],
    ["two hosts, where both are kept", { headers: { host: ["127.0.0.1", "evil.example"] } }],
    ["a request without Host, as HTTP/1.0 allows", { headers: { host: undefined } }],
  ])("lets %s reach nothing, and says what to configure", async (_name, facts) => {
    const compiler = fakeCompiler();

    const sink = await send(facts, compiler);

    expect(sink.status).toBe(401);
    expect(sink.json).toMatchObject({ error: { code: "invalid_api_key", param: null } });
    expect(sink.text).toMatch(/keys.*authenticate.*PC_API_KEYS.*access/);
    expect(compiler.dispatched).toEqual([]);
  });

  it.each([
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/plain; application/json",
    "application/jsonx",
    undefined,
  ])("lets a post with content type %s reach nothing: pages can send it unasked", async (contentType) => {
    const compiler = fakeCompiler();

    const sink = await send({ headers: { "content-type": contentType } }, compiler);

    expect(sink.status).toBe(415);
    expect(compiler.dispatched).toEqual([]);
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/vnd.x+json",
  ])("takes content type %s for JSON", async (contentType) => {
    const { status } = await send({ headers: { "content-type": contentType } });

    expect(status).toBe(200);
  });

  it("refuses every call in production, this machine's too, and says which option to set", async () => {
    const sink = await send({}, fakeCompiler(), { production: true });

    expect(sink.status).toBe(401);
    expect(sink.text).toMatch(/in production.*keys/);
  });

  it("answers probes in production: they have no key, and learn nothing", async () => {
    const sink = await send(
      { method: "GET", path: "/v1/pc/healthz", remoteAddress: "10.0.0.7" },
      fakeCompiler(),
      {
        production: true,
      },
    );

    expect(sink.status).toBe(200);
    expect(sink.json).toEqual({ status: "ok" });
  });

  it("reads no body before it knows who calls", async () => {
    const body = "this is not JSON";

    const { status } = await send({ ...page, body });

    expect(status).toBe(401);
  });
});

describe("an upload without keys", () => {
  const upload: RequestFacts = {
    path: "/v1/files",
    body: [
      '--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch',
      '--x\r\ncontent-disposition: form-data; name="file"; filename="calls.jsonl"\r\n\r\n{}',
      "--x--\r\n",
    ].join("\r\n"),
    headers: { "content-type": "multipart/form-data; boundary=x" },
  };
  const bearer = { authorization: "Bearer none" };
  const cancel: RequestFacts = { path: "/v1/batches/batch_1/cancel", body: "" };

  /** A compiler that stores what it is given, and forgets no cancellation. */
  function given() {
    const reached: string[] = [];
    const compiler = fakeCompiler(undefined, {
      files: { create: async () => reached.push("create") },
      batches: { resume: () => undefined, cancel: async () => void reached.push("cancel") },
    } as never);
    return { compiler, reached };
  }

  it("is taken with an Authorization header, which no form of a page can set", async () => {
    const { compiler, reached } = given();

    const { status } = await send({ ...upload, headers: { ...upload.headers, ...bearer } }, compiler);

    expect([status, reached]).toEqual([200, ["create"]]);
  });

  it.each<[string, RequestFacts]>([
    ["a page's form", upload],
    [
      "a page's form with a name and a password in its address",
      { ...upload, headers: { ...upload.headers, authorization: "Basic Og==" } },
    ],
    ["a page's form that cancels", { ...cancel, headers: { "content-type": "text/plain" } }],
    ["a post of nothing that cancels", { ...cancel, headers: { "content-type": undefined } }],
  ])("is refused where it may be %s", async (_, facts) => {
    const { compiler, reached } = given();

    const sink = await send(facts, compiler);

    expect(sink.status).toBe(401);
    expect(reached).toEqual([]);
  });

  it.each<[string, RequestFacts]>([
    ["a page on another origin", { headers: page.headers }],
    ["a rebound host name", { headers: { host: "attacker.example:8787" } }],
    ["a proxied request", { headers: { "x-forwarded-for": "203.0.113.9" } }],
    ["another machine", { remoteAddress: "203.0.113.9" }],
  ])("passes every other check all the same: %s", async (_, facts) => {
    const { compiler, reached } = given();
    const headers = { ...upload.headers, ...bearer, ...facts.headers };

    const sink = await send({ ...upload, ...facts, headers }, compiler);

    expect(sink.status).toBe(401);
    expect(reached).toEqual([]);
  });

  it("is the only form there is: a call's body stays JSON, whatever its headers", async () => {
    const compiler = fakeCompiler();

    const sink = await send({ headers: { ...upload.headers, ...bearer } }, compiler);

    expect(sink.status).toBe(415);
    expect(compiler.dispatched).toEqual([]);
  });

  it("is refused from who comes by a host's cookies, unless it has that header", async () => {
    const { compiler, reached } = given();
    const options = { authenticate: () => ({ tenant: "acme" }) };

    const form = await send(upload, compiler, options);
    const client = await send({ ...upload, headers: { ...upload.headers, ...bearer } }, compiler, options);

    expect([form.status, client.status]).toEqual([401, 200]);
    expect(reached).toEqual(["create"]);
  });
});

describe("open access", () => {
  it("lets everyone call, in production too", async () => {
    const { status } = await send({ remoteAddress: "203.0.113.9", ...page }, fakeCompiler(), {
      access: "open",
      production: true,
    });

    expect(status).toBe(200);
  });
});

describe("access with keys", () => {
  const keys = [{ key: "right", tenant: "acme" }];
  const remote = { remoteAddress: "203.0.113.9" };

  it("lets who has a key call, as the key's tenant, from anywhere", async () => {
    const compiler = fakeCompiler();

    const { status } = await send({ ...remote, headers: { authorization: "Bearer right" } }, compiler, {
      keys,
    });

    expect(status).toBe(200);
    expect(compiler.dispatched[0]?.call.tenant).toBe("acme");
  });

  it.each([
    ["a wrong key", { authorization: "Bearer wrong" }, "incorrect API key"],
    ["no key", {}, "no API key"],
  ])("refuses %s with OpenAI's 401 and not a word of the key", async (_name, headers, message) => {
    const sink = await send({ headers }, fakeCompiler(), { keys });

    expect(sink.status).toBe(401);
    expect(sink.json).toEqual({
      error: {
        message: expect.stringContaining(message),
        type: "invalid_request_error",
        param: null,
        code: "invalid_api_key",
      },
    });
    expect(sink.text).not.toContain("wrong");
  });

  it("sends the caller's key nowhere (wire 3)", async () => {
    const compiler = fakeCompiler();

    await send({ headers: { authorization: "Bearer right", cookie: "c", "openai-beta": "x" } }, compiler, {
      keys,
    });

    expect(compiler.dispatched[0]?.request.headers).toEqual({ "openai-beta": "x" });
  });
});

describe("the host's own check", () => {
  it("says who calls where no key fits", async () => {
    const compiler = fakeCompiler();

    const { status } = await send({ remoteAddress: "203.0.113.9" }, compiler, {
      authenticate: async () => ({ tenant: "from-host", defaults: { agentId: "bot" } }),
    });

    expect(status).toBe(200);
    expect(compiler.dispatched[0]?.call).toMatchObject({ tenant: "from-host", agentId: "bot" });
  });

  it("refuses with 401 where it says nobody", async () => {
    const { status } = await send({}, fakeCompiler(), { authenticate: () => undefined });

    expect(status).toBe(401);
  });

  it("is a 500 without its words where it throws, told to onError", async () => {
    const heard: unknown[] = [];
    const error = new Error("ldap at 10.0.0.1 is down");

    const sink = await send({}, fakeCompiler(), {
      authenticate: () => {
        throw error;
      },
      onError: (...told) => heard.push(...told),
    });

    expect(sink.status).toBe(500);
    expect(sink.text).not.toContain("ldap");
    expect(heard).toEqual([error, { requestId: sink.headers["x-request-id"] }]);
  });
});

describe("a host's check that goes by cookies", () => {
  const options = { authenticate: () => ({ tenant: "acme" }) };

  it.each(["text/plain", "application/x-www-form-urlencoded", undefined])(
    "vouches for no post of type %s: any page's form sends it, with the cookies",
    async (contentType) => {
      const compiler = fakeCompiler();

      const { status } = await send({ headers: { "content-type": contentType } }, compiler, options);

      expect(status).toBe(415);
      expect(compiler.dispatched).toEqual([]);
    },
  );

  it("does not stand in the way of a key, which no page can make a browser send", async () => {
    const headers = { authorization: "Bearer k", "content-type": undefined };

    const { status } = await send({ headers }, fakeCompiler(), {
      ...options,
      keys: [{ key: "k", tenant: "t" }],
    });

    expect(status).toBe(200);
  });
});

describe("a host's check that forgets to say whose call it is", () => {
  it.each([[true], [{}], [{ tenant: undefined }], [{ tenant: "" }], [{ tenant: 7 }]])(
    "lets nobody into a tenant that all would share: %j",
    async (principal) => {
      const compiler = fakeCompiler();
      const heard: unknown[] = [];

      const { status } = await send({}, compiler, {
        authenticate: () => principal as unknown as { tenant: string },
        onError: (error) => heard.push(error),
      });

      expect(status).toBe(500);
      expect(heard).toEqual([expect.objectContaining({ name: "TypeError" })]);
      expect(compiler.dispatched).toEqual([]);
    },
  );
});

describe("what a key may do", () => {
  const key = {
    key: "k",
    tenant: "t",
    agents: ["planner", "scout-*"],
    groups: ["trip"],
    models: ["gpt-*", "auto"],
    routes: ["/v1/chat/completions", "/v1/models*"],
    maxPriority: 5,
    defaults: { agentId: "planner" },
  };
  const call = (facts: RequestFacts) =>
    send({ ...facts, headers: { authorization: "Bearer k", ...facts.headers } }, fakeCompiler(), {
      keys: [key],
    });
  const chat = (more: object) => ({ body: { model: "gpt-x", messages: [], ...more } });

  it.each<[string, RequestFacts]>([
    ["its agent by default", {}],
    ["an agent of its pattern", { headers: { "x-pc-agent-id": "scout-7" } }],
    ["its group", { headers: { "x-pc-context-group": "trip" } }],
    ["a model of its pattern", chat({ model: "gpt-5-mini" })],
    ["the pool's first model, as auto is among its models", chat({ model: undefined })],
    ["its highest priority", { headers: { "x-pc-priority": "5" } }],
  ])("is %s", async (_name, facts) => {
    expect((await call(facts)).status).toBe(200);
  });

  it.each<[string, RequestFacts, string]>([
    ["another agent", { headers: { "x-pc-agent-id": "boss" } }, '"boss"'],
    ["another agent in the body", chat({ pc: { agent_id: "boss" } }), '"boss"'],
    ["another agent in the path", { path: "/pc/trip/boss/v1/chat/completions" }, '"boss"'],
    ["another group", { headers: { "x-pc-context-group": "hr" } }, '"hr"'],
    ["another model", chat({ model: "claude-x" }), '"claude-x"'],
    ["another route", { path: "/v1/embeddings", body: { input: "x" } }, "/v1/embeddings"],
    ["a higher priority", { headers: { "x-pc-priority": "6" } }, "above 5"],
  ])("is not %s: 403, naming it", async (_name, facts, named) => {
    const sink = await call(facts);

    expect(sink.status).toBe(403);
    expect(sink.json).toMatchObject({ error: { code: "permission_denied" } });
    expect((sink.json as { error: { message: string } }).error.message).toContain(named);
  });

  it.each<[string, Partial<GatewayKey>, string | undefined]>([
    ["the only one it has", { agents: ["planner"] }, "planner"],
    ["its default", { agents: ["planner", "scout"], defaults: { agentId: "scout" } }, "scout"],
    ["none, where it has all of them", {}, undefined],
  ])("is done as an agent that the call does not name: %s", async (_name, limits, agentId) => {
    const compiler = fakeCompiler();

    await send({ headers: { authorization: "Bearer k" } }, compiler, {
      keys: [{ key: "k", tenant: "t", ...limits }],
    });

    expect(compiler.dispatched[0]?.call.agentId).toBe(agentId);
  });

  it.each([[["planner", "writer"]], [["plan*"]], [[]]])(
    "is nothing as no agent, where it is limited to some and none is named: %j",
    async (agents) => {
      const compiler = fakeCompiler();

      const sink = await send({ headers: { authorization: "Bearer k" } }, compiler, {
        keys: [{ key: "k", tenant: "t", agents }],
      });

      expect(sink.status).toBe(400);
      expect(sink.json).toMatchObject({ error: { param: "x-pc-agent-id" } });
      expect(compiler.dispatched).toEqual([]);
    },
  );

  it("is not two models in one body, of which an upstream might read the other", async () => {
    const body = '{"model":"claude-x","messages":[],"model":"gpt-x"}';

    expect((await call({ body })).status).toBe(400);
  });

  it("is not the pool's first model where auto is not among its models", async () => {
    const sink = await send(
      { headers: { authorization: "Bearer k" }, ...chat({ model: undefined }) },
      fakeCompiler(),
      {
        keys: [{ key: "k", tenant: "t", models: ["gpt-*"] }],
      },
    );

    expect(sink.status).toBe(403);
  });

  it.each<[string, object]>([
    ["in another case", { model: "gpt-x", Model: "claude-x" }],
    ["in another case, and nowhere else", { model: undefined, MODEL: "claude-x" }],
    ["with a letter that folds into it", { model: "gpt-x", "model\u017f": ["claude-x"] }],
  ])("is not a model that is said %s, as readers without regard to case find it", async (_where, body) => {
    const sinks = [await call(chat(body)), await call({ parsed: { messages: [], ...body } })];

    expect(sinks.map(({ status }) => status)).toEqual([400, 400]);
  });

  it("is not a model to fall back on that is not its", async () => {
    expect((await call(chat({ models: ["gpt-5", "claude-x"] }))).status).toBe(403);
    expect((await call(chat({ models: ["gpt-5"] }))).status).toBe(200);
  });

  it("is not to learn the names of models it may not use from a model that nobody serves", async () => {
    const compiler = fakeCompiler(() => {
      throw new PromptCompilerError("PC_MODEL_NOT_FOUND", "nobody serves it; served: gpt-x, secret-model");
    });
    const headers = { authorization: "Bearer k" };

    const limited = await send({ headers }, compiler, { keys: [key] });
    const unlimited = await send({ headers }, compiler, { keys: [{ key: "k", tenant: "t" }] });

    expect(limited.status).toBe(404);
    expect(limited.json).toMatchObject({ error: { code: "model_not_found" } });
    expect(limited.text).not.toContain("secret-model");
    expect(unlimited.text).toContain("secret-model");
  });

  const ways: ((agent: string, group: string) => RequestFacts)[] = [
    (agent, group) => ({ headers: { "x-pc-agent-id": agent, "x-pc-context-group": group } }),
    (agent, group) => chat({ pc: { agent_id: agent, group } }),
    (agent, group) => ({
      path: `/pc/${encodeURIComponent(group)}/${encodeURIComponent(agent)}/v1/chat/completions`,
    }),
  ];

  it.each([
    "Planner",
    "planner ",
    "planner\u200b",
    "plann\u0435r",
    "ｐｌａｎｎｅｒ",
    "planner, boss",
    "planner/../boss",
    "boss",
    "*",
    "scout",
  ])("is no agent that looks like its own, in whatever way it is said: %j", async (agent) => {
    for (const way of ways) {
      const facts = way(agent, "trip");
      // A header's ends are trimmed, and its text is bytes.
      if (facts.headers !== undefined && /[^\x20-\x7e]| $/.test(agent)) continue;
      expect((await call(facts)).status).toBe(403);
    }
  });

  it("is decided on what wins: a path or a body may not hide behind a header, nor the other way round", async () => {
    const path = "/pc/trip/planner/v1/chat/completions";
    const bossInHeader = { headers: { "x-pc-agent-id": "boss" } };

    const statuses = [
      (await call({ path, ...bossInHeader })).status,
      (await call({ path, ...chat({ pc: { group: "hr" } }) })).status,
      (await call({ path: "/pc/hr/boss/v1/chat/completions", headers: { "x-pc-agent-id": "planner" } }))
        .status,
      (await call({ ...bossInHeader, ...chat({ pc: { agent_id: "planner" } }) })).status,
    ];

    expect(statuses).toEqual([403, 403, 403, 403]);
  });
});
