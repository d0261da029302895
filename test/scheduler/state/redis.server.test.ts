import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { redisState } from "../../../src/scheduler/state/redis.ts";
import type { Lease } from "../../../src/scheduler/state/shared-state.ts";
import { describeSharedState } from "../../contracts/shared-state.ts";
import { FakeClock } from "../../fake-clock.ts";
import { freePort, hasRedisServer, startRedis } from "../../redis-server.ts";

const url = process.env["PC_TEST_REDIS_URL"];

if (url === undefined) {
  describe.skip("redis state (no Redis: set PC_TEST_REDIS_URL)", () => it.skip("is not tested", () => {}));
} else {
  const observer = new Redis(url);
  afterAll(() => observer.quit());

  /**
   * Patient: where tests share two cores a Redis may be slower than calls wait for one, and each process then decides
   * alone. What is tested here is what it answers.
   */
  const clock: Clock = { now: () => Date.now(), sleep: (ms, signal) => systemClock.sleep(20 * ms, signal) };

  describeSharedState("redis", {
    runs: 20,
    create: async () => {
      const prefix = `{test-${randomUUID()}}:`;
      return {
        state: redisState(url, { prefix, clock }),
        another: () => redisState(url, { prefix, clock }),
        now: clock.now,
        // Commands of one connection are answered in order, and these two share a server with one thread.
        settled: async () => {
          await delay(20);
          await observer.ping();
        },
        dispose: async () => {
          const keys = await observer.keys(`${prefix}*`);
          if (keys.length > 0) await observer.del(keys);
        },
      };
    },
  });

  describe("redis state", () => {
    it("forgets the places of a process that is no longer heard of (defect 46)", async () => {
      const prefix = `{test-${randomUUID()}}:`;
      const state = redisState(url, { prefix });
      onTestFinished(() => state.close());
      // Left by a process that was killed a minute ago.
      await observer.hset(`${prefix}state:places:a`, "dead", "1:5");
      await observer.zadd(`${prefix}state:processes`, Date.now() - 60_000, "dead");

      const { lease } = await state.reserve({ key: "a", limits: { parallel: 1 }, tokens: 0 });

      expect(lease).toBeDefined();
      expect(await observer.hkeys(`${prefix}state:places:a`)).not.toContain("dead");
    });

    it("takes no word that comes late for the latest, where the server did not know a script yet", async () => {
      const prefix = `{test-${randomUUID()}}:`;
      const [state, other] = [redisState(url, { prefix, clock }), redisState(url, { prefix, clock })];
      onTestFinished(async () => void (await Promise.all([state.close(), other.close()])));
      const claim = { key: "a", limits: { parallel: 1 }, tokens: 0 };
      const { lease } = await state.reserve(claim);
      // The server forgets every script, then learns again how to reserve, but not how to settle.
      await observer.script("FLUSH");
      await other.reserve({ ...claim, key: "b" });

      lease?.settle(undefined);
      const again = await state.reserve(claim);
      await observer.ping();
      const more = await other.reserve(claim);

      expect(again.lease).toBeDefined();
      expect(more.lease).toBeUndefined();
    });

    it("has told its followers, when it is closed, though the server did not know the script yet", async () => {
      const prefix = `{test-${randomUUID()}}:`;
      const [leading, following] = [redisState(url, { prefix }), redisState(url, { prefix })];
      onTestFinished(() => following.close());
      const leader = await leading.takePart!("run-1");
      const follower = await following.takePart!("run-1");
      await observer.script("FLUSH");

      if (leader?.leads === true) leader.end(Buffer.from("last words"));
      await leading.close();

      expect(follower?.leads === false && (await follower.look())).toEqual(Buffer.from("last words"));
    });

    it("renews a lead every second while it lasts, and leaves no timer behind it", async () => {
      const prefix = `{test-${randomUUID()}}:`;
      const clock = new FakeClock();
      const state = redisState(url, { prefix, clock });
      onTestFinished(() => state.close());
      const key = `${prefix}state:run:run-1`;
      const leader = await state.takePart!("run-1");
      await observer.pexpire(key, 60_000);

      await clock.advance(1_000);
      await expect.poll(() => observer.pttl(key)).toBeLessThanOrEqual(3_000);
      if (leader?.leads === true) leader.end(undefined);
      await expect.poll(() => observer.exists(key)).toBe(0);

      await expect.poll(() => clock.sleeping).toBe(0);
    });

    it("leaves a client it was given open", async () => {
      const state = redisState(observer, { prefix: `{test-${randomUUID()}}:` });
      await state.reserve({ key: "a", limits: { rpm: 1 }, tokens: 0 });

      await state.close();

      await expect(observer.ping()).resolves.toBe("PONG");
    });
  });
}

describe.skipIf(!hasRedisServer)("redis state without its Redis", () => {
  it("decides alone and at once where nobody answers, and counts it (defect 64)", async () => {
    const state = redisState(`redis://127.0.0.1:${await freePort()}`);
    onTestFinished(() => state.close());
    const claim = { key: "a", limits: { rpm: 3 }, tokens: 0 };
    await state.reserve(claim);

    const startedAt = performance.now();
    const outcomes = [];
    for (let index = 0; index < 20; index += 1)
      outcomes.push((await state.reserve(claim)).lease !== undefined);

    expect(performance.now() - startedAt).toBeLessThan(50);
    expect(outcomes.filter(Boolean)).toHaveLength(2);
    expect(state.status()).toMatchObject({ reachable: false, admittedAlone: 3 });
    expect(await state.cooldowns()).toEqual(new Map());
  });

  it("keeps no call longer than its patience where Redis hangs (defect 64)", async () => {
    const port = await freePort();
    const server = await startRedis(port);
    const state = redisState(`redis://127.0.0.1:${port}`);
    onTestFinished(() => state.close());
    const claim = { key: "a", limits: { rpm: 100 }, tokens: 0 };
    await state.reserve(claim);

    server.process.kill("SIGSTOP");
    const startedAt = performance.now();
    const { lease } = await state.reserve(claim);
    const waited = performance.now() - startedAt;
    server.process.kill("SIGCONT");

    expect(lease).toBeDefined();
    // 50 ms, and what a busy machine adds to a timer.
    expect(waited).toBeLessThan(250);
  });

  it("keeps limits within their bound while Redis is killed and restarted under load, and then exactly", async () => {
    const port = await freePort();
    const first = await startRedis(port);
    const [limit, count] = [40, 2];
    const states = Array.from({ length: count }, () => redisState(`redis://127.0.0.1:${port}`));
    onTestFinished(async () => void (await Promise.all(states.map((state) => state.close()))));
    // The bound holds for processes that know of each other; on a busy machine the first word may come late.
    while (states.some((state) => state.status().processes < count)) {
      for (const state of states)
        (await state.reserve({ key: "hello", limits: {}, tokens: 0 })).lease?.settle(undefined);
      await delay(5);
    }
    const claim = { key: "a", limits: { rpm: limit, parallel: 3 }, tokens: 0 };
    const granted = states.map(() => 0);
    let running = 0;
    let mostRunning = 0;
    let over = false;
    const load = states.map(async (state, index) => {
      while (!over) {
        const { lease } = await state.reserve(claim);
        if (lease !== undefined) {
          granted[index]! += 1;
          running += 1;
          mostRunning = Math.max(mostRunning, running);
          await delay(5);
          running -= 1;
          lease.settle(undefined);
        }
        await delay(5);
      }
    });

    await delay(60);
    await first.kill();
    await delay(600);
    const alone = states.map((state) => state.status());
    await startRedis(port);
    await until(() => states.every((state) => state.status().reachable));
    await delay(300);
    over = true;
    await Promise.all(load);

    expect(alone.map(({ reachable }) => reachable)).toEqual([false, false]);
    const total = granted.reduce((sum, each) => sum + each, 0);
    // L, and in the minute of the change at most L·(N−1)/N more.
    expect(total).toBeLessThanOrEqual(limit + (limit * (count - 1)) / count);
    expect(total).toBeGreaterThanOrEqual(limit / 2);
    // The same bound for places: three, and the share of one of two processes.
    expect(mostRunning).toBeLessThanOrEqual(4);
    // What each knew is in the new server: as much as the larger counter at least.
    const told = await totalOf(port, "{pc}:state:requests:a");
    expect(told).toBeGreaterThanOrEqual(Math.max(...granted));
    for (const state of states) {
      const held: (Lease | undefined)[] = [];
      for (let place = 0; place < 5; place += 1)
        held.push((await state.reserve({ ...claim, limits: { parallel: 3 } })).lease);
      expect(held.filter((lease) => lease !== undefined)).toHaveLength(3);
      for (const lease of held) lease?.settle(undefined);
      await delay(30);
    }
  });
});

/** The sum of a hash's values. */
async function totalOf(port: number, key: string): Promise<number> {
  const client = new Redis(port, "127.0.0.1");
  const values = await client.hvals(key);
  client.disconnect();
  return values.reduce((sum, value) => sum + Number(value), 0);
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}
