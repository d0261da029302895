import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { tryAnswer } from "../../src/adapters/node-http.ts";
import { run } from "../../src/cli/run.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { createPromptCompiler, level } from "../../src/index.ts";
import { recordedTerminal } from "./terminal.ts";

/** A server that holds a data directory, for tenants with keys, and what runs commands beside it. */
async function besideServer() {
  const directory = mkdtempSync(join(tmpdir(), "prompt-compiler-context-"));
  const data = join(directory, "data");
  const storage = level(data);
  await storage.get("anything"); // as "serve" does when it starts: from here on it holds the directory
  const compiler = createPromptCompiler({ storage });
  const keys = ["acme", "other"].map((tenant) => ({ tenant, key: `key-of-${tenant}` }));
  const gateway = createGateway(compiler, { keys, standalone: true });
  const server = createServer((request, response) => {
    void tryAnswer(gateway, request, response, {
      url: request.url ?? "/",
      basePath: "",
      parsedBody: undefined,
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await compiler.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const env = {
    PC_DATA_DIR: data,
    PORT: String((server.address() as AddressInfo).port),
    PC_API_KEYS: "acme=key-of-acme,other=key-of-other",
  };
  return {
    compiler,
    async context(args: readonly string[], input = "") {
      const terminal = recordedTerminal({ env, directory, input });
      await run(["context", ...args], terminal);
      return terminal.printed;
    },
  };
}

const line = (content: string): string =>
  JSON.stringify({
    agentId: "planner",
    audience: "agent",
    role: "note",
    content,
    createdAt: 1_700_000_000_000,
  });

it("goes through the server that has the directory open, with the tenant's key: import, search, list, export, forget", async () => {
  const { compiler, context } = await besideServer();
  await compiler.contexts.add({ content: "of another tenant" }, { tenant: "other", agentId: "planner" });
  const acme = ["--tenant", "acme"];

  const imported = await context(
    ["import", "-", ...acme],
    [line("The ferry leaves at nine."), line("€ 400")].join("\n"),
  );
  const hits = await context(["search", "ferry", "--agent", "planner", "--json", ...acme]);
  const listed = await context(["list", "--agent", "planner", "--json", ...acme]);
  const exported = await context(["export", ...acme]);
  const forgotten = await context(["forget", "--agent", "planner", ...acme]);

  expect(imported).toEqual(["2 entries are new, 0 were there already"]);
  expect(hits.map((hit) => JSON.parse(hit).content)).toEqual(["The ferry leaves at nine."]);
  expect(listed.map((item) => JSON.parse(item).content)).toEqual(["€ 400", "The ferry leaves at nine."]);
  expect(exported.map((item) => JSON.parse(item).content)).toEqual(["The ferry leaves at nine.", "€ 400"]);
  expect(forgotten[0]).toBe("2  items");
  expect(await context(["export", ...acme])).toEqual([]);
  expect(await context(["export", "--tenant", "other"])).toHaveLength(1);
});

it("tells what the server says, and asks whose context it is where there are keys of several tenants", async () => {
  const { context } = await besideServer();

  await expect(context(["export"])).rejects.toThrow("say whose context: --tenant acme or other");
  await expect(context(["export", "--tenant", "acme", "--key", "wrong"])).rejects.toThrow(/answered 401: .+/);
});
