import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { pcMiddleware } from "../src/adapters/express/index.ts";

export interface RunningApp {
  /** "http://127.0.0.1:port" */
  readonly url: string;
  /** What a client is configured with. */
  readonly baseURL: string;
  close(): Promise<void>;
}

/** A real Express app on a free port of 127.0.0.1 with the middleware in it. */
export async function startApp(
  options: Parameters<typeof pcMiddleware>[0],
  prepare: (app: Express) => void = () => undefined,
): Promise<RunningApp> {
  const app = express();
  prepare(app);
  app.use(pcMiddleware(options));
  const server = app.listen(0, "127.0.0.1");
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
