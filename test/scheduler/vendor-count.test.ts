import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../../src/index.ts";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import type { Provider, ProviderAttempt } from "../../src/scheduler/providers/provider.ts";
import type { Wire } from "../../src/wires/wire.ts";
import { FakeClock } from "../fake-clock.ts";
import { answers, FakeUpstream } from "./fake-upstream.ts";
import { failure } from "./given.ts";

type Count = NonNullable<Provider["countTokens"]>;

const REQUEST = {
  wire: "messages" as const,
  body: { model: "m", messages: [{ role: "user", content: "Hi" }] },
  headers: { "anthropic-beta": "b" },
  query: "beta=true",
};

/** Who speaks these wires and counts so; it remembers what it was asked. */
function givenCounter(count: Count, wires: readonly Wire[] = ["messages"]) {
  const asked: ProviderAttempt[] = [];
  const countTokens: Count = (attempt) => {
    asked.push(attempt);
    return count(attempt);
  };
  return { provider: Object.assign(new FakeUpstream(answers()), { wires, countTokens }), asked };
}

function givenCompiler(...providers: readonly Provider[]) {
  const clock = new FakeClock();
  const events: PromptCompilerEvent[] = [];
  const deployments = providers.map(
    (provider, index): DeploymentOptions => ({ id: "abc"[index]!, model: "m", provider, sentModel: "sent" }),
  );
  const onEvent = (event: PromptCompilerEvent) => void events.push(event);
  return {
    compiler: createPromptCompiler({ deployments, clock, health: { failureThreshold: 1 }, onEvent }),
    clock,
    events,
  };
}

const HERE = { tokens: expect.any(Number), tokenizer: "estimate:o200k_base" };
const hangs: Count = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("compiler.countTokens", () => {
  it("asks who speaks the wire and counts, under the model's name there, with headers and query, and says who it was", async () => {
    const { provider, asked } = givenCounter(async () => 41);
    const { compiler } = givenCompiler(new FakeUpstream(answers()), provider);

    expect(await compiler.countTokens(REQUEST)).toEqual({ tokens: 41, deployment: "b" });
    expect(asked).toMatchObject([{ ...REQUEST, body: { ...REQUEST.body, model: "sent" } }]);
  });

  it("counts here, and says by which tokenizer, where nobody counts, and for a wire that who counts does not speak", async () => {
    const { provider, asked } = givenCounter(async () => 41);

    expect(await givenCompiler(new FakeUpstream(answers())).compiler.countTokens(REQUEST)).toEqual(HERE);
    expect(await givenCompiler(provider).compiler.countTokens({ ...REQUEST, wire: "chat" })).toEqual(HERE);
    expect(asked).toEqual([]);
  });

  it("counts here, and an event says so, where the vendor refuses; that costs the deployment nothing", async () => {
    const { provider, asked } = givenCounter(() => Promise.reject(failure("unauthorized")));
    const { compiler, events } = givenCompiler(provider);

    expect(await compiler.countTokens(REQUEST, {}, "req_1")).toEqual(HERE);

    expect(events).toEqual([
      {
        type: "degraded",
        callId: "req_1",
        what: "count",
        error: expect.objectContaining({ kind: "unauthorized" }),
      },
    ]);
    await compiler.countTokens(REQUEST);
    expect(asked).toHaveLength(2);
  });

  it("counts here after five seconds, and leaves no timer behind", async () => {
    const { compiler, clock, events } = givenCompiler(givenCounter(hangs).provider);

    const counted = compiler.countTokens(REQUEST);
    await clock.advance(4_999);
    expect(events).toEqual([]);
    await clock.advance(1);

    expect(await counted).toEqual(HERE);
    expect(events).toMatchObject([{ what: "count", error: { kind: "timeout" } }]);
    expect(clock.sleeping).toBe(0);
  });

  it("ends with the caller's reason when it is aborted, at the vendor too", async () => {
    const { provider, asked } = givenCounter(hangs);
    const { compiler, clock, events } = givenCompiler(provider);
    const leaving = new AbortController();

    const counted = compiler.countTokens(REQUEST, { signal: leaving.signal });
    leaving.abort("gone");

    await expect(counted).rejects.toBe("gone");
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(events).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it("asks a vendor 32 times at once, and counts what comes on top here", async () => {
    const { provider, asked } = givenCounter(hangs);
    const { compiler } = givenCompiler(provider);
    const leaving = new AbortController();

    const asking = Array.from({ length: 32 }, () =>
      compiler.countTokens(REQUEST, { signal: leaving.signal }),
    );

    expect(await compiler.countTokens(REQUEST)).toEqual(HERE);
    expect(asked).toHaveLength(32);
    leaving.abort("done");
    expect((await Promise.allSettled(asking)).every(({ status }) => status === "rejected")).toBe(true);
  });
});
