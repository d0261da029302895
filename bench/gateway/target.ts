/**
 * One web server to measure, in a process of its own: `target.ts <name> <address of the upstream>`. Says its port to
 * whoever started it; asked anything, it says how much CPU it has used, in microseconds, and how much memory it holds.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { createPromptCompiler, type PromptCompilerOptions } from "prompt-compiler";
import { pcMiddleware } from "prompt-compiler/express";
import { lowestLatency, openaiCompatible, responseCache } from "prompt-compiler/scheduler";
import { Pool } from "undici";

const [, , name = "", upstream = ""] = process.argv;

/** By name, in the order of the table. */
const targets: Readonly<Record<string, () => Server>> = {
  /** The least that a proxy on Express does: it reads the request and hands the answer's bytes on. */
  "express-undici": () => {
    const pool = new Pool(upstream, { connections: 128 });
    const app = express();
    app.post("/v1/chat/completions", express.json({ limit: "32mb" }), (request, response, next) => {
      const body = JSON.stringify(Object.assign({}, request.body, { model: "sent-model" }));
      pool
        .request({
          method: "POST",
          path: "/v1/chat/completions",
          headers: { "content-type": "application/json" },
          body,
        })
        .then((answer) => {
          response.status(answer.statusCode);
          response.setHeader("content-type", String(answer.headers["content-type"]));
          answer.body.pipe(response);
        })
        .catch(next);
    });
    return createServer(app);
  },
  express: () => createServer(express().use(pcMiddleware(compilerWith()))),
  "express-all": () =>
    createServer(
      express().use(
        pcMiddleware(
          compilerWith({
            strategy: lowestLatency(),
            admission: { parallel: 1_000 },
            singleFlight: true,
            hedge: {},
            deployments: ["a", "b", "c"].map((id) => ({
              id,
              model: "model",
              provider: provider(),
              limits: { rpm: 1e9, tpm: 1e12, parallel: 1_000 },
              price: { inputPer1M: 1, outputPer1M: 4 },
            })),
          }),
        ),
      ),
    ),
  "express-cache": () => createServer(express().use(pcMiddleware(compilerWith({ cache: responseCache() })))),
  node: () => {
    const middleware = pcMiddleware(compilerWith());
    return createServer((request, response) => middleware(request, response, () => response.end()));
  },
};

function provider() {
  return openaiCompatible({ baseURL: `${upstream}/v1` });
}

function compilerWith(options: Partial<PromptCompilerOptions> = {}) {
  return createPromptCompiler({
    deployments: [{ id: "upstream", model: "model", sentModel: "sent-model", provider: provider() }],
    ...options,
  });
}

const server = targets[name]?.();
if (server === undefined) throw new RangeError(`no target is called "${name}"`);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMicros: user + system, residentBytes: process.memoryUsage.rss() });
});
