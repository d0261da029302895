import { randomUUID } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { redis } from "../../src/storage/redis.ts";
import { describeStorage } from "../contracts/storage.ts";

const url = process.env["PC_TEST_REDIS_URL"];

if (url === undefined) {
  describe.skip("redis storage (no Redis: set PC_TEST_REDIS_URL)", () => it.skip("is not tested", () => {}));
} else {
  const observer = new Redis(url);
  afterAll(() => observer.quit());

  describeStorage("redis", {
    create: async () => {
      const prefix = `{test-${randomUUID()}}:`;
      const client = new Redis(url, { lazyConnect: true });
      return {
        storage: redis(client, { prefix }),
        // Expiry is by the server's clock, so time has to pass there. Only expiry is waited for, never an order of events.
        advance: (ms) => delay(Math.min(ms, 700)),
        reopen: () => redis(client, { prefix }),
        isOpen: () => client.status !== "wait",
        kept: () => observer.hlen(`${prefix}values`),
        dispose: async () => {
          client.disconnect();
          await observer.del(`${prefix}values`, `${prefix}keys`, `${prefix}expiries`);
        },
      };
    },
  });

  describe("redis", () => {
    it("makes its own connection from a URL and closes it", async () => {
      const prefix = `{test-${randomUUID()}}:`;
      const storage = redis(url, { prefix });

      await storage.batch([{ type: "put", key: "a", value: Buffer.from("1"), ttlMs: 10_000 }]);
      const value = await storage.get("a");
      await storage.close();

      expect(Buffer.from(value!).toString()).toBe("1");
      await observer.del(`${prefix}values`, `${prefix}keys`, `${prefix}expiries`);
    });

    it("leaves a client it was given open", async () => {
      const client = new Redis(url);
      onTestFinished(() => client.disconnect());
      const storage = redis(client, { prefix: `{test-${randomUUID()}}:` });
      await storage.get("a");

      await storage.close();

      await expect(client.ping()).resolves.toBe("PONG");
    });

    it("sends its scripts again to a server that has lost them", async () => {
      const storage = redis(observer, { prefix: `{test-${randomUUID()}}:` });
      await storage.get("a");

      await observer.script("FLUSH");

      await expect(storage.get("a")).resolves.toBeUndefined();
    });
  });
}

describe("redis without a server", () => {
  it("rejects with PC_STORAGE_UNAVAILABLE naming the address, never the password", async () => {
    const storage = redis(`redis://user:hunter2@127.0.0.1:${await closedPort()}/0`);
    onTestFinished(() => storage.close());

    const failure = await rejectionOf(storage.get("a"));

    expect(failure).toMatchObject({ code: "PC_STORAGE_UNAVAILABLE" });
    expect(failure.message).toMatch(/redis:\/\/127\.0\.0\.1:\d+.* does not answer: connect ECONNREFUSED/);
    expect(`${failure.message}${failure.stack}${storage.name}`).not.toContain("hunter2");
  });

  it.each([[undefined], ["localhost"], ["http://user:hunter2@host"], [{}]])(
    "refuses %j for a connection, at once and without repeating it",
    (connection) => {
      const message =
        "redis: connection must be redis://…, rediss://… or the path of a socket, or an ioredis client";

      expect(() => redis(connection as never)).toThrow(new TypeError(message));
    },
  );

  it("keeps content out of its errors", async () => {
    const refuses = {
      callBuffer: () =>
        Promise.reject(Object.assign(new Error("OOM"), { command: { args: ["secret words"] } })),
    };
    const storage = redis(refuses);

    const failure = await rejectionOf(
      storage.batch([{ type: "put", key: "a", value: Buffer.from("secret words") }]),
    );

    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain("secret words");
  });
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : expect.unreachable();
}

function rejectionOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
}
