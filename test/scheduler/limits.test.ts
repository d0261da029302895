import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScheduler } from "../../src/scheduler/scheduler.ts";
import { localState } from "../../src/scheduler/state/local.ts";
import type { Claim, SharedState } from "../../src/scheduler/state/shared-state.ts";
import { FakeClock } from "../fake-clock.ts";
import {
  answers,
  bodyOf,
  FakeUpstream,
  fails,
  finished,
  hangs,
  said,
  streams,
  type Turn,
} from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll, settle } from "./given.ts";

/** An answer that reports what it used. */
const uses =
  (inputTokens: number, outputTokens: number): Turn =>
  async () =>
    bodyOf({
      choices: [{ index: 0, message: { role: "assistant", content: "yes" }, finish_reason: "stop" }],
      usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens },
    });

const streamsUsage = (outputTokens: number): Turn =>
  streams(
    [said("yes")],
    [finished],
    [
      {
        data: JSON.stringify({ choices: [], usage: { prompt_tokens: 10, completion_tokens: outputTokens } }),
      },
    ],
    [{ data: "[DONE]" }],
  );

describe("a deployment with limits", () => {
  it("gives what it has no room for to another deployment", async () => {
    const upstreams = [new FakeUpstream(answers()), new FakeUpstream(answers())];
    const clock = new FakeClock();
    const scheduler = createScheduler({
      clock,
      deployments: upstreams.map((provider, index) => ({
        id: `d${index}`,
        model: "m",
        provider,
        ...(index === 0 && { limits: { rpm: 2 } }),
      })),
    });

    for (let call = 0; call < 8; call += 1) await scheduler.run(givenCall());

    expect(upstreams.map(({ attempts }) => attempts.length)).toEqual([2, 6]);
  });

  it("lets calls wait for the minute to pass where nobody has room", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler, clock } = givenScheduler([upstream], { each: { limits: { rpm: 1 } } });
    await scheduler.run(givenCall());

    const second = scheduler.run(givenCall());
    await clock.advance(59_000);
    expect(upstream.attempts).toHaveLength(1);

    await clock.advance(2_000);
    await second;
    expect(upstream.attempts).toHaveLength(2);
    expect(clock.sleeping).toBe(0);
  });

  it("holds a place until the last frame is through, and gives it to whoever waits", async () => {
    const upstream = new FakeUpstream(answers());
    const { scheduler, clock } = givenScheduler([upstream], { each: { limits: { parallel: 1 } } });
    const first = await scheduler.run(givenCall({ stream: true }));

    const second = scheduler.run(givenCall({ stream: true }));
    await clock.advance(60_000);
    expect(upstream.attempts).toHaveLength(1);

    await readAll(first);
    await readAll(await second);
    expect(upstream.attempts).toHaveLength(2);
  });

  it("refuses a call that cannot be in time, as the rate limit's: 429 and not 503", async () => {
    const { scheduler, clock } = givenScheduler([new FakeUpstream(answers())], {
      each: { limits: { rpm: 1 } },
    });
    await scheduler.run(givenCall());
    void scheduler.run(givenCall());
    await clock.advance(0);

    await expect(scheduler.run(givenCall({ deadlineMs: 5_000 }))).rejects.toMatchObject({
      code: "PC_QUEUE_FULL",
      wireCode: "rate_limit_exceeded",
      retryAfterMs: expect.any(Number),
    });
  });

  it("reserves input and output limit as an estimate, and charges what was used (defect 47)", async () => {
    const upstream = new FakeUpstream(uses(10, 20));
    const { scheduler, clock } = givenScheduler([upstream], { each: { limits: { tpm: 100 } } });
    const call = (): Promise<unknown> =>
      scheduler.run(givenCall({ inputTokens: () => 40, outputLimit: () => 30 }));

    // 70 are reserved and 30 charged, each time; the third would leave 60 + 70.
    await call();
    await call();
    const third = call();
    await clock.advance(1_000);
    expect(upstream.attempts).toHaveLength(2);

    await settle(clock, third);
    expect(upstream.attempts).toHaveLength(3);
  });

  it("charges a stream whose reader leaves after the usage was reported (defect 52)", async () => {
    const upstream = new FakeUpstream(streamsUsage(80));
    const { scheduler, clock } = givenScheduler([upstream], { each: { limits: { tpm: 100 } } });
    const call = givenCall({ stream: true, inputTokens: () => 10, outputLimit: () => 10 });
    const { reply } = await scheduler.run(call);
    const frames = reply.frames![Symbol.asyncIterator]();
    for (let frame = 0; frame < 3; frame += 1) await frames.next();
    await frames.return?.();

    const second = scheduler.run(call);
    await clock.advance(1_000);
    expect(upstream.attempts).toHaveLength(1);
    await settle(clock, second);
  });

  it("charges nothing where the upstream refused", async () => {
    const refuses = fails(() => failure("server-error", { status: 500 }));
    const upstream = new FakeUpstream(refuses, answers());
    const { scheduler, clock } = givenScheduler([upstream], { each: { limits: { tpm: 100 } } });

    await settle(clock, scheduler.run(givenCall({ inputTokens: () => 50, outputLimit: () => 50 })));

    expect(upstream.attempts).toHaveLength(2);
  });

  it.each<[string, Turn]>([
    ["fails", fails(() => failure("invalid-request", { status: 400 }))],
    ["is cancelled", hangs],
    ["breaks off", streams([said("a")], failure("network"))],
    ["stalls and is cancelled", streams([said("a")], "stall")],
  ])("has its place back when an attempt %s (defect 46)", async (_, turn) => {
    const upstream = new FakeUpstream(turn, answers());
    const { scheduler, clock } = givenScheduler([upstream], { each: { limits: { parallel: 1 } } });
    const controller = new AbortController();
    const run = scheduler.run(givenCall({ stream: true, signal: controller.signal })).then(readAll);
    const ended = run.catch(() => undefined);
    await clock.advance(0);
    controller.abort(new Error("left"));
    await ended;

    await expect(scheduler.run(givenCall())).resolves.toMatchObject({ deployment: "a" });
  });

  it("has a call that is queued leave at once when it is aborted", async () => {
    const { scheduler, clock } = givenScheduler([new FakeUpstream(hangs)], {
      each: { limits: { parallel: 1 } },
    });
    const controller = new AbortController();
    void scheduler.run(givenCall()).catch(() => undefined);
    await clock.advance(0);
    const reason = new Error("left");
    const waiting = scheduler.run(givenCall({ signal: controller.signal }));
    const outcome = expect(waiting).rejects.toBe(reason);
    await clock.advance(0);

    controller.abort(reason);

    await outcome;
  });

  it("is asked for nothing, and nothing is counted, where no limits are given", async () => {
    const asked: Claim[] = [];
    const state: SharedState = {
      ...localState(),
      name: "watched",
      reserve: async (claim) => {
        asked.push(claim);
        return { lease: undefined, retryInMs: 1_000 };
      },
      cool: () => undefined,
      cooldowns: () => undefined,
      close: async () => undefined,
    };
    const { scheduler } = givenScheduler([new FakeUpstream(answers())], { state });
    let estimated = 0;

    await scheduler.run(givenCall({ outputLimit: () => (estimated += 1) }));

    expect([asked, estimated]).toEqual([[], 0]);
  });

  it("names a limit that is none", () => {
    const provider = new FakeUpstream(answers());
    const given = (limits: object) => () =>
      createScheduler({ deployments: [{ id: "a", model: "m", provider, limits }] });

    expect(given({ rpm: 0 })).toThrow(
      "createScheduler: deployments[0].limits.rpm must be a positive number, got 0",
    );
    expect(given({ rmp: 1 })).toThrow("deployments[0].limits takes rpm, tpm, parallel");
  });

  it("is never over its limits, and every lease ends, under any interleaving (defect 46, defect 47)", async () => {
    const step = fc.record({
      startMs: fc.nat(30_000),
      runMs: fc.nat(5_000),
      outcome: fc.constantFrom("answers", "breaks off", "refuses"),
      used: fc.integer({ min: 1, max: ESTIMATE }),
      abortMs: fc.option(fc.nat(10_000), { nil: undefined }),
      stream: fc.boolean(),
    });
    const limits = fc.record({
      parallel: fc.integer({ min: 1, max: 3 }),
      rpm: fc.integer({ min: 1, max: 6 }),
      tpm: fc.integer({ min: ESTIMATE, max: 4 * ESTIMATE }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.array(limits, { minLength: 1, maxLength: 2 }),
        async (steps, each) => {
          const clock = new FakeClock();
          // Told afterwards: what is thrown inside of an upstream is one of its failures.
          const exceeded: string[] = [];
          const providers = each.map(({ parallel, rpm, tpm }) => {
            const begun: { readonly at: number; tokens: number }[] = [];
            let running = 0;
            return new FakeUpstream(async (attempt) => {
              const { runMs, outcome, used } = steps[begun.length % steps.length]!;
              const mine = { at: clock.now(), tokens: ESTIMATE };
              begun.push(mine);
              running += 1;
              const inMinute = begun.filter(({ at }) => at > clock.now() - 60_000);
              const tokens = inMinute.reduce((sum, other) => sum + other.tokens, 0);
              if (running > parallel) exceeded.push(`${running} of ${parallel} at once`);
              if (inMinute.length > rpm) exceeded.push(`${inMinute.length} of ${rpm} requests`);
              if (tokens > tpm) exceeded.push(`${tokens} of ${tpm} tokens`);
              try {
                await clock.sleep(runMs, attempt.signal);
              } finally {
                running -= 1;
              }
              if (outcome === "breaks off") throw failure("network");
              mine.tokens = outcome === "refuses" ? 0 : used;
              if (outcome === "refuses") throw failure("server-error", { status: 500 });
              return attempt.body["stream"] === true
                ? streamsUsage(used - 10)(attempt)
                : uses(used, 0)(attempt);
            });
          });
          const { state, open } = watched(localState({ clock }));
          const scheduler = createScheduler({
            clock,
            random: () => 1,
            state,
            deployments: providers.map((provider, index) => {
              return { id: `d${index}`, model: "m", provider, limits: each[index] };
            }),
          });

          const calls = steps.map(async ({ startMs, abortMs, stream }) => {
            await clock.sleep(startMs);
            const controller = new AbortController();
            if (abortMs !== undefined) {
              void clock.sleep(abortMs).then(() => controller.abort(new Error("left")));
            }
            const { signal } = controller;
            await readAll(await scheduler.run(givenCall({ signal, stream, ...estimated })));
          });
          await settle(clock, Promise.allSettled(calls));
          await clock.advance(200_000);

          expect(exceeded).toEqual([]);
          expect([open(), clock.sleeping]).toEqual([0, 0]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** What each attempt may use, as far as can be told beforehand. */
const ESTIMATE = 40;
const estimated = { inputTokens: () => 10, outputLimit: () => ESTIMATE - 10 };

/** The same state, and how many of its leases are open. */
function watched(state: SharedState): { readonly state: SharedState; open(): number } {
  let open = 0;
  return {
    open: () => open,
    state: {
      ...state,
      name: state.name,
      cool: (...cooldown) => state.cool(...cooldown),
      cooldowns: () => state.cooldowns(),
      close: () => state.close(),
      async reserve(claim) {
        const reservation = await state.reserve(claim);
        const { lease } = reservation;
        if (lease === undefined) return reservation;
        open += 1;
        let isOpen = true;
        const ended = (): void => {
          if (isOpen) open -= 1;
          isOpen = false;
        };
        return {
          lease: {
            settle: (tokens) => {
              ended();
              lease.settle(tokens);
            },
            cancel: () => {
              ended();
              lease.cancel();
            },
          },
        };
      },
    },
  };
}
