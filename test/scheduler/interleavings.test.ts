import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FailureKind } from "../../src/errors.ts";
import { reactions } from "../../src/scheduler/failure.ts";
import type { ProviderAttempt } from "../../src/scheduler/providers/provider.ts";
import type { Reply } from "../../src/wires/wire.ts";
import { FakeClock } from "../fake-clock.ts";
import { answers, FakeUpstream, said, streams, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "./given.ts";

type Outcome = "answers" | "breaks off" | "stalls" | FailureKind;

/** What one attempt does after a while: the same for every schedule that is tried. */
interface Act {
  readonly afterMs: number;
  readonly outcome: Outcome;
  readonly retryAfterMs: number | undefined;
}

/** What one caller does: aborts or not, reads all of a stream, some of it, or nothing. */
interface Caller {
  readonly startMs: number;
  readonly abortAfterMs: number | undefined;
  readonly stream: boolean;
  readonly reads: number;
}

const kinds = Object.keys(reactions) as FailureKind[];
const ms = fc.integer({ min: 0, max: 5_000 });
const act = fc.record<Act>({
  afterMs: ms,
  outcome: fc.constantFrom("answers", "answers", "breaks off", "stalls", ...kinds),
  retryAfterMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
});
const caller = fc.record<Caller>({
  startMs: ms,
  abortAfterMs: fc.option(ms, { nil: undefined }),
  stream: fc.boolean(),
  reads: fc.constantFrom(0, 1, 100),
});

function toTurn(clock: FakeClock, { afterMs, outcome, retryAfterMs }: Act): Turn {
  return async (attempt: ProviderAttempt): Promise<Reply> => {
    await clock.sleep(afterMs, attempt.signal);
    if (outcome === "answers") return answers()(attempt);
    if (outcome === "breaks off") return streams([said("a")], [said("b")], failure("network"))(attempt);
    if (outcome === "stalls") return streams([said("a")], "stall")(attempt);
    throw failure(outcome, { retryAfterMs });
  };
}

describe("under any interleaving of answers, failures and aborts", () => {
  it("everything settles, nothing is left in flight, and no call makes more attempts than its cap", async () => {
    const cases = fc.tuple(
      fc.array(fc.array(act, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }),
      fc.array(caller, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([scripts, callers, maxAttempts]) => {
        const clock = new FakeClock();
        const upstreams = scripts.map((acts) => new FakeUpstream(...acts.map((each) => toTurn(clock, each))));
        const { scheduler, events, inFlight } = givenScheduler(upstreams, { clock, retry: { maxAttempts } });

        const calls = callers.map(async ({ startMs, abortAfterMs, stream, reads }, index) => {
          const controller = new AbortController();
          await clock.sleep(startMs);
          const aborting = clock.sleep(abortAfterMs ?? 0, controller.signal).then(() => {
            if (abortAfterMs !== undefined) controller.abort(new Error("left"));
          });
          try {
            const call = givenCall({ callId: `call-${index}`, stream, signal: controller.signal });
            const { reply } = await scheduler.run(call);
            const frames = reply.frames?.[Symbol.asyncIterator]();
            for (let read = 0; read < reads && !(await frames?.next())?.done; read += 1);
          } finally {
            await aborting.catch(() => undefined);
          }
        });
        const settled = Promise.allSettled(calls);
        // Twenty minutes: no wait, no deadline and no patience with an absent consumer is longer than that.
        for (let minute = 0; minute < 20; minute += 1) await clock.advance(60_000);
        await settled;

        expect(inFlight()).toBe(0);
        expect(clock.sleeping).toBe(0);
        expect(upstreams.map(({ open }) => open)).toEqual(upstreams.map(() => 0));
        for (const index of callers.keys()) {
          const mine = events.filter((event) => "callId" in event && event.callId === `call-${index}`);
          const started = mine.filter(({ type }) => type === "attempt-start").length;
          expect(started).toBeLessThanOrEqual(maxAttempts);
          expect(mine.filter(({ type }) => type === "attempt-end")).toHaveLength(started);
        }
      }),
      { numRuns: 150 },
    );
  });
});
