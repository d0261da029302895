import { describe, expect, it } from "vitest";
import {
  AllDeploymentsFailedError,
  type FailureKind,
  PromptCompilerError,
  ProviderError,
} from "../../src/errors.ts";
import type { ScheduledCall } from "../../src/scheduler/call.ts";
import type { Conversation } from "../../src/scheduler/conversation.ts";
import { reactions } from "../../src/scheduler/failure.ts";
import type { Provider } from "../../src/scheduler/providers/provider.ts";
import { createScheduler } from "../../src/scheduler/scheduler.ts";
import type { Frame } from "../../src/wires/wire.ts";
import { FakeClock } from "../fake-clock.ts";
import {
  answers,
  bodyOf,
  FakeUpstream,
  fails,
  finished,
  hangs,
  role,
  said,
  streams,
  type Turn,
} from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll, settle } from "./given.ts";

const kinds = Object.keys(reactions) as FailureKind[];
const modes = [
  ["whole", false],
  ["streamed", true],
] as const;
const down: Turn = fails(() => failure("server-error"));
const failing = (kind: FailureKind): FakeUpstream => new FakeUpstream(fails(() => failure(kind)));
const counts = (upstreams: readonly FakeUpstream[]): number[] =>
  upstreams.map(({ attempts }) => attempts.length);

async function* endless(): AsyncGenerator<readonly Frame[]> {
  for (;;) yield [said("more")];
}

describe.each(modes)("a failure before the commit point of a %s answer (defect 26)", (_, stream) => {
  // The one kind that nobody will do better with ends the call where it happens, with the upstream's own failure.
  const final: FailureKind = "invalid-request";

  it.each(kinds)("%s at the first of three: the second answers, or the call ends there", async (kind) => {
    const upstreams = [failing(kind), new FakeUpstream(answers()), new FakeUpstream(answers())];
    const { scheduler, clock } = givenScheduler(upstreams);

    const answer = settle(clock, scheduler.run(givenCall({ stream })));

    if (kind === final) await expect(answer).rejects.toMatchObject({ code: "PC_PROVIDER_FAILED", kind });
    else expect(await answer).toMatchObject({ deployment: "b", attempts: 2, upstreamMs: 0 });
    expect(counts(upstreams)).toEqual(kind === final ? [1, 0, 0] : [1, 1, 0]);
  });

  it.each(kinds)("%s at the second of three: the third answers, or the call ends there", async (kind) => {
    const upstreams = [new FakeUpstream(down), failing(kind), new FakeUpstream(answers())];
    const { scheduler, clock } = givenScheduler(upstreams);

    const answer = settle(clock, scheduler.run(givenCall({ stream })));

    if (kind === final) await expect(answer).rejects.toMatchObject({ code: "PC_PROVIDER_FAILED", kind });
    else expect(await answer).toMatchObject({ deployment: "c", attempts: 3 });
    expect(counts(upstreams)).toEqual(kind === final ? [1, 1, 0] : [1, 1, 1]);
  });

  it.each(kinds)(
    "%s at the last of three: the call fails with every attempt, in order (defect 42)",
    async (kind) => {
      const upstreams = [new FakeUpstream(down), failing("timeout"), failing(kind)];
      const { scheduler, clock } = givenScheduler(upstreams);

      const error = await settle(clock, scheduler.run(givenCall({ stream }))).catch((reason) => reason);

      if (kind === final) expect(error).toMatchObject({ code: "PC_PROVIDER_FAILED", kind });
      else {
        expect(error).toBeInstanceOf(AllDeploymentsFailedError);
        const attempts = error.attempts.map(({ deployment, error: { kind } }: never) => [deployment, kind]);
        expect(attempts).toEqual([
          ["a", "server-error"],
          ["b", "timeout"],
          ["c", kind],
        ]);
        expect(error.cause).toBe(error.attempts[2].error);
      }
      expect(counts(upstreams)).toEqual([1, 1, 1]);
    },
  );

  it.each(kinds)("%s at the only one: asked again, at most twice, where waiting helps", async (kind) => {
    const upstream = failing(kind);
    const { scheduler, clock } = givenScheduler([upstream]);

    const error = await settle(clock, scheduler.run(givenCall({ stream }))).catch((reason) => reason);

    const { retry, retryable } = reactions[kind];
    expect(upstream.attempts).toHaveLength(retry ? 3 : 1);
    if (kind !== final) expect(error.retryable).toBe(retryable);
  });
});

describe("the loop over attempts", () => {
  it("fails none of ten concurrent calls when the first deployment is dead (defect 28)", async () => {
    const upstreams = [new FakeUpstream(down), new FakeUpstream(answers())];
    const { scheduler, clock, inFlight } = givenScheduler(upstreams);

    const calls = Array.from({ length: 10 }, () => scheduler.run(givenCall()));
    const answered = await settle(clock, Promise.all(calls));

    expect(answered.map(({ deployment }) => deployment)).toEqual(Array(10).fill("b"));
    expect(inFlight()).toBe(0);
  });

  it("takes a stream in answer to a whole call for a failure, and closes it: nobody would read it (defect 18)", async () => {
    const signals: AbortSignal[] = [];
    const streaming: Provider = {
      name: "streams always",
      wires: ["chat"],
      async send({ signal }) {
        signals.push(signal);
        return { status: 200, headers: {}, frames: endless() };
      },
    };
    const { scheduler, inFlight } = givenScheduler([streaming, new FakeUpstream(answers("yes"))]);

    const { deployment, reply } = await scheduler.run(givenCall());

    expect([deployment, reply.frames]).toEqual(["b", undefined]);
    expect(inFlight()).toBe(0);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("fails over without waiting (defect 24)", async () => {
    const upstreams = [
      new FakeUpstream(fails(() => failure("rate-limited", { retryAfterMs: 120_000 }))),
      new FakeUpstream(down),
      new FakeUpstream(answers()),
    ];
    const { scheduler, clock } = givenScheduler(upstreams);
    const startedAt = clock.now();

    const answer = await scheduler.run(givenCall());

    expect(answer.deployment).toBe("c");
    expect(clock.now()).toBe(startedAt);
  });

  it("waits for its backoff only when each deployment has had its attempt", async () => {
    const upstreams = [new FakeUpstream(down, answers()), new FakeUpstream(down)];
    const { scheduler, clock } = givenScheduler(upstreams, { retry: { baseMs: 500 } });
    const startedAt = clock.now();

    const call = scheduler.run(givenCall());
    await clock.advance(499);
    expect(counts(upstreams)).toEqual([1, 1]);
    await clock.advance(1);

    expect(await call).toMatchObject({ deployment: "a", attempts: 3 });
    expect(clock.now() - startedAt).toBe(500);
  });

  it("waits as long as the only upstream asks, where that is longer than the backoff (defect 22)", async () => {
    const upstream = new FakeUpstream(
      fails(() => failure("rate-limited", { retryAfterMs: 3_000 })),
      answers(),
    );
    const { scheduler, clock } = givenScheduler([upstream]);

    const call = scheduler.run(givenCall());
    await clock.advance(2_999);
    expect(upstream.attempts).toHaveLength(1);
    await clock.advance(1);

    expect(await call).toMatchObject({ attempts: 2 });
  });

  it("does not begin a wait that is longer than maxMs: it tells the caller how long (defect 22)", async () => {
    const upstream = new FakeUpstream(fails(() => failure("rate-limited", { retryAfterMs: 20_000 })));
    const { scheduler, clock } = givenScheduler([upstream], { retry: { maxMs: 15_000 } });

    const call = scheduler.run(givenCall());

    await expect(call).rejects.toMatchObject({ retryable: true, retryAfterMs: 20_000 });
    expect(upstream.attempts).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });

  it("does not begin a wait that ends after the call's deadline", async () => {
    const upstream = new FakeUpstream(fails(() => failure("rate-limited", { retryAfterMs: 3_000 })));
    const { scheduler } = givenScheduler([upstream]);

    const call = scheduler.run(givenCall({ deadlineMs: 3_000 }));

    await expect(call).rejects.toMatchObject({ retryAfterMs: 3_000 });
    expect(upstream.attempts).toHaveLength(1);
  });

  it("counts all it has waited since its last attempt, though the upstream asks for more meanwhile", async () => {
    const limited = (retryAfterMs: number): Turn => fails(() => failure("rate-limited", { retryAfterMs }));
    const slow: Turn = async (attempt) => {
      await clock.sleep(7_000);
      return limited(9_000)(attempt);
    };
    const upstream = new FakeUpstream(slow, limited(8_000), answers());
    const { scheduler, clock } = givenScheduler([upstream], { retry: { maxMs: 10_000, maxAttempts: 2 } });
    void scheduler.run(givenCall()).catch(() => undefined);

    const call = scheduler.run(givenCall());
    call.catch(() => undefined);
    await clock.advance(8_000);

    await expect(call).rejects.toMatchObject({ retryAfterMs: 8_000 });
    expect(upstream.attempts).toHaveLength(2);
  });

  it("asks nobody while every upstream asked to wait, and says for how long (defect 31)", async () => {
    const upstreams = [40_000, 20_000].map(
      (retryAfterMs) => new FakeUpstream(fails(() => failure("rate-limited", { retryAfterMs }))),
    );
    const { scheduler, clock } = givenScheduler(upstreams);
    await scheduler.run(givenCall()).catch(() => undefined);
    await clock.advance(5_000);

    await expect(scheduler.run(givenCall())).rejects.toMatchObject({
      code: "PC_NO_DEPLOYMENT_AVAILABLE",
      retryAfterMs: 15_000,
    });
    expect(counts(upstreams)).toEqual([1, 1]);
  });

  it("waits for the first upstream that is back, where that is soon enough", async () => {
    const upstreams = [40_000, 20_000].map(
      (retryAfterMs) =>
        new FakeUpstream(
          fails(() => failure("rate-limited", { retryAfterMs })),
          answers(),
        ),
    );
    const { scheduler, clock } = givenScheduler(upstreams);
    await scheduler.run(givenCall()).catch(() => undefined);
    await clock.advance(12_000);

    const call = scheduler.run(givenCall());
    await clock.advance(8_000);

    expect(await call).toMatchObject({ deployment: "b", attempts: 1, upstreamMs: 0 });
  });

  it("asks deployments that cool down on a guess rather than nobody (defect 32)", async () => {
    const upstream = new FakeUpstream(down, down, down, answers());
    const { scheduler, clock } = givenScheduler([upstream]);
    await settle(clock, scheduler.run(givenCall())).catch(() => undefined);

    expect(await scheduler.run(givenCall())).toMatchObject({ deployment: "a", attempts: 1 });
  });

  it("does not ask first, call after call, who failed the one before (defect 33)", async () => {
    const upstreams = [new FakeUpstream(fails(() => failure("server-error"))), new FakeUpstream(answers())];
    const { scheduler } = givenScheduler(upstreams);
    const conversation = (): Conversation => ({ key: "the same", continued: true });

    for (let message = 0; message < 5; message += 1) {
      const { deployment } = await scheduler.run(givenCall({ conversation }));
      expect(deployment).toBe("b");
    }

    expect(counts(upstreams)).toEqual([1, 5]);
  });

  it("passes over a deployment while it cools down, and comes back to it afterwards (defect 30)", async () => {
    const upstreams = [new FakeUpstream(down, answers()), new FakeUpstream(answers())];
    const { scheduler, clock } = givenScheduler(upstreams);
    await scheduler.run(givenCall());

    for (let call = 0; call < 5; call += 1) await scheduler.run(givenCall());
    expect(counts(upstreams)).toEqual([1, 6]);

    await clock.advance(1_000);
    for (let call = 0; call < 2; call += 1) await scheduler.run(givenCall());
    expect(counts(upstreams)).toEqual([2, 7]);
  });

  it("cools nobody down for a request that is at fault itself (defect 43)", async () => {
    for (const kind of [
      "invalid-request",
      "context-length-exceeded",
      "content-policy",
      "not-found",
    ] as const) {
      const { scheduler } = givenScheduler([failing(kind)]);

      await scheduler.run(givenCall()).catch(() => undefined);

      expect(scheduler.describe()[0]).toMatchObject({ cooldownUntil: 0, inFlight: 0 });
    }
  });

  it("asks every deployment, however many there are (defect 25)", async () => {
    const upstreams = [
      ...Array.from({ length: 5 }, () => new FakeUpstream(down)),
      new FakeUpstream(answers()),
    ];
    const { scheduler } = givenScheduler(upstreams);

    expect(await scheduler.run(givenCall())).toMatchObject({ deployment: "f", attempts: 6 });
  });

  it("makes no more upstream requests than maxAttempts, whatever happens (defect 21)", async () => {
    const upstreams = Array.from({ length: 5 }, () => new FakeUpstream(down));
    const { scheduler, clock } = givenScheduler(upstreams, { retry: { maxAttempts: 2 } });

    await expect(settle(clock, scheduler.run(givenCall()))).rejects.toMatchObject({ retryable: true });

    expect(counts(upstreams)).toEqual([1, 1, 0, 0, 0]);
  });

  it("goes on to a larger window where what must be kept does not fit one, without asking there (defect 38)", async () => {
    const { scheduler } = givenScheduler([new FakeUpstream(answers()), new FakeUpstream(answers())]);
    const tooLarge = new PromptCompilerError("PC_CONTEXT_TOO_LARGE", "too large");
    let rendered = 0;
    const requestFor: ScheduledCall["requestFor"] = ({ wire, model }) => {
      rendered += 1;
      if (rendered === 1) throw tooLarge;
      return { wire, body: { model, messages: [] } };
    };

    const answer = await scheduler.run(givenCall({ requestFor }));

    expect(answer).toMatchObject({ deployment: "b", attempts: 1 });
    const nowhere = scheduler.run(
      givenCall({
        requestFor: () => {
          throw tooLarge;
        },
      }),
    );
    await expect(nowhere).rejects.toBe(tooLarge);
  });

  it("replaces an old connection once, at the same deployment, at once and for nothing (defect 45)", async () => {
    const stale: Turn = fails(() => failure("network", { staleConnection: true }));
    const upstreams = [new FakeUpstream(stale, answers("from a")), new FakeUpstream(answers("from b"))];
    const { scheduler, clock } = givenScheduler(upstreams, { retry: { maxAttempts: 1 } });
    const startedAt = clock.now();

    const answer = await scheduler.run(givenCall());

    expect(answer).toMatchObject({ deployment: "a", attempts: 2 });
    expect(counts(upstreams)).toEqual([2, 0]);
    expect(clock.now()).toBe(startedAt);
    expect(scheduler.describe()[0]).toMatchObject({ cooldownUntil: 0, inFlight: 0 });
  });

  it("takes a second old connection of a call for a failure, which says nothing of the deployment (defect 45)", async () => {
    const stale: Turn = fails(() => failure("network", { staleConnection: true }));
    const upstreams = [new FakeUpstream(stale), new FakeUpstream(stale)];
    const { scheduler } = givenScheduler(upstreams, { retry: { maxAttempts: 2 } });

    const error = await scheduler.run(givenCall()).catch((reason) => reason);

    expect(error.attempts.map(({ deployment }: { deployment: string }) => deployment)).toEqual([
      "a",
      "a",
      "b",
    ]);
    expect(counts(upstreams)).toEqual([2, 1]);
    for (const { cooldownUntil } of scheduler.describe()) expect(cooldownUntil).toBe(0);
  });

  it.each(["unauthorized", "forbidden", "payment-required", "quota-exhausted"] as const)(
    "asks nobody else with a key that was refused: %s (defect 24)",
    async (kind) => {
      const key = failing(kind);
      const { scheduler, clock, events } = givenScheduler([key, key, new FakeUpstream(answers())]);

      expect(await settle(clock, scheduler.run(givenCall()))).toMatchObject({ deployment: "c", attempts: 2 });

      expect(key.attempts).toHaveLength(1);
      const cooling = events.filter(({ type }) => type === "cooldown");
      expect(cooling).toMatchObject([{ deployment: "a" }, { deployment: "b" }]);
    },
  );

  it("does not take a rate limit of an account from one of its deployments to the next (defect 23)", async () => {
    const limited: Turn = fails(() => failure("rate-limited", { retryAfterMs: 60_000 }));
    const upstreams = [new FakeUpstream(limited), new FakeUpstream(limited), new FakeUpstream(limited)];
    const { scheduler } = givenScheduler(upstreams, { each: { rateLimitScope: "account", account: "team" } });

    await expect(scheduler.run(givenCall())).rejects.toMatchObject({ retryable: true, retryAfterMs: 60_000 });

    expect(counts(upstreams)).toEqual([1, 0, 0]);
  });

  it("says of nobody to ask whether it is for rate limits alone (defect 31)", async () => {
    const told = async (...kinds: FailureKind[]): Promise<string | undefined> => {
      const { scheduler } = givenScheduler(
        kinds.map((kind) => new FakeUpstream(fails(() => failure(kind, { retryAfterMs: 60_000 })))),
      );
      await scheduler.run(givenCall()).catch(() => undefined);
      const error = await scheduler.run(givenCall()).catch((reason) => reason);
      expect(error.code).toBe("PC_NO_DEPLOYMENT_AVAILABLE");
      return error.wireCode;
    };

    expect(await told("rate-limited", "rate-limited")).toBe("rate_limit_exceeded");
    expect(await told("rate-limited", "overloaded")).toBeUndefined();
  });

  it("does not multiply the load on a deployment that is down: retries have a budget (defect 21)", async () => {
    const upstream = new FakeUpstream(down);
    const { scheduler, clock } = givenScheduler([upstream], { retry: { budgetReserve: 10, baseMs: 1 } });

    const calls = Array.from({ length: 100 }, () => scheduler.run(givenCall()));
    const all = Promise.allSettled(calls);
    await clock.advance(100);

    for (const { status } of await all) expect(status).toBe("rejected");
    expect(upstream.attempts).toHaveLength(110);
  });

  it("gives a deployment the time it is said to need, and the others theirs (defect 14)", async () => {
    const upstreams = [new FakeUpstream(hangs), new FakeUpstream(hangs)];
    const clock = new FakeClock();
    const scheduler = createScheduler({
      deployments: upstreams.map((provider, index) => ({
        id: "ab"[index]!,
        model: "m",
        provider,
        ...(index === 0 && { timeouts: { headersMs: 300_000 } }),
      })),
      timeouts: { headersMs: 1_000 },
      clock,
    });

    const call = scheduler.run(givenCall());
    call.catch(() => undefined);
    await clock.advance(299_999);
    expect(counts(upstreams)).toEqual([1, 0]);
    await clock.advance(1);
    expect(counts(upstreams)).toEqual([1, 1]);
    await clock.advance(1_000);

    await expect(call).rejects.toMatchObject({ code: "PC_ALL_DEPLOYMENTS_FAILED" });
  });

  it("leaves a failing deployment alone after the third failure in a row, unless told otherwise", async () => {
    const upstreams = [new FakeUpstream(down), new FakeUpstream(answers())];
    const { scheduler } = givenScheduler(upstreams, { health: undefined });

    for (let call = 0; call < 12; call += 1) await scheduler.run(givenCall());

    expect(counts(upstreams)).toEqual([3, 12]);
  });

  it("lets one call probe a deployment whose cooldown is over, and the others pass it by", async () => {
    const upstreams = [new FakeUpstream(down, hangs), new FakeUpstream(answers())];
    const { scheduler, clock } = givenScheduler(upstreams);
    await scheduler.run(givenCall());
    await clock.advance(1_000);
    const controller = new AbortController();

    const calls = Array.from({ length: 6 }, () => scheduler.run(givenCall({ signal: controller.signal })));
    await clock.advance(0);

    expect(counts(upstreams)).toEqual([2, 6]);
    controller.abort(new Error("left"));
    await Promise.allSettled(calls);
  });

  it("asks nobody again who said that it helps nothing, and calls the call hopeless (defect 39)", async () => {
    const upstreams = [1, 2].map(
      () => new FakeUpstream(fails(() => failure("server-error", { final: true }))),
    );
    const { scheduler, clock } = givenScheduler(upstreams, { retry: { maxAttempts: 9 } });

    const call = settle(clock, scheduler.run(givenCall()));

    await expect(call).rejects.toMatchObject({ retryable: false });
    expect(upstreams.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
  });

  it("keeps the last deployment in use, however often it fails (defect 32)", async () => {
    const upstream = new FakeUpstream(down);
    const { scheduler, clock } = givenScheduler([upstream], { retry: { maxAttempts: 1 } });

    for (let call = 0; call < 20; call += 1)
      await settle(clock, scheduler.run(givenCall())).catch(() => undefined);

    expect(upstream.attempts).toHaveLength(20);
  });

  it("throws an invalid request's failure as the upstream gave it", async () => {
    const refused = failure("invalid-request", { status: 400 });
    const { scheduler } = givenScheduler([new FakeUpstream(fails(() => refused))]);

    await expect(scheduler.run(givenCall())).rejects.toBe(refused);
  });

  it("lets a mistake in a provider pass as it is, and leaves nothing behind", async () => {
    const mistake = new RangeError("a bug");
    const { scheduler, clock, inFlight } = givenScheduler([new FakeUpstream(() => Promise.reject(mistake))]);

    await expect(scheduler.run(givenCall())).rejects.toBe(mistake);

    expect(inFlight()).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it("renders the request anew for each deployment, from the caller's own (defect 34)", async () => {
    const upstreams = [new FakeUpstream(down), new FakeUpstream(answers())];
    const { scheduler } = givenScheduler(upstreams, { each: { sentModel: "sent", contextWindow: 100 } });
    const targets: unknown[] = [];
    const call = givenCall();

    const requestFor: typeof call.requestFor = (target) => {
      targets.push(target);
      return call.requestFor(target);
    };
    const answer = await scheduler.run({ ...call, requestFor });

    expect(targets).toEqual(
      Array(2).fill({ wire: "chat", spoken: "chat", model: "sent", contextWindow: 100 }),
    );
    expect(answer.sentModel).toBe("sent");
    expect(upstreams[1]!.attempts[0]!.body["model"]).toBe("sent");
  });

  it("leaves out what the provider rejects, and says so", async () => {
    const upstream = Object.assign(new FakeUpstream(answers()), { rejects: ["logit_bias", "seed"] });
    const { scheduler } = givenScheduler([upstream]);
    const body = { model: "m", messages: [], seed: 1, top_p: 0.5 };

    const answer = await scheduler.run(givenCall({ requestFor: () => ({ wire: "chat", body }) }));

    expect(answer.dropped).toEqual(["seed"]);
    expect(upstream.attempts[0]!.body).toEqual({ model: "m", messages: [], top_p: 0.5 });
  });

  it("sends bytes and headers of the caller on with the attempt", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler } = givenScheduler([upstream]);
    const body = { model: "m", messages: [] };
    const source = new TextEncoder().encode('{ "model": "m", "messages": [] }');
    const headers = { "openai-beta": "x" };

    await scheduler.run(givenCall({ requestFor: () => ({ wire: "chat", body, source, headers }) }));

    expect(upstream.attempts[0]).toMatchObject({ wire: "chat", body, source, headers });
  });

  it("tells what happened, in order", async () => {
    const { scheduler, events } = givenScheduler([new FakeUpstream(down), new FakeUpstream(answers())]);

    await scheduler.run(givenCall());

    expect(events.map((event) => [event.type, "deployment" in event ? event.deployment : ""])).toEqual([
      ["attempt-start", "a"],
      ["attempt-end", "a"],
      ["cooldown", "a"],
      ["failover", ""],
      ["attempt-start", "b"],
      ["attempt-end", "b"],
    ]);
    expect(events[1]).toMatchObject({ failure: "server-error" });
    expect(events[2]).toMatchObject({ failure: "server-error" });
    expect(events[3]).toMatchObject({ from: "a", to: "b", callId: "call-1" });
  });
});

describe("an answer of 200 that fails before its commit point (defect 11)", () => {
  const errorFrame = { data: JSON.stringify({ error: { message: "secret prompt", code: 429 } }) };

  it.each<[string, Turn, FailureKind, boolean]>([
    ["an error as its first frame", streams([errorFrame]), "rate-limited", true],
    ["an error after a role", streams([role], [errorFrame]), "rate-limited", true],
    ["a role and its end", streams([role]), "malformed-response", true],
    ["nothing", streams(), "malformed-response", true],
    ["a cut after a role", streams([role], failure("network")), "network", true],
    [
      "an error as its body",
      async () => bodyOf({ error: { message: "secret prompt" } }),
      "server-error",
      false,
    ],
    [
      "an error with a code",
      async () => bodyOf({ error: { code: "insufficient_quota" } }),
      "quota-exhausted",
      false,
    ],
    ["a body that is no JSON", async () => bodyOf("<html>"), "malformed-response", false],
  ])("fails over from %s", async (_, turn, kind, stream) => {
    const upstreams = [new FakeUpstream(turn), new FakeUpstream(answers("from b"))];
    const { scheduler, events } = givenScheduler(upstreams);

    const answer = await scheduler.run(givenCall({ stream }));

    expect(answer).toMatchObject({ deployment: "b", attempts: 2 });
    expect(events.find(({ type }) => type === "attempt-end")).toMatchObject({ failure: kind });
  });

  it("repeats no word of what the upstream said in the error", async () => {
    const { scheduler, clock } = givenScheduler([new FakeUpstream(streams([errorFrame]))]);

    const error = await settle(clock, scheduler.run(givenCall({ stream: true }))).catch((reason) => reason);

    expect(error.message).toContain('deployment "a" reported rate-limited inside its 200');
    expect(error.message).not.toContain("secret");
  });

  it("takes a complete answer without a word for an answer", async () => {
    const { scheduler } = givenScheduler([new FakeUpstream(streams([role], [finished, { data: "[DONE]" }]))]);

    const answer = await scheduler.run(givenCall({ stream: true }));

    expect(await readAll(answer)).toEqual([role.data, finished.data, "[DONE]"]);
  });
});

describe("a failure after the commit point (defect 9)", () => {
  it("throws in the middle of the answer and makes no second attempt, not even to go on (defect 10)", async () => {
    const cut = failure("malformed-response");
    const upstreams = [new FakeUpstream(streams([role], [said("Hel")], cut)), new FakeUpstream(answers())];
    const { scheduler, inFlight, events } = givenScheduler(upstreams);

    const answer = await scheduler.run(givenCall({ stream: true }));
    const heard: string[] = [];
    const reading = (async () => {
      for await (const frames of answer.reply.frames!) heard.push(...frames.map(({ data }) => data));
    })();

    await expect(reading).rejects.toBe(cut);
    expect(heard).toEqual([role.data, said("Hel").data]);
    expect(counts(upstreams)).toEqual([1, 0]);
    expect(inFlight()).toBe(0);
    expect(scheduler.describe()[0]!.cooldownUntil).toBeGreaterThan(0);
    expect(events.at(-2)).toMatchObject({ type: "attempt-end", failure: "malformed-response" });
    expect(events.at(-1)).toMatchObject({ type: "cooldown", deployment: "a" });
  });

  it("is a ProviderError, so that the gateway can end the stream as the protocol does (defect 7)", async () => {
    const { scheduler } = givenScheduler([new FakeUpstream(streams([said("Hel")], failure("network")))]);

    const reading = readAll(await scheduler.run(givenCall({ stream: true })));

    await expect(reading).rejects.toBeInstanceOf(ProviderError);
  });
});
