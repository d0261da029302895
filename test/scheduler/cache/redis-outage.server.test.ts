import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../../src/clock.ts";
import { createPromptCompiler, redis } from "../../../src/index.ts";
import { redisState, responseCache, scripted, semanticCache } from "../../../src/scheduler/index.ts";
import { freePort, hasRedisServer, startRedis } from "../../redis-server.ts";

/** The system's clock, and how often somebody began to wait for the storage of a cache: 50 ms and no more. */
function countingClock() {
  const counted = { clock: systemClock, waits: 0 };
  const startTimer: Clock["startTimer"] = (ms, ring) => {
    if (ms > 0 && ms <= 50) counted.waits += 1;
    return systemClock.startTimer!(ms, ring);
  };
  counted.clock = { ...systemClock, startTimer };
  return counted;
}

/** A process with every cache on this Redis, and an upstream that says `says`. */
function given(port: number, says: string) {
  const address = `redis://127.0.0.1:${port}`;
  const counted = countingClock();
  const outcomes: string[] = [];
  let degraded = 0;
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider: scripted([says]) }],
    cache: responseCache(),
    semanticCache: semanticCache(),
    storage: redis(address),
    state: redisState(address),
    clock: counted.clock,
    onEvent(event) {
      if (event.type === "call-end") outcomes.push(event.cache);
      if (event.type === "degraded") degraded += 1;
    },
  });
  onTestFinished(() => compiler.close());
  const ask = async (content: string): Promise<unknown> => {
    const request = { messages: [{ role: "user", content }], temperature: 0 };
    return (await compiler.chat(request)).choices[0]?.message.content;
  };
  const askCaches = async (content: string): Promise<unknown> => {
    const request = { messages: [{ role: "user", content }], temperature: 0 };
    const cached = compiler.chat(request, { cache: "only-if-cached" });
    return cached.then(({ choices }) => choices[0]?.message.content).catch((error) => error.code);
  };
  return { ask, askCaches, outcomes, counted, degraded: () => degraded, lastOutcome: () => outcomes.at(-1) };
}

describe.skipIf(!hasRedisServer)("caches whose Redis is killed and restarted under load", () => {
  it("answer every call, and hit again when it is back (defect 64)", { timeout: 40_000 }, async () => {
    const port = await freePort();
    const first = await startRedis(port);
    const processes = [given(port, "one"), given(port, "two")] as const;
    let over = false;
    let asked = 0;
    const answers: unknown[] = [];
    const load = processes.map(async ({ ask }) => {
      while (!over) {
        asked += 1;
        // Some that were asked before, some that were not.
        answers.push(await ask(`question ${asked % 20}`), await ask(`new question ${asked}`));
        await delay(2);
      }
    });
    const untilAnswered = async (more: number): Promise<void> => {
      const enough = answers.length + more;
      while (answers.length < enough) await delay(5);
    };

    await untilAnswered(100);
    await first.kill();
    const hitsBefore = processes.map(
      ({ outcomes }) => outcomes.filter((outcome) => outcome === "hit").length,
    );
    await untilAnswered(200);
    await startRedis(port);
    await expect
      .poll(() => processes.map(({ outcomes }) => outcomes.slice(-40).includes("hit")), { timeout: 15_000 })
      .toEqual([true, true]);
    over = true;
    await Promise.all(load);

    expect(Math.min(...hitsBefore)).toBeGreaterThan(0);
    expect(answers.every((answer) => answer === "one" || answer === "two")).toBe(true);
    // What is answered now is in the new server, for a process that comes later too.
    const third = given(port, "three");
    let number = 0;
    const askedThere = async (): Promise<unknown> => {
      number += 1;
      await processes[0].ask(`afterwards ${number}`);
      await delay(50);
      return third.askCaches(`afterwards ${number}`);
    };
    await expect.poll(askedThere, { timeout: 10_000 }).toBe("one");
  });

  it("wait for one that hangs once in five seconds, not once a call (defect 64)", async () => {
    const port = await freePort();
    const server = await startRedis(port);
    const { ask, counted, degraded, lastOutcome } = given(port, "one");
    await expect.poll(() => ask("warm").then(lastOutcome), { timeout: 15_000 }).toBe("hit");

    server.process.kill("SIGSTOP");
    onTestFinished(() => void server.process.kill("SIGCONT"));
    const [waitsBefore, degradedBefore] = [counted.waits, degraded()];
    const answers = await Promise.all(Array.from({ length: 50 }, (_, number) => ask(`question ${number}`)));
    const whileItWaits = counted.waits - waitsBefore;
    for (let number = 50; number < 100; number += 1) answers.push(await ask(`question ${number}`));

    expect(answers).toEqual(Array(100).fill("one"));
    // Fifty came while nobody knew; those that came after waited for nothing.
    expect(counted.waits - waitsBefore).toBe(whileItWaits);
    expect(whileItWaits).toBeLessThanOrEqual(50);
    expect(degraded() - degradedBefore).toBeLessThanOrEqual(50);
  });
});
