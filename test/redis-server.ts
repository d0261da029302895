/**
 * A Redis of a test's own, to be killed, stopped and started again. It keeps nothing on disk and ends with the test.
 * Needs `redis-server` on the path; where there is none such tests are skipped.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { expect, onTestFinished } from "vitest";

const binary = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((directory) => join(directory, "redis-server"))
  .find((path) => existsSync(path));

export const hasRedisServer = binary !== undefined;

export interface OwnRedis {
  readonly process: ChildProcess;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Resolves when it takes connections on this port of 127.0.0.1. */
export async function startRedis(port: number): Promise<OwnRedis> {
  const server: ChildProcess = spawn(binary!, ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = new Promise((resolve) => server.once("exit", resolve));
  const kill = async (): Promise<void> => {
    server.kill("SIGKILL");
    await exited;
  };
  onTestFinished(kill);
  let said = "";
  await new Promise<void>((resolve, reject) => {
    server.once("exit", () => reject(new Error(`redis-server ended: ${said}`)));
    server.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes("Ready to accept connections")) resolve();
    });
  });
  return { process: server, kill };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : expect.unreachable();
}
