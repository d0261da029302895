import { processDefaults } from "../../config/variables.ts";
import type { DefaultOptions } from "../../config.ts";
import { isPromptCompilerError } from "../../errors.ts";
import { createPromptCompiler } from "../../prompt-compiler.ts";
import { toSecret } from "../../secret.ts";
import { UsageError } from "../command.ts";
import { type ContextDoor, contextsThroughServer } from "./through-server.ts";

/** Where the contexts of a tenant are to be found. */
export interface OpenContexts {
  readonly contexts: ContextDoor;
  close(): Promise<void>;
}

interface Wanted {
  readonly tenant: string | undefined;
  /** The server to ask; `undefined`: the storage itself, or the server that holds it. */
  readonly url: string | undefined;
  readonly key: string | undefined;
}

/**
 * Opens the storage that `serve` would use; where a server has its directory open, that server is asked instead, at the
 * address it would listen on.
 */
export async function openContexts(
  options: DefaultOptions,
  { tenant, url, key }: Wanted,
): Promise<OpenContexts> {
  const through = (address: string): OpenContexts => ({
    contexts: contextsThroughServer(address.replace(/\/$/, ""), key ?? keyOf(options, tenant)),
    close: async () => undefined,
  });
  if (url !== undefined) return through(url);
  const { storage } = options.compiler;
  if (storage === undefined) throw new UsageError("there is no storage: set PC_DATA_DIR or REDIS_URL");
  try {
    await storage.get("context");
  } catch (error) {
    if (!isPromptCompilerError(error)) throw error;
    await storage.close();
    if (!isLocked(error)) throw new UsageError(error.message, { cause: error });
    const { host = processDefaults.host, port = processDefaults.port } = options;
    return through(`http://${host}:${port}`);
  }
  const compiler = createPromptCompiler({ storage });
  return { contexts: compiler.contexts, close: () => compiler.close() };
}

function isLocked({ cause }: Error): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED";
}

/** The key of a tenant; without a tenant, the only one there is. */
function keyOf({ gateway: { keys = [] } }: DefaultOptions, tenant: string | undefined): string | undefined {
  const its = keys.filter((one) => tenant === undefined || one.tenant === tenant);
  const tenants = new Set(its.map((one) => one.tenant));
  if (tenants.size > 1) throw new UsageError(`say whose context: --tenant ${[...tenants].join(" or ")}`);
  const key = its[0]?.key;
  return key === undefined ? undefined : toSecret(key).reveal();
}
