import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { ChatCompletion } from "../src/index.ts";
import { chatCompletion } from "../src/wires/chat/build.ts";
import { longSession } from "./fixtures/logs/claude-code.ts";
import { json, startUpstream, type Upstream } from "./upstream.ts";

const CLI = resolve(import.meta.dirname, "../src/cli.ts");
const TSX = import.meta.resolve("tsx");

const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-cli-"));
const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(directory, { recursive: true, force: true });
});

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = tmpdir()) {
  const child = spawn(process.execPath, ["--import", TSX, CLI, ...args], {
    cwd,
    env: { PATH: process.env["PATH"], PC_DATA_DIR: directory, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  return child;
}

/** How a command that ends by itself ended. */
async function outcome(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = start(args, env);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code, out, err };
}

/** A server that listens, its address, and what it printed until then. */
async function serve(env: Readonly<Record<string, string>> = {}, cwd?: string) {
  const child = start(["serve", "--port", "0"], env, cwd);
  let printed = "";
  child.stdout.setEncoding("utf8");
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (piece: string) => {
      printed += piece;
      const address = /listens on (http:\S+)/.exec(printed)?.[1];
      if (address !== undefined && printed.includes("-d '")) resolve(address);
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}`)));
  });
  const address = await ready;
  return { child, address, printed: () => printed };
}

const ask = (
  address: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({
      messages: [{ role: "user", content: "The pear is green. What is the pear?" }],
      ...body,
    }),
  });

describe("prompt-compiler serve", () => {
  it("answers with no key and no network, and says how to try it", async () => {
    const { address, printed } = await serve();

    const answer = await ask(address, { model: "pc-extractive" });

    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ model: "pc-extractive", object: "chat.completion" });
    expect(printed()).toContain("pc-extractive, pc-lexical-embedding");
    expect(printed()).toContain(`level:${directory}`);
    expect(printed()).toContain(`curl ${address}/v1/chat/completions`);
    expect(printed()).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it("goes on where nobody reads what it prints any more", async () => {
    const { child } = await serve();

    child.stdout.destroy();
    child.kill("SIGTERM");

    const [code] = await once(child, "exit");
    expect(code).toBe(0);
  });

  it("answers unknown paths with OpenAI's 404, and healthz at the root", async () => {
    const { address } = await serve();

    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    const unknown = await fetch(`${address}/v1/nothing`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toHaveProperty("error.code", "unknown_url");
  });

  it("lets in who has a key, and prints none", async () => {
    const { address, printed } = await serve({ PC_API_KEYS: "acme=sk-hidden" });

    expect((await ask(address, {})).status).toBe(401);
    expect((await ask(address, {}, { authorization: "Bearer sk-hidden" })).status).toBe(200);
    expect(printed()).toContain("keys of acme");
    expect(printed()).not.toContain("sk-hidden");
  });

  it("wire 54: keeps an idle connection for longer than a minute", async () => {
    const { address } = await serve();

    const answer = await ask(address, {});

    expect(Number(/timeout=(\d+)/.exec(answer.headers.get("keep-alive") ?? "")?.[1])).toBeGreaterThanOrEqual(
      65,
    );
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "ends the call under way before it exits with 0 on %s",
    async (signal) => {
      const upstream = await startUpstream();
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      upstream.reply(async () => {
        await released;
        return json(
          chatCompletion({ id: "c", created: 1, model: "m" }, { content: "late", finishReason: "stop" }),
        );
      });
      const { child, address } = await serve({ OPENAI_BASE_URL: `${upstream.url}/v1` });
      const call = ask(address, { model: "m" });
      await upstream.untilRequests(1);

      child.kill(signal);
      await expect
        .poll(() =>
          fetch(`${address}/healthz`).then(
            () => "served",
            () => "refused",
          ),
        )
        .toBe("refused");
      release();

      expect(await (await call).json()).toHaveProperty("choices.0.message.content", "late");
      const [code] = await once(child, "exit");
      expect(code).toBe(0);
      await upstream.close();
    },
  );

  it("says it at once where another process holds the storage, and goes on without shared context", async () => {
    const first = await serve();
    const sharing = { "x-pc-agent-id": "a", "x-pc-context-share": "true" };
    await (await ask(first.address, {}, sharing)).text();

    const second = start(["serve", "--port", "0"]);
    let warned = "";
    second.stderr.setEncoding("utf8").on("data", (piece: string) => {
      warned += piece;
    });

    await expect.poll(() => warned, { timeout: 20_000 }).toContain("in use by another process");
    expect(warned).toContain(
      `warning: calls go on without shared context: storage directory ${directory} is in use by another process: set PC_DATA_DIR`,
    );
  });

  it("reads its configuration again on SIGHUP, and goes on with the old one where there is a mistake (defect 53)", async () => {
    const upstreams = await Promise.all([startUpstream(), startUpstream()]);
    onTestFinished(async () => void (await Promise.all(upstreams.map((upstream) => upstream.close()))));
    const [old, next] = upstreams;
    for (const upstream of upstreams) {
      const head = { id: "chatcmpl-1", created: 1, model: "m" };
      upstream.reply(
        json(chatCompletion(head, { content: upstream === old ? "old" : "new", finishReason: "stop" })),
      );
    }
    const folder = mkdtempSync(join(tmpdir(), "prompt-compiler-reload-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const configure = (text: string): void =>
      writeFileSync(join(folder, "prompt-compiler.config.json"), text);
    const deploymentOf = (id: string, { url }: Upstream) => ({
      id,
      model: "m",
      provider: { type: "openai-compatible", baseURL: `${url}/v1` },
    });
    configure(JSON.stringify({ deployments: [deploymentOf("a", old)] }));
    const { child, address, printed } = await serve({}, folder);
    let warned = "";
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      warned += piece;
    });
    const said = async (): Promise<string> => {
      const { choices } = (await (await ask(address, { model: "m" })).json()) as ChatCompletion;
      return String(choices[0]?.message.content);
    };
    expect(await said()).toBe("old");

    configure('{ "deployments": [] , }');
    child.kill("SIGHUP");
    await expect.poll(() => warned).toContain("the configuration stays as it was: ");
    expect(await said()).toBe("old");

    configure(JSON.stringify({ deployments: [deploymentOf("a", old), deploymentOf("b", next)] }));
    child.kill("SIGHUP");
    await expect.poll(printed).toContain("configuration read again: added b; kept a, ");
    configure(JSON.stringify({ deployments: [deploymentOf("b", next)] }));
    child.kill("SIGHUP");
    await expect.poll(printed).toContain("configuration read again: removed a; kept b, ");
    expect(await said()).toBe("new");
    await expect.poll(() => old.openConnections).toBe(0);
  });

  it("says it where the port is taken", async () => {
    const { address } = await serve();
    const { port } = new URL(address);

    const { code, err } = await outcome(["serve", "--port", port], { PC_DATA_DIR: `${directory}-other` });

    expect(code).toBe(2);
    expect(err).toBe(
      `prompt-compiler: port ${port} of 127.0.0.1 is taken: end what listens there, or choose another with --port or PORT\n`,
    );
  });
});

describe("prompt-compiler", () => {
  it("prints help to standard output and exits with 0", async () => {
    const { code, out, err } = await outcome(["--help"]);

    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Usage: prompt-compiler <command>");
  });

  it("prints the user's mistake to standard error, in a line, and exits with 2", async () => {
    const { code, out, err } = await outcome(["sevre"]);

    expect([code, out]).toEqual([2, ""]);
    expect(err).toBe(
      'prompt-compiler: unknown command "sevre", did you mean "serve"?; see prompt-compiler --help\n',
    );
  });
});

describe("prompt-compiler audit", () => {
  it("audits a log with no key and no network, and prints the report", async () => {
    const log = join(mkdtempSync(join(tmpdir(), "prompt-compiler-log-")), "session.jsonl");
    onTestFinished(() => rmSync(dirname(log), { recursive: true, force: true }));
    writeFileSync(log, longSession(2).join("\n"));

    const { code, out, err } = await outcome(["audit", log]);

    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^8 calls in 1 conversations, from 1 files \(claude-code\)\n/);
    expect(out).toMatch(/\nin all +[\d,]+ +\$\d+\.\d\d\n/);
  });
});
