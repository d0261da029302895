/**
 * A real Redis for the tests that need one. Workers find its address in `PC_TEST_REDIS_URL`. Looked for in this order:
 *
 * 1. `PC_TEST_REDIS_URL`, set by whoever runs the tests: it is left running, and tests delete keys in it
 * 2. `redis-server` on the PATH
 * 3. Debian's package, unpacked without root into `.cache/redis` (needs apt-get and a network, once)
 *
 * 2 and 3 are started for this run on a free port of 127.0.0.1, keep nothing on disk and are ended with the run.
 * Where none is found the tests that need Redis are skipped and the reason is printed; with `CI=true` the run fails.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

const STARTUP_MS = 10_000;
const CACHE = resolve(import.meta.dirname, "../.cache/redis");
const DEBIAN_PACKAGES = ["redis-server", "redis-tools", "libjemalloc2", "liblzf1"];

interface Binary {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["PC_TEST_REDIS_URL"]) return undefined;
  try {
    const { url, stop } = await start(onPath() ?? unpacked() ?? unpack());
    process.env["PC_TEST_REDIS_URL"] = url;
    return async () => {
      delete process.env["PC_TEST_REDIS_URL"];
      await stop();
    };
  } catch (error) {
    const why = `no Redis for the tests: ${error instanceof Error ? error.message : String(error)}`;
    if (process.env["CI"] === "true") throw new Error(why, { cause: error });
    process.stderr.write(
      `\n!!! ${why}\n!!! The tests that need Redis are SKIPPED. Install redis-server or set PC_TEST_REDIS_URL.\n\n`,
    );
    return undefined;
  }
}

function onPath(): Binary | undefined {
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, "redis-server"))
    .find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : { path, env: process.env };
}

function unpacked(): Binary | undefined {
  const path = join(CACHE, "usr/bin/redis-server");
  if (!existsSync(path)) return undefined;
  const libraries = join(CACHE, "usr/lib");
  const folders = readdirSync(libraries).map((folder) => join(libraries, folder));
  return { path, env: { ...process.env, LD_LIBRARY_PATH: folders.join(delimiter) } };
}

function unpack(): Binary {
  mkdirSync(CACHE, { recursive: true });
  execFileSync("apt-get", ["download", ...DEBIAN_PACKAGES], { cwd: CACHE, stdio: "pipe", timeout: 60_000 });
  for (const file of readdirSync(CACHE).filter((name) => name.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["-x", file, "."], { cwd: CACHE, stdio: "pipe" });
    rmSync(join(CACHE, file));
  }
  const binary = unpacked();
  if (binary === undefined) throw new Error("Debian's redis-server package holds no usr/bin/redis-server");
  return binary;
}

async function start(binary: Binary): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-redis-"));
  const options = { bind: "127.0.0.1", port: String(port), save: "", appendonly: "no", dir: directory };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn(binary.path, args, { env: binary.env, stdio: ["ignore", "pipe", "pipe"] });
  const stop = async (): Promise<void> => {
    await ended(server);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${port}`, stop };
}

async function ready(server: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`redis-server was not ready in ${STARTUP_MS} ms: ${said}`)),
      STARTUP_MS,
    );
    const listen = (bytes: Buffer): void => {
      said += bytes.toString("utf8");
      if (!said.includes("Ready to accept connections")) return;
      clearTimeout(timer);
      resolve();
    };
    server.stdout?.on("data", listen);
    server.stderr?.on("data", listen);
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
  });
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await exit;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  return address.port;
}
