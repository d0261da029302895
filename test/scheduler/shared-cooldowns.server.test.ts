import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createPromptCompiler } from "../../src/index.ts";
import { type Provider, redisState } from "../../src/scheduler/index.ts";
import { answers, FakeUpstream, fails } from "./fake-upstream.ts";
import { failure } from "./given.ts";

const url = process.env["PC_TEST_REDIS_URL"];

describe.skipIf(url === undefined)("compilers that share a Redis", () => {
  const observer = url === undefined ? undefined : new Redis(url);
  afterAll(() => observer?.quit());

  function givenCompiler(prefix: string, provider: Provider) {
    const compiler = createPromptCompiler({
      deployments: [
        { id: "a", model: "m", provider },
        { id: "b", model: "m", provider: new FakeUpstream(answers("b")) },
      ],
      state: redisState(url!, { prefix }),
    });
    onTestFinished(() => compiler.close());
    return () => compiler.chat({ model: "m", messages: [{ role: "user", content: "hi" }] });
  }

  it("leave a deployment alone that limits one of them, and ask elsewhere (defect 49)", async () => {
    const prefix = `{test-${randomUUID()}}:`;
    onTestFinished(async () => {
      const keys = await observer!.keys(`${prefix}*`);
      if (keys.length > 0) await observer!.del(keys);
    });
    const limited = fails(() => failure("rate-limited", { status: 429, retryAfterMs: 30_000 }));
    const there = new FakeUpstream(answers("a"));
    const [one, other] = [
      givenCompiler(prefix, new FakeUpstream(limited)),
      givenCompiler(prefix, there),
    ] as const;

    await one();
    await vi.waitFor(async () => expect(await observer!.hlen(`${prefix}state:cooldowns`)).toBe(1));
    await other();
    // It hears in the background, within a second of the first call after it was noted.
    await vi.waitFor(
      async () => {
        const before = there.attempts.length;
        for (let call = 0; call < 4; call += 1) await other();
        expect(there.attempts.length).toBe(before);
      },
      { timeout: 10_000, interval: 50 },
    );

    expect(await observer!.hget(`${prefix}state:cooldowns`, "a")).toMatch(/^\d+:1:rate-limited$/);
  });

  it("answer as if alone where the Redis is not there", async () => {
    const compiler = createPromptCompiler({
      deployments: [
        {
          id: "a",
          model: "m",
          provider: new FakeUpstream(fails(() => failure("server-error", { status: 500 }))),
        },
        { id: "b", model: "m", provider: new FakeUpstream(answers("b")) },
      ],
      state: redisState("redis://127.0.0.1:1"),
    });
    onTestFinished(() => compiler.close());
    const ask = () => compiler.chat({ model: "m", messages: [{ role: "user", content: "hi" }] });

    const answered = await Promise.all([ask(), ask(), ask()]);

    expect(answered.map(({ choices }) => choices[0]?.message.content)).toEqual(["b", "b", "b"]);
  });
});
