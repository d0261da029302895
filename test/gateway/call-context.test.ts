import { describe, expect, it } from "vitest";
import { type CallSource, readCallContext } from "../../src/gateway/call-context.ts";
import { callFields } from "../../src/gateway/call-fields.ts";
import { createPromptCompiler } from "../../src/prompt-compiler.ts";
import { responseCache } from "../../src/scheduler/cache/response-cache.ts";
import { codecFor } from "../../src/wires/index.ts";
import { answerOf, CHAT, fakeCompiler, send } from "./given.ts";

const { signal } = new AbortController();

function read(source: Partial<CallSource>) {
  return readCallContext({ principal: { tenant: "t" }, path: {}, headers: {}, body: {}, signal, ...source });
}

/** Every row of the table: header text, `pc` value, and what both mean. */
const examples = [
  ["X-PC-Agent-ID", "planner", "planner", { agentId: "planner" }],
  ["X-PC-Session-ID", "s 1", "s 1", { sessionId: "s 1" }],
  ["X-PC-Context-Group", "trip", "trip", { group: "trip" }],
  ["X-PC-Context-Share", "read", "read", { share: "read" }],
  ["X-PC-Max-Input-Tokens", "4000", 4000, { maxInputTokens: 4000 }],
  ["X-PC-Cache", "no-store", "no-store", { cache: "no-store" }],
  ["X-PC-Priority", "-3", -3, { priority: -3 }],
  ["X-PC-Deadline-Ms", "1500", 1500, { deadlineMs: 1500 }],
  ["X-PC-Explain", "dynamics", "dynamics", { explain: "dynamics" }],
] as const;

describe("readCallContext", () => {
  it.each([
    ["a NUL", { group: "trip\u0000", agentId: "a" }, "group"],
    ["a line break", { group: "trip", agentId: "a\r\nx-admin: 1" }, "agent"],
    ["more characters than a name has", { group: "trip", agentId: "a".repeat(257) }, "agent"],
  ])("takes no name from a path that no header could say: %s", (_what, path, param) => {
    expect(() => read({ path: { ...path, share: true } })).toThrow(
      expect.objectContaining({ status: 400, param, message: expect.stringContaining("in the path") }),
    );
  });

  it("has an example of every row in this test", () => {
    expect(examples.map(([header]) => header)).toEqual(callFields.map(({ header }) => header));
  });

  it.each(examples)("reads %s, and the pc field of the same meaning", (header, text, value, expected) => {
    const row = callFields.find((candidate) => candidate.header === header)!;
    const principal = { tenant: "t", defaults: { agentId: "default" } };

    const fromHeader = read({ principal, headers: { [header.toLowerCase()]: text } });
    const fromBody = read({ principal, body: { pc: { [row.field]: value } } });

    expect(fromHeader).toEqual({ agentId: "default", tenant: "t", signal, ...expected });
    expect(fromBody).toEqual(fromHeader);
  });

  it("lets a header win over the body, the body over the path, and the path over the key's defaults", () => {
    const source = {
      principal: {
        tenant: "t",
        defaults: { agentId: "key", group: "key", share: "read", maxInputTokens: 1 },
      },
      path: { agentId: "path", group: "path", share: true },
      body: { pc: { agent_id: "body", group: "body" } },
      headers: { "x-pc-agent-id": "header" },
    } as const;

    expect(read(source)).toMatchObject({ agentId: "header", group: "body", share: true, maxInputTokens: 1 });
  });

  it("takes the tenant from the key, whatever the call says", () => {
    expect(() => read({ body: { pc: { tenant: "other" } } })).toThrow(/pc has no field "tenant"/);
    expect(read({ headers: { "x-pc-tenant": "other" } }).tenant).toBe("t");
  });

  it.each([
    ["X-PC-Context-Share", "maybe"],
    ["X-PC-Max-Input-Tokens", "0"],
    ["X-PC-Max-Input-Tokens", "12k"],
    ["X-PC-Max-Input-Tokens", "1e3"],
    ["X-PC-Priority", "1.5"],
    ["X-PC-Deadline-Ms", "-1"],
    ["X-PC-Cache", "no-cash"],
    ["X-PC-Explain", "yes"],
    ["X-PC-Agent-ID", ""],
    ["X-PC-Agent-ID", "a".repeat(257)],
    ["X-PC-Context-Group", "a\u0007b"],
  ])("refuses %s: %j, naming the header, what it must be and what it was", (header, text) => {
    const headers = { [header.toLowerCase()]: text };

    expect(() => read({ headers })).toThrow(
      expect.objectContaining({
        status: 400,
        param: header.toLowerCase(),
        message: expect.stringMatching(new RegExp(`^${header} must be .*, got "`)),
      }),
    );
  });

  it.each([
    [{ max_input_tokens: "many" }, "pc.max_input_tokens"],
    [{ max_input_tokens: 1.5 }, "pc.max_input_tokens"],
    [{ agent_id: 7 }, "pc.agent_id"],
    [{ share: {} }, "pc.share"],
    [{ agentid: "x" }, "pc.agentid"],
    ["text", "pc"],
    [[], "pc"],
  ])("refuses the pc object %j, naming the field", (pc, param) => {
    expect(() => read({ body: { pc } })).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it("takes null for absent, as everywhere on this wire (wire 42)", () => {
    expect(read({ body: { pc: { agent_id: null, share: null } } })).toEqual({ tenant: "t", signal });
    expect(read({ body: { pc: null } })).toEqual({ tenant: "t", signal });
  });

  it("refuses to share for nobody, naming the header to send", () => {
    expect(() => read({ headers: { "x-pc-context-share": "true" } })).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining("X-PC-Agent-ID") }),
    );
  });

  it("shares as the key's default agent where the call names none", () => {
    const principal = { tenant: "t", defaults: { agentId: "bot" } };

    expect(read({ principal, headers: { "x-pc-context-share": "true" } })).toMatchObject({
      agentId: "bot",
      share: true,
    });
  });

  it.each([
    [{ "x-claude-code-session-id": "c1" }, {}, "c1"],
    [{ "session-id": "x1" }, {}, "x1"],
    [{ "x-session-id": "o1" }, {}, "o1"],
    [{}, { prompt_cache_key: "p1" }, "p1"],
    [{ "x-session-id": "o1", "x-pc-session-id": "mine" }, {}, "mine"],
  ])("knows a conversation by what clients send unasked: %j %j", (headers, body, sessionId) => {
    expect(read({ headers, body }).sessionId).toBe(sessionId);
  });

  it("passes over a foreign session name that is no label", () => {
    expect(
      read({ headers: { "x-session-id": "" }, body: { prompt_cache_key: 5 } }).sessionId,
    ).toBeUndefined();
  });

  it("reads a header's UTF-8, so that it names who the body names", () => {
    const latin1 = Buffer.from("förster-東").toString("latin1");

    expect(read({ headers: { "x-pc-agent-id": latin1 } }).agentId).toBe("förster-東");
    expect(read({ headers: { "x-pc-agent-id": "f\u00f6rster" } }).agentId).toBe("förster");
  });
});

describe("the pc field", () => {
  it("does not go on, neither in the body nor in the bytes", async () => {
    const compiler = fakeCompiler();
    const body = '{"model":"gpt-x",  "pc":{"agent_id":"a"}, "seed":12345678901234567890,"messages":[]}';

    await send({ body }, compiler);

    const { request, call } = compiler.dispatched[0]!;
    expect(call.agentId).toBe("a");
    expect(Object.keys(request.body)).toEqual(["model", "seed", "messages"]);
    expect(Buffer.from(request.source!).toString()).toBe(
      '{"model":"gpt-x", "seed":12345678901234567890,"messages":[]}',
    );
  });

  it("leaves a call that has none as it came, byte for byte", async () => {
    const compiler = fakeCompiler();
    const body = `{ "messages" : [ ] ,"x":1.0}`;

    await send({ body }, compiler);

    expect(Buffer.from(compiler.dispatched[0]!.request.source!).toString()).toBe(body);
  });
});

describe("X-PC-Cache", () => {
  it("goes to the compiler as it was said, and says back what the caches had to do with it", async () => {
    const compiler = fakeCompiler(() => answerOf({ cache: "hit" }));

    const sink = await send({ headers: { "x-pc-cache": "default; max-age=60" } }, compiler);

    expect(compiler.dispatched[0]?.call.cache).toBe("default; max-age=60");
    expect(sink.headers["x-pc-cache"]).toBe("hit");
  });

  it("tells a hit from a miss, and answers only-if-cached with what is there", async () => {
    const compiler = createPromptCompiler({ cache: responseCache() });
    const ask = (control: string) =>
      send({ headers: { "x-pc-cache": control }, body: { messages: CHAT.messages } }, compiler);

    const sinks = [await ask("default"), await ask("only-if-cached"), await ask("no-store")];

    expect(sinks.map(({ headers }) => headers["x-pc-cache"])).toEqual(["miss", "hit", "bypass"]);
    expect(sinks[1]?.headers).toMatchObject({ "x-pc-attempts": "0", "x-pc-deployment": "pc-extractive" });
    expect(sinks[1]?.text).toBe(sinks[0]?.text);
  });

  it("answers only-if-cached with 504, not to be tried again (RFC 9111)", async () => {
    const sink = await send(
      { headers: { "x-pc-cache": "only-if-cached" }, body: { messages: CHAT.messages } },
      createPromptCompiler(),
    );

    expect(sink.status).toBe(504);
    expect(sink.headers).toMatchObject({ "x-should-retry": "false" });
    expect(sink.json).toMatchObject({ error: { code: "not_cached", type: "server_error" } });
  });
});

describe("headers of the wire", () => {
  it("go on to the vendor, and no others: no other vendor's beta, no cookie (defect 71)", async () => {
    const compiler = fakeCompiler();
    const wire = Object.fromEntries(codecFor("chat").forwardedHeaders.map((name) => [name, "v"]));

    const others = { "anthropic-beta": "b", "anthropic-version": "v", cookie: "c", "x-stainless-lang": "js" };
    await send({ body: CHAT, headers: { ...wire, ...others } }, compiler);

    expect(compiler.dispatched[0]?.request.headers).toEqual(wire);
  });
});
