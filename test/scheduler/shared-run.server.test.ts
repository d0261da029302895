import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPromptCompiler } from "../../src/index.ts";
import { openaiCompatible, redisState } from "../../src/scheduler/index.ts";
import type { SharedState } from "../../src/scheduler/state/shared-state.ts";
import { completion } from "../chat-shapes.ts";
import { freePort, hasRedisServer, startRedis } from "../redis-server.ts";
import { json, startUpstream } from "../upstream.ts";

const url = process.env["PC_TEST_REDIS_URL"];

/** An upstream whose first answer is held back until `release`; every answer says which it is. */
async function givenUpstream() {
  const upstream = await startUpstream();
  onTestFinished(() => upstream.close());
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let count = 0;
  upstream.reply(async () => {
    count += 1;
    const content = `answer ${count}`;
    if (count === 1) await released;
    return json(completion(content));
  });
  return { upstream, baseURL: `${upstream.url}/v1`, release: () => release() };
}

/** A process that makes 20 equal calls when it is told to go (`asking-process.ts`). */
async function givenProcess(prefix: string, baseURL: string) {
  const script = join(import.meta.dirname, "asking-process.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, url!, prefix, baseURL], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const hear = async () => JSON.parse((await lines.next()).value ?? "null");
  expect(await hear()).toBe("ready");
  return {
    child,
    hear,
    async go() {
      child.stdin.write("go\n");
      expect(await hear()).toBe("asked");
    },
  };
}

/** Without a connection a call would not wait for one, and run on its own. */
async function untilConnected(state: SharedState): Promise<void> {
  while ((await state.takePart?.(randomUUID())) === undefined) await delay(50);
}

/** Time for those who follow to look a few times: what they would do wrong they do in it. */
const someLooks = () => delay(200);

describe.skipIf(url === undefined)("processes that share a Redis", () => {
  const given = async () => {
    const prefix = `{test-${randomUUID()}}:`;
    const { upstream, baseURL, release } = await givenUpstream();
    const [leader, follower] = await Promise.all([
      givenProcess(prefix, baseURL),
      givenProcess(prefix, baseURL),
    ]);
    await leader.go();
    await upstream.untilRequests(1);
    await follower.go();
    await someLooks();
    return { upstream, release, leader, follower };
  };

  it("make equal calls that are under way at once one upstream request (defect 63)", async () => {
    const { upstream, release, leader, follower } = await given();

    release();
    const ends = [await leader.hear(), await follower.hear()];

    expect(upstream.requests).toHaveLength(1);
    for (const { answers } of ends) expect(answers).toEqual(Array(20).fill("answer 1"));
    expect(ends[0].outcomes.filter((outcome: string) => outcome === "joined")).toHaveLength(19);
    expect(ends[1].outcomes).toEqual(Array(20).fill("joined"));
  });

  it("run for themselves, each once, when the one that leads is killed (defect 63)", async () => {
    const { upstream, leader, follower } = await given();

    leader.child.kill("SIGKILL");
    const { answers } = await follower.hear();

    expect(answers).toEqual(Array(20).fill("answer 2"));
    expect(upstream.requests).toHaveLength(2);
  });
});

describe.skipIf(!hasRedisServer)("processes whose Redis is killed", () => {
  it("answer every call, those that followed another process's run too (defect 64)", async () => {
    const port = await freePort();
    const redis = await startRedis(port);
    const { upstream, baseURL, release } = await givenUpstream();
    const states = [1, 2].map(() => redisState(`redis://127.0.0.1:${port}`));
    await Promise.all(states.map((state) => untilConnected(state)));
    const ask = states.map((state) => {
      const compiler = createPromptCompiler({
        deployments: [{ id: "up", model: "m", provider: openaiCompatible({ baseURL, apiKey: "test-key" }) }],
        state,
        singleFlight: true,
      });
      onTestFinished(() => compiler.close());
      return async () => {
        const request = { model: "m", messages: [{ role: "user", content: "Hi" }], temperature: 0 };
        return (await compiler.chat(request)).choices[0]?.message.content;
      };
    });
    const leading = Array.from({ length: 20 }, () => ask[0]!());
    await upstream.untilRequests(1);
    const following = Array.from({ length: 20 }, () => ask[1]!());
    await someLooks();
    expect(upstream.requests).toHaveLength(1);

    await redis.kill();
    expect(await Promise.all(following)).toEqual(Array(20).fill("answer 2"));
    release();

    expect(await Promise.all(leading)).toEqual(Array(20).fill("answer 1"));
    expect(await ask[1]!()).toBe("answer 3");
  });
});
