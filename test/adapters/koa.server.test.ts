import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import Koa from "koa";
import compress from "koa-compress";
import helmet from "koa-helmet";
import mount from "koa-mount";
import Koa2 from "koa2";
import { afterEach, describe, expect, it } from "vitest";
import { pcErrorHandler, pcMiddleware } from "../../src/adapters/koa/index.ts";
import { describeHttpAdapter, type HostSetup } from "../contracts/http-adapter.ts";
import { CHAT, fakeCompiler } from "../gateway/given.ts";

async function listen(app: Koa) {
  const server = createServer(app.callback());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Reads every body to its bytes, as raw parsers do. */
const rawParser: Koa.Middleware = async (ctx, next) => {
  const parts: Buffer[] = [];
  for await (const part of ctx.req) parts.push(part);
  Object.assign(ctx.request, { body: Buffer.concat(parts) });
  await next();
};

const textParser: Koa.Middleware = (ctx, next) =>
  rawParser(ctx, async () => {
    Object.assign(ctx.request, { body: String(ctx.request.body) });
    await next();
  });

/** A host as the contract describes it, in either version of Koa. */
function appOf(Version: typeof Koa, setup: HostSetup, errors: unknown[]): Koa {
  const app = new Version();
  app.on("error", (error) => errors.push(error));
  if (setup.dressed) app.use(helmet()).use(compress({ threshold: 0 }));
  app.use(pcErrorHandler);
  if (setup.parser === "json") app.use(bodyParser({ enableTypes: ["json"] }));
  if (setup.parser === "text") app.use(textParser);
  if (setup.parser === "raw") app.use(rawParser);
  app.use(async (ctx, next) => {
    void setup.givesUp?.then(() => {
      ctx.res.statusCode = 503;
      ctx.res.end("the host gave up");
    });
    await next();
  });
  const ours = pcMiddleware({ compiler: setup.compiler, ...setup.options });
  app.use(setup.prefix === undefined ? ours : mount(setup.prefix, ours));
  app.use((ctx) => {
    const own = ["GET /", "GET /metrics", "GET /docs", "POST /v1/orders"];
    if (own.includes(`${ctx.method} ${ctx.path}`)) ctx.body = "the host's own";
  });
  return app;
}

for (const [name, version] of [
  ["Koa 3", Koa],
  ["Koa 2", Koa2],
] as const) {
  describeHttpAdapter(name, {
    async start(setup) {
      const errors: unknown[] = [];
      const { port, close } = await listen(appOf(version, setup, errors));
      return { port, errors, close };
    },
  });
}

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function given(app: Koa) {
  const server = await listen(app);
  running.push(server);
  return server;
}

const post = (url: string, body: string) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });

describe("pcMiddleware in Koa", () => {
  it("answers behind the prefix of a router, which leaves it on the path", async () => {
    const compiler = fakeCompiler();
    const router = new Router({ prefix: "/ai" });
    router.all("/{*path}", pcMiddleware({ compiler }, { prefix: "/ai" }));
    const app = new Koa();
    app.use(router.routes());
    const { url } = await given(app);

    const [ours, theirs] = await Promise.all([
      post(`${url}/ai/v1/chat/completions`, JSON.stringify(CHAT)),
      post(`${url}/v1/chat/completions`, JSON.stringify(CHAT)),
    ]);

    expect([ours.status, theirs.status]).toEqual([200, 404]);
    expect(compiler.dispatched).toHaveLength(1);
  });

  it("refuses a prefix that is no path, naming it", () => {
    expect(() => pcMiddleware({}, { prefix: "ai/" })).toThrow(
      'pcMiddleware: prefix must be a path like "/ai", without a slash at its end, got "ai/"',
    );
  });

  it.each([
    ["too large", JSON.stringify({ ...CHAT, more: "x".repeat(2_000) }), 413, "request_too_large"],
    ["no JSON", "{half", 400, "invalid_json"],
  ])(
    "gives OpenAI's shape to a body parser's refusal of a body that is %s",
    async (_what, body, status, code) => {
      const errors: unknown[] = [];
      const app = new Koa();
      app.on("error", (error) => errors.push(error));
      app.use(pcErrorHandler);
      app.use(bodyParser({ jsonLimit: "1kb" }));
      app.use(pcMiddleware({ compiler: fakeCompiler() }));
      const { url } = await given(app);

      const answer = await post(`${url}/v1/chat/completions`, body);

      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ error: { type: "invalid_request_error", code } });
      expect(errors).toEqual([]);
    },
  );

  it("leaves a body parser's refusals on the app's own routes to the app", async () => {
    const errors: unknown[] = [];
    const app = new Koa();
    app.on("error", (error) => errors.push(error));
    app.use(pcErrorHandler);
    app.use(bodyParser());
    app.use(pcMiddleware({ compiler: fakeCompiler() }));
    const { url } = await given(app);

    const answer = await post(`${url}/v1/orders`, "{half");

    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "text/plain; charset=utf-8"]);
    expect(errors).toHaveLength(1);
  });
});
