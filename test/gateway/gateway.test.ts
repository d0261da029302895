import { describe, expect, it } from "vitest";
import { createGateway } from "../../src/gateway/gateway.ts";
import { fakeCompiler, send } from "./given.ts";

const standalone = { standalone: true } as const;

describe("createGateway", () => {
  it.each([
    ["an unknown option", { kyes: [] }, /createGateway: unknown option kyes, did you mean keys/],
    [
      "a body limit below 1",
      { maxBodyBytes: 0 },
      /createGateway: maxBodyBytes must be a positive integer, got 0/,
    ],
    ["an empty key", { keys: [{ key: "", tenant: "t" }] }, /createGateway: keys\[0\]\.key/],
  ])("refuses %s at once, naming it", (_name, options, message) => {
    expect(() => createGateway(fakeCompiler(), options as object)).toThrow(message);
  });
});

describe("the gateway", () => {
  it.each([
    ["GET", "/v1/embeddings", "POST"],
    ["PUT", "/v1/chat/completions", "POST, GET, HEAD"],
    ["HEAD", "/v1/embeddings", "POST"],
    ["OPTIONS", "/v1/pc/compile", "POST"],
    ["POST", "/v1/models", "GET, HEAD"],
    ["DELETE", "/v1/models/gpt-x", "GET, HEAD"],
    ["POST", "/v1/pc/healthz", "GET, HEAD"],
  ])("answers %s %s with 405 and what is allowed", async (method, path, allow) => {
    const sink = await send({ method, path });

    expect(sink.status).toBe(405);
    expect(sink.headers).toMatchObject({ allow, "content-type": "application/json" });
    expect(sink.json).toMatchObject({ error: { code: "method_not_allowed" } });
  });

  it("names every answer, errors too (wire 51)", async () => {
    const sinks = [
      await send({ method: "GET", path: "/v1/pc/healthz" }),
      await send({ method: "GET", path: "/v1/models" }),
      await send({ method: "PUT" }),
      await send({ body: "{" }),
      await send({ remoteAddress: "10.0.0.1" }),
    ];

    const ids = sinks.map(({ headers }) => headers["x-request-id"]);
    expect(ids.every((id) => /^req_/.test(id ?? ""))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("opens no door to other origins: there is no CORS header on any answer (wire 53)", async () => {
    const origin = { headers: { origin: "http://localhost:3000" } };

    const sinks = [await send(origin), await send({ ...origin, method: "OPTIONS" })];

    for (const { headers } of sinks) {
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("the gateway, standing alone", () => {
  it("answers unknown paths as OpenAI does", async () => {
    const sink = await send({ method: "POST", path: "/v1/orders" }, fakeCompiler(), standalone);

    expect(sink.status).toBe(404);
    expect(sink.json).toEqual({
      error: {
        message: "Unknown request URL: POST /v1/orders.",
        type: "invalid_request_error",
        param: null,
        code: "unknown_url",
      },
    });
  });

  it("answers HEAD / with 200: clients warm up with it (wire 5)", async () => {
    const sink = await send({ method: "HEAD", path: "/" }, fakeCompiler(), standalone);

    expect(sink).toMatchObject({ status: 200, text: "", ended: true });
  });
});

describe("the request's body", () => {
  it.each([
    ["no JSON", "{", "invalid_json"],
    ["nothing", "", "invalid_json"],
    ["an array", "[]", "invalid_json"],
    ["null", "null", "invalid_json"],
    ["bytes that are not UTF-8", Buffer.from('{"model":"\xff"}', "latin1"), "invalid_json"],
  ])("is refused where it is %s, without a word of it", async (_name, body, code) => {
    const compiler = fakeCompiler();

    const sink = await send({ body }, compiler);

    expect(sink.status).toBe(400);
    expect(sink.json).toMatchObject({ error: { code, type: "invalid_request_error" } });
    expect(compiler.dispatched).toEqual([]);
  });

  it("may begin with a byte order mark, which does not go on", async () => {
    const compiler = fakeCompiler();

    await send({ body: Buffer.from('\ufeff{"messages":[]}') }, compiler);

    expect(Buffer.from(compiler.dispatched[0]!.request.source!).toString()).toBe('{"messages":[]}');
  });

  it.each([
    ["arrays", "[".repeat(100_000), "]".repeat(100_000)],
    ["objects", '{"x":'.repeat(100_000), `1${"}".repeat(100_000)}`],
  ])("is refused where %s are nested deeper than JSON can be written again", async (_what, open, close) => {
    const compiler = fakeCompiler();
    const body = `{"messages":[],"x":${open}${close},"pc":{"agent_id":"a"}}`;

    const sinks = [await send({ body }, compiler), await send({ parsed: JSON.parse(body) }, compiler)];

    expect(sinks.map(({ status }) => status)).toEqual([400, 400]);
    expect(sinks[0]?.text).toContain("nested deeper than 256 levels");
    expect(compiler.dispatched).toEqual([]);
  });

  it("may be nested as deep as any tool's schema", async () => {
    const body = `{"messages":[],"x":${"[".repeat(200)}${"]".repeat(200)},"pc":{"agent_id":"a"}}`;

    expect((await send({ body })).status).toBe(200);
  });

  it("is no JSON behind a second byte order mark, which a reader of the bytes would stumble over", async () => {
    const bodies = ["\ufeff\ufeff{}", '\ufeff\ufeff{"messages":[],"pc":{}}', '\ufeff\ufeff{"a":"}"}'];

    const sinks = await Promise.all(bodies.map((body) => send({ body: Buffer.from(body) })));

    expect(sinks.map(({ status }) => status)).toEqual([400, 400, 400]);
  });

  it("pollutes no prototype", async () => {
    const compiler = fakeCompiler();
    const body =
      '{"messages":[],"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"pc":{}}';

    await send({ body }, compiler);

    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const passed = compiler.dispatched[0]!.request.body;
    expect(Object.keys(passed)).toEqual(["messages", "__proto__", "constructor"]);
    expect(passed["polluted"]).toBeUndefined();
  });

  it("is refused where its pc object tries to", async () => {
    const sink = await send({ body: '{"messages":[],"pc":{"__proto__":{"share":true}}}' });

    expect(sink.status).toBe(400);
  });

  it("is taken as the host parsed it", async () => {
    const compiler = fakeCompiler();

    await send({ parsed: { model: "m", messages: [], pc: { priority: 2 } } }, compiler);

    expect(compiler.dispatched[0]).toMatchObject({
      request: { body: { model: "m", messages: [] }, source: undefined },
      call: { priority: 2 },
    });
  });
});
