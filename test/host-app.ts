import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import Koa from "koa";
import { pcMiddleware } from "../src/adapters/express/index.ts";
import { pcMiddleware as koaMiddleware } from "../src/adapters/koa/index.ts";

export interface RunningApp {
  /** "http://127.0.0.1:port" */
  readonly url: string;
  /** What a client is configured with. */
  readonly baseURL: string;
  close(): Promise<void>;
}

type Options = Parameters<typeof pcMiddleware>[0];

/** A real Express app on a free port of 127.0.0.1 with the middleware in it. */
export function startApp(
  options: Options,
  prepare: (app: Express) => void = () => undefined,
): Promise<RunningApp> {
  const app = express();
  prepare(app);
  app.use(pcMiddleware(options));
  return start(app);
}

/** The same with Koa. */
export function startKoaApp(options: Options): Promise<RunningApp> {
  const app = new Koa();
  app.use(koaMiddleware(options));
  return start(app.callback());
}

/** The hosts that clients are tried against. */
export const hosts = [
  ["Express", startApp],
  ["Koa", startKoaApp],
] as const;

async function start(listener: RequestListener): Promise<RunningApp> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    baseURL: `${url}/v1`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
