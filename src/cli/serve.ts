/**
 * `prompt-compiler serve`: the gateway on a node:http server of its own.
 *
 *     listening ─ SIGTERM, SIGINT ─▶ draining: no new connections, calls under way go on ─▶ closed, exit 0
 *
 * A second signal ends at once. SIGHUP reads the configuration again (reload.ts).
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tryAnswer } from "../adapters/node-http.ts";
import { systemClock } from "../clock.ts";
import { parsePort } from "../config/number-text.ts";
import { processDefaults } from "../config/variables.ts";
import { type DefaultOptions, resolveDefaultOptions } from "../config.ts";
import { createGateway } from "../gateway/gateway.ts";
import { isLoopbackAddress } from "../gateway/loopback.ts";
import { createPromptCompiler } from "../prompt-compiler.ts";
import type { Storage } from "../storage/storage.ts";
import { type EventListener, toEmitter } from "../telemetry.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, orUsageError, type Terminal, UsageError } from "./command.ts";
import { Reload } from "./reload.ts";
import { describeSettings } from "./settings.ts";
import { toTable } from "./table.ts";
import { warnOfDegraded, warnOfUnforeseen } from "./troubles.ts";

/** Longer than proxies and clients keep an idle connection (60 s and less): who closes first gets no reset. */
const KEEP_ALIVE_MS = 75_000;

/** Serves until it is asked to end. */
export const serve: Command = {
  name: "serve",
  summary: "serve OpenAI's API on a port of this machine",
  help: `Usage: prompt-compiler serve [--port <port>] [--host <address>]

Serves OpenAI's API: point any OpenAI client at the address it prints. It needs no
configuration: without a provider, the built-in model pc-extractive answers by quoting
the sentences of the conversation that match the last question best.

  --port <port>      default ${processDefaults.port}, or PORT; 0 takes any free port
  --host <address>   default ${processDefaults.host}, or PC_HOST; another machine may reach it only
                     where keys say who may call (PC_API_KEYS)

Try it:
  prompt-compiler serve
  OPENAI_API_KEY=sk-... prompt-compiler serve
  OLLAMA_HOST=127.0.0.1:11434 PC_API_KEYS=acme=a-long-random-key prompt-compiler serve

SIGTERM and SIGINT end it when the calls under way are done; a second one, at once.
SIGHUP reads the configuration again, and no call is lost: deployments, strategy and
what bounds their calls change; keys, address, storage, state and caches stay until
the next start. A mistake is printed, and the old configuration goes on.
"prompt-compiler config check" says what it would serve, and how.`,

  async run(args, terminal) {
    const { options, host, port } = await orUsageError(() => settingsOf(args, terminal));
    const reload = new Reload(terminal, options, async ({ parts }) => {
      const { options: next } = await settingsOf(args, terminal, parts);
      return next;
    });
    const onEvent = all(
      warnOfDegraded(terminal, systemClock),
      reload.onEvent,
      toEmitter(options.compiler.onEvent),
    );
    const compiler = await orUsageError(() => createPromptCompiler({ ...options.compiler, onEvent }));
    const gateway = createGateway(compiler, {
      ...options.gateway,
      onError: options.gateway.onError ?? warnOfUnforeseen(terminal),
      standalone: true,
    });
    const server = createServer((request, response) => {
      response.once("close", () => closeIdleOnceClosed(server));
      void tryAnswer(gateway, request, response, {
        url: request.url ?? "/",
        basePath: "",
        parsedBody: undefined,
      });
    });
    server.keepAliveTimeout = KEEP_ALIVE_MS;

    try {
      // Heard from here on: whoever reads the greeting may ask at once.
      const askedToEnd = terminal.untilAskedToEnd();
      terminal.onAskedToReload(() => void reload.run(compiler));
      const address = await listen(server, host, port);
      for (const line of greeting(options, address)) terminal.print(line);
      for (const note of options.notes) terminal.warn(`note: ${note}`);
      void openStorage(options.compiler.storage, onEvent);
      compiler.batches.resume();
      await askedToEnd;
      terminal.print("ending: waiting for the calls under way; a second signal ends at once");
      await closed(server);
    } finally {
      await compiler.close();
    }
    return 0;
  },
};

interface Settings {
  readonly options: DefaultOptions;
  readonly host: string;
  readonly port: number;
}

async function settingsOf(
  args: readonly string[],
  { env, directory }: Pick<Terminal, "env" | "directory">,
  earlier?: DefaultOptions["parts"],
): Promise<Settings> {
  const { values } = parseArguments("serve", {
    args: [...args],
    options: { port: { type: "string" }, host: { type: "string" } },
  });
  const options = await resolveDefaultOptions(env, directory, earlier);
  const host = values.host ?? options.host ?? processDefaults.host;
  const { keys, authenticate, access } = options.gateway;
  const isThisMachine = host === "localhost" || isLoopbackAddress(host);
  if (!isThisMachine && !keys?.length && authenticate === undefined && access !== "open") {
    throw new TypeError(
      `${host} can be reached from other machines, and nothing says who may call: set PC_API_KEYS=tenant=key, or listen on ${processDefaults.host}`,
    );
  }
  return { options, host, port: parsePort("--port", values.port) ?? options.port ?? processDefaults.port };
}

/** Calls do without a storage that cannot be opened: that is said when the server starts, not with its first such call. */
async function openStorage(storage: Storage | undefined, onEvent: EventListener): Promise<void> {
  try {
    await storage?.get("serve");
  } catch (error) {
    onEvent({ type: "degraded", callId: undefined, what: "storage", error });
  }
}

function all(...listeners: readonly EventListener[]): EventListener {
  return (event) => {
    for (const listener of listeners) listener(event);
  };
}

/** @returns the address it listens on, as a URL without a slash at its end */
async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(whyNotListening(error, host, port)));
    server.listen(port, host, resolve);
  });
  const taken = (server.address() as AddressInfo).port;
  return `http://${host.includes(":") ? `[${host}]` : host}:${taken}`;
}

function whyNotListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new UsageError(
      `port ${port} of ${host} is taken: end what listens there, or choose another with --port or PORT`,
    );
  }
  return new UsageError(`cannot listen on port ${port} of ${host}: ${error.message}`, { cause: error });
}

function greeting(options: DefaultOptions, address: string): readonly string[] {
  const authorization = options.gateway.keys?.length ? ` -H "authorization: Bearer $KEY"` : "";
  const question =
    "The deposit is 400 euros. It is due on 2 May. The lobby is being painted. When is the deposit due?";
  return [
    `prompt-compiler listens on ${address}`,
    ...toTable(describeSettings(options)).map((line) => `  ${line}`),
    "",
    "Try it:",
    `  curl ${address}/v1/chat/completions${authorization} -H "content-type: application/json" \\`,
    `    -d '{"model": "pc-extractive", "messages": [{"role": "user", "content": "${question}"}]}'`,
    "",
  ];
}

/** Resolves when the last connection is closed. Those that idle are closed at once, the others when their call ends. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A connection whose call ends while the server drains would idle on, and hold the process, until its timeout. */
function closeIdleOnceClosed(server: Server): void {
  if (!server.listening) setImmediate(() => server.closeIdleConnections());
}
