import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import compression from "compression";
import express, { type ErrorRequestHandler, type Express } from "express";
import express4 from "express4";
import helmet from "helmet";
import { afterEach, describe, expect, it, vi } from "vitest";
import { pcErrorHandler, pcMiddleware } from "../../src/adapters/express/index.ts";
import { describeHttpAdapter, type HostSetup } from "../contracts/http-adapter.ts";
import { CHAT, fakeCompiler } from "../gateway/given.ts";

async function listen(listener: RequestListener) {
  const server = createServer(listener);
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

/** A host as the contract describes it, in either version of Express. */
function appOf(version: typeof express, setup: HostSetup, errors: unknown[]): Express {
  const app = version();
  if (setup.dressed) app.use(helmet(), compression({ threshold: 0 }));
  if (setup.parser === "json") app.use(version.json());
  if (setup.parser === "text") app.use(version.text({ type: () => true }));
  if (setup.parser === "raw") app.use(version.raw({ type: () => true }));
  app.use((_request, response, next) => {
    void setup.givesUp?.then(() => response.status(503).send("the host gave up"));
    next();
  });
  app.use(setup.prefix ?? "/", pcMiddleware({ compiler: setup.compiler, ...setup.options }), pcErrorHandler);
  app.get(["/", "/metrics", "/docs"], (_request, response) => void response.send("the host's own"));
  app.post("/v1/orders", (_request, response) => void response.send("the host's own"));
  const hostErrorHandler: ErrorRequestHandler = (error, _request, response, _next) => {
    errors.push(error);
    response.status(500).send("<html>Oops</html>");
  };
  app.use(hostErrorHandler);
  return app;
}

for (const [name, version] of [
  ["Express 5", express],
  ["Express 4", express4],
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
  vi.unstubAllEnvs();
  for (const server of running.splice(0)) await server.close();
});

async function given(listener: RequestListener) {
  const server = await listen(listener);
  running.push(server);
  return server;
}

function post(url: string, body: string) {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
}

describe("pcMiddleware", () => {
  it("serves in a plain node:http server", async () => {
    const middleware = pcMiddleware({ compiler: fakeCompiler() });
    const { url } = await given((request, response) => {
      middleware(request, response, () => response.writeHead(404).end("not ours"));
    });

    const ours = await post(`${url}/v1/chat/completions`, JSON.stringify(CHAT));
    const other = await fetch(`${url}/elsewhere`);

    expect(ours.status).toBe(200);
    expect([other.status, await other.text()]).toEqual([404, "not ours"]);
  });

  it("takes a compiler, as it takes options for one", async () => {
    const app = express()
      .use("/a", pcMiddleware(fakeCompiler()))
      .use("/b", pcMiddleware({ deployments: [] }));
    const { url } = await given(app);

    const fromCompiler = await fetch(`${url}/a/v1/models`);
    const fromOptions = await fetch(`${url}/b/v1/models`);

    expect(await fromCompiler.json()).toEqual({ object: "list", data: [] });
    expect(await fromOptions.text()).toContain('"id":"pc-extractive"');
  });

  it("refuses a mistake in its options at once, naming it", () => {
    expect(() => pcMiddleware({ maxBodyByte: 1 } as object)).toThrow(
      /^pcMiddleware: unknown option maxBodyByte, did you mean maxBodyBytes/,
    );
    expect(() => pcMiddleware({ compiler: fakeCompiler(), deployments: [] } as object)).toThrow(
      /^pcMiddleware: unknown option deployments/,
    );
  });

  it("tells this machine what is wrong with the environment, and leaves the host's paths alone", async () => {
    vi.stubEnv("PC_API_KEYS", "not-a-pair");
    const app = express()
      .use(pcMiddleware())
      .get("/metrics", (_request, response) => void response.send("the host's own"));
    const { url } = await given(app);

    const ours = await fetch(`${url}/v1/models`);
    const proxied = await fetch(`${url}/v1/models`, { headers: { "x-forwarded-for": "203.0.113.9" } });
    const other = await fetch(`${url}/metrics`);

    expect(ours.status).toBe(500);
    expect(await ours.text()).toContain("PC_API_KEYS must be tenant=key");
    expect(proxied.status).toBe(500);
    expect(await proxied.text()).not.toContain("PC_API_KEYS");
    expect(await other.text()).toBe("the host's own");
  });
});

describe("pcErrorHandler", () => {
  const host = () =>
    express()
      .use(express.json({ limit: 20 }))
      .use(pcMiddleware({ compiler: fakeCompiler() }))
      .use(pcErrorHandler);

  it.each([
    ["a body above the parser's limit", JSON.stringify(CHAT), 413, "request_too_large"],
    ["a body that is no JSON", "{", 400, "invalid_json"],
  ])("gives %s OpenAI's shape, in our words", async (_name, body, status, code) => {
    const { url } = await given(host());

    const answer = await post(`${url}/v1/chat/completions`, body);

    expect(answer.status).toBe(status);
    expect(answer.headers.get("x-request-id")).toMatch(/^req_/);
    expect(await answer.json()).toMatchObject({
      error: { code, type: "invalid_request_error", param: null },
    });
  });

  it.each([
    ["the same refusal on a path of the host's", "/v1/orders"],
    ["an error that is no parser's, on ours", "/v1/models"],
  ])("leaves %s to the host", async (_name, path) => {
    const heard: unknown[] = [];
    const app = express()
      .get("/v1/models", () => {
        throw new Error("the host's own");
      })
      .use(express.json())
      .use(pcErrorHandler)
      .use(((error, _request, response, _next) => {
        heard.push(error);
        response.status(418).end();
      }) satisfies ErrorRequestHandler);
    const { url } = await given(app);

    const answer = path === "/v1/models" ? await fetch(url + path) : await post(url + path, "{");

    expect(answer.status).toBe(418);
    expect(heard).toHaveLength(1);
  });
});
