/**
 * Redis, shared by several processes. Every operation is one script (`redis-scripts.ts`), so all of them are atomic and
 * time is the server's: the clocks of the processes do not matter.
 *
 * Durable is what the server is set up to keep (`appendonly yes`); a server that evicts keys must not hold this.
 * A range is read in one piece, to be of one moment: callers read much in pages.
 */
import { createHash } from "node:crypto";
import { PromptCompilerError } from "../errors.ts";
import { OpenOnce } from "./open-once.ts";
import { BATCH, COMPARE_AND_SET, GET, RANGE } from "./redis-scripts.ts";
import type { Storage, StorageEntry, StorageOperation, StorageRange } from "./storage.ts";

/** What is used of an ioredis client (`Redis` or `Cluster`). */
export interface RedisConnection {
  callBuffer(command: string, args: (string | Buffer | number)[]): Promise<unknown>;
}

export interface RedisOptions {
  /** Begins every Redis key. The braces keep all of them in one slot of a cluster. @defaultValue "\{pc\}:" */
  readonly prefix?: string | undefined;
}

/**
 * A storage in Redis.
 *
 * @param connection - a URL ("redis://host:6379/0"; needs the package `ioredis`), or an ioredis client, which stays
 *   the caller's: `close` leaves it open
 */
export function redis(connection: string | RedisConnection, options: RedisOptions = {}): Storage {
  checkConnection("redis", connection);
  return new RedisStorage(connection, options.prefix ?? "{pc}:");
}

/**
 * Checks what was given for a Redis. It is not repeated in the message: an address may hold a password.
 *
 * @param where - begins the message: the function that was called
 */
export function checkConnection(where: string, connection: unknown): void {
  const isAddress = typeof connection === "string" && /^(rediss?:\/\/|\/)./.test(connection);
  const isClient = typeof connection === "object" && connection !== null && "callBuffer" in connection;
  if (isAddress || isClient) return;
  throw new TypeError(
    `${where}: connection must be redis://…, rediss://… or the path of a socket, or an ioredis client`,
  );
}

interface Opened {
  readonly connection: RedisConnection;
  close(): Promise<void>;
}

/** How long an operation may take before Redis counts as unavailable: a call must not hang on it. */
const COMMAND_TIMEOUT_MS = 5_000;

class RedisStorage implements Storage {
  readonly name: string;
  readonly #keys: readonly string[];
  readonly #life: OpenOnce<Opened>;

  constructor(connection: string | RedisConnection, prefix: string) {
    this.name = redisName(connection);
    this.#keys = [`${prefix}values`, `${prefix}keys`, `${prefix}expiries`];
    this.#life = new OpenOnce({
      open: async () =>
        typeof connection === "string" ? await connect(connection) : { connection, close: async () => {} },
      close: (opened) => opened.close(),
      toClosedError: () => new PromptCompilerError("PC_CLOSED", `storage ${this.name} is closed`),
    });
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const value = await this.#run(GET, [key]);
    return value instanceof Buffer ? value : undefined;
  }

  async batch(operations: readonly StorageOperation[]): Promise<void> {
    await this.#run(BATCH, operations.flatMap(toArguments));
  }

  async *range({ start, end, reverse, limit }: StorageRange): AsyncGenerator<StorageEntry> {
    const direction = reverse ? "reverse" : "forward";
    const found = (await this.#run(RANGE, [direction, `[${start}`, `(${end}`, limit ?? -1])) as Buffer[];
    for (let index = 0; index < found.length; index += 2) {
      const key = found[index];
      const value = found[index + 1];
      if (key === undefined || value === undefined) return;
      if (this.#life.closed) throw this.#life.toClosedError();
      yield [key.toString(), value];
    }
  }

  async compareAndSet(
    key: string,
    expected: Uint8Array | undefined,
    value: Uint8Array | undefined,
    options: { readonly ttlMs?: number | undefined } = {},
  ): Promise<boolean> {
    const condition = expected === undefined ? ["absent", ""] : ["is", toBuffer(expected)];
    const change = value === undefined ? ["delete", "", ""] : ["put", toBuffer(value), options.ttlMs ?? ""];
    return (await this.#run(COMPARE_AND_SET, [key, ...condition, ...change])) === 1;
  }

  close(): Promise<void> {
    return this.#life.close();
  }

  #run(script: string, args: readonly (string | Buffer | number)[]): Promise<unknown> {
    return this.#life.use(async ({ connection }) => {
      try {
        return await runScript(connection, script, [this.#keys.length, ...this.#keys, ...args]);
      } catch (error) {
        throw this.#toUnavailable(error);
      }
    });
  }

  #toUnavailable(error: unknown): PromptCompilerError {
    const message = error instanceof Error ? error.message : String(error);
    return new PromptCompilerError(
      "PC_STORAGE_UNAVAILABLE",
      `storage ${this.name} does not answer: ${message}`,
      {
        // Not the error itself: ioredis puts the command's arguments, which are content, into its fields.
        cause: new Error(message),
      },
    );
  }
}

/** Sends the script's hash, and the script only to a server that does not know it yet. */
export async function runScript(
  connection: RedisConnection,
  script: string,
  args: readonly (string | Buffer | number)[],
): Promise<unknown> {
  try {
    return await connection.callBuffer("EVALSHA", [hashOf(script), ...args]);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return await connection.callBuffer("EVAL", [script, ...args]);
  }
}

function hashOf(script: string): string {
  return createHash("sha1").update(script).digest("hex");
}

async function connect(url: string): Promise<Opened> {
  const { Redis } = await import("ioredis").catch((cause: unknown) => {
    throw new PromptCompilerError(
      "PC_STORAGE_UNAVAILABLE",
      "storage in Redis needs the package ioredis: npm install ioredis",
      { cause },
    );
  });
  const client = new Redis(url, {
    lazyConnect: true,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // One connection attempt, then the operation fails; the client goes on connecting for those that come later.
    maxRetriesPerRequest: 0,
    // A compare-and-set that was sent twice would report its own success as somebody else's.
    autoResendUnfulfilledCommands: false,
  });
  // Without a listener ioredis prints. What it rejects operations with tells of its own limit, not of this.
  let whyNotConnected: Error | undefined;
  client.on("error", (error: Error) => {
    whyNotConnected = error;
  });
  return {
    connection: {
      callBuffer: (command, args) =>
        client.callBuffer(command, args).catch((error: Error) => {
          throw error.name === "MaxRetriesPerRequestError" ? (whyNotConnected ?? error) : error;
        }),
    },
    close: async () => void (await client.quit().catch(() => client.disconnect())),
  };
}

function toArguments(operation: StorageOperation): (string | Buffer | number)[] {
  return operation.type === "delete"
    ? ["delete", operation.key, "", ""]
    : ["put", operation.key, toBuffer(operation.value), operation.ttlMs ?? ""];
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Which Redis, without its credentials: "redis:redis://host:6379/0"; "redis" where only its client is known. */
export function redisName(connection: string | RedisConnection): string {
  return typeof connection === "string" ? `redis:${connection.replace(/\/\/[^/]*@/, "//")}` : "redis";
}
