/**
 * A day of traffic, simulated: agents come and go, upstreams have their troubles, and the scheduler, with its defaults,
 * must live with both. All chance comes from one seed and all time from one fake clock, so a day passes in about a second
 * and is always the same day.
 *
 *     agents    more of them in working hours; each makes one to six calls, one after the other, some of them streamed,
 *               and now and then leaves before the answer
 *     alpha     fails now and then; is down from 10:00 to 11:30
 *     bravo     twenty times slower from 13:00 to 14:00, when some calls are never answered
 *     charlie   refuses more than two calls in ten seconds, and says how long to wait
 *     delta     has a limit of its own, of which the scheduler knows
 *     all       down from 16:00 to 16:10
 */

import { createHash } from "node:crypto";
import type { RandomSource } from "../../src/clock.ts";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import { createScheduler } from "../../src/scheduler/scheduler.ts";
import type { PromptCompilerEvent } from "../../src/telemetry.ts";
import { FakeClock } from "../fake-clock.ts";
import { seededRandom } from "../seeded-random.ts";
import { answers, FakeUpstream, hangs, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, readAll } from "./given.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const AGENTS = 1_700;

const MIDNIGHT = Date.parse("2026-01-01T00:00:00Z");
const clockTime = (hours: number): number => MIDNIGHT + hours * HOUR;

/** From and to, in milliseconds since the epoch. */
export type Span = readonly [from: number, to: number];
export const alphaDown: Span = [clockTime(10), clockTime(11.5)];
export const bravoSlow: Span = [clockTime(13), clockTime(14)];
export const allDown: Span = [clockTime(16), clockTime(16) + 10 * MINUTE];
export const within = (at: number, [from, to]: Span): boolean => at >= from && at < to;

/** Requests in any minute that delta allows. */
export const DELTA_RPM = 3;

/** One request, as its upstream saw it. */
export interface Arrival {
  readonly at: number;
  readonly deployment: string;
  readonly callId: string;
  /** How long it was told to stay away; `undefined`: it was not refused for its rate. */
  readonly askedToWaitMs: number | undefined;
}

/** One call, as its caller saw it. */
export interface CallRecord {
  readonly callId: string;
  readonly at: number;
  readonly endedAt: number;
  readonly outcome: "answered" | "failed" | "left";
}

export interface SimulatedDay {
  readonly arrivals: readonly Arrival[];
  readonly calls: readonly CallRecord[];
  readonly events: readonly PromptCompilerEvent[];
  /** Digest of all that happened, and when. */
  readonly trace: string;
  /** What the day left behind. */
  readonly left: { readonly inFlight: number; readonly timers: number; readonly streams: number };
}

export async function simulateDay(seed: number): Promise<SimulatedDay> {
  const clock = new FakeClock(MIDNIGHT);
  const chance = seededRandom(seed);
  const trace = createHash("sha256");
  const arrivals: Arrival[] = [];
  const calls: CallRecord[] = [];
  const events: PromptCompilerEvent[] = [];

  const upstreams = Object.entries(givenWeather(clock, chance)).map(([id, weather]) => {
    const upstream = new FakeUpstream(async (attempt) => {
      const at = clock.now();
      const { turn, afterMs, askedToWaitMs } = weather(at);
      arrivals.push({ at, deployment: id, callId: String(attempt.body["user"]), askedToWaitMs });
      await clock.sleep(afterMs, attempt.signal);
      return turn(attempt);
    });
    return { id, upstream };
  });
  const scheduler = createScheduler({
    deployments: upstreams.map(({ id, upstream }): DeploymentOptions => {
      const deployment = { id, model: "m", provider: upstream };
      return id === "delta" ? { ...deployment, limits: { rpm: DELTA_RPM } } : deployment;
    }),
    clock,
    random: chance,
    onEvent(event) {
      events.push(event);
      trace.update(`${clock.now()} ${JSON.stringify(event)}\n`);
    },
  });

  const makeCall = async (callId: string, conversation: string, continued: boolean): Promise<void> => {
    const at = clock.now();
    const controller = new AbortController();
    const stream = chance() < 0.3;
    const leaving =
      chance() < 0.02
        ? clock.sleep(300, controller.signal).then(() => controller.abort(new Error("left")))
        : undefined;
    let outcome: CallRecord["outcome"] = "answered";
    try {
      const answer = await scheduler.run(
        givenCall({
          callId,
          stream,
          signal: controller.signal,
          conversation: () => ({ key: conversation, continued }),
          requestFor: ({ wire, model }) => ({ wire, body: { model, messages: [], stream, user: callId } }),
        }),
      );
      await readAll(answer);
    } catch {
      outcome = controller.signal.aborted ? "left" : "failed";
    }
    controller.abort();
    await leaving?.catch(() => undefined);
    calls.push({ callId, at, endedAt: clock.now(), outcome });
    trace.update(`${clock.now()} ${callId} ${outcome}\n`);
  };

  const liveAsAgent = async (agent: number): Promise<void> => {
    const turns = 1 + Math.floor(chance() * 6);
    for (let turn = 0; turn < turns; turn += 1) {
      await makeCall(`agent-${agent}/${turn}`, `agent-${agent}`, turn > 0);
      await clock.sleep(chance() * 10_000);
    }
  };

  // Each begins when it is due and does not wait for it: the clock looks at all who wait, at every step.
  const living: Promise<void>[] = [];
  for (const [agent, beginsAt] of givenBeginnings(chance).entries()) {
    await clock.advance(beginsAt - clock.now());
    living.push(liveAsAgent(agent));
  }
  await clock.advance(clockTime(25) - clock.now());
  await Promise.all(living);

  return {
    arrivals,
    calls,
    events,
    trace: trace.digest("hex"),
    left: {
      inFlight: scheduler.describe().reduce((sum, { inFlight }) => sum + inFlight, 0),
      timers: clock.sleeping,
      streams: upstreams.reduce((sum, { upstream }) => sum + upstream.open, 0),
    },
  };
}

/** When the agents begin, in order: two of three between 8:00 and 18:00. */
function givenBeginnings(chance: RandomSource): readonly number[] {
  const beginnings = Array.from({ length: AGENTS }, () =>
    Math.round(chance() < 2 / 3 ? clockTime(8 + 10 * chance()) : MIDNIGHT + DAY * chance()),
  );
  return beginnings.sort((one, other) => one - other);
}

/** What becomes of a request that comes now. */
interface Fate {
  readonly turn: Turn;
  readonly afterMs: number;
  readonly askedToWaitMs?: number | undefined;
}
type Weather = (at: number) => Fate;

function givenWeather(clock: FakeClock, chance: RandomSource): Readonly<Record<string, Weather>> {
  const fails = (error: Parameters<typeof failure>): Turn => {
    return async () => {
      throw failure(...error);
    };
  };
  const refused: Fate = { turn: fails(["network"]), afterMs: 5 };
  const well = (): Fate => ({ turn: answers(), afterMs: 200 + Math.round(1_800 * chance()) });
  const orDown =
    (weather: Weather): Weather =>
    (at) =>
      within(at, allDown) ? refused : weather(at);
  const charlies: number[] = [];

  return {
    alpha: orDown((at) => {
      if (within(at, alphaDown)) return refused;
      return chance() < 0.01 ? { turn: fails(["server-error"]), afterMs: 50 } : well();
    }),
    bravo: orDown((at) => {
      const { turn, afterMs } = well();
      if (!within(at, bravoSlow)) return { turn, afterMs };
      return chance() < 0.05 ? { turn: hangs, afterMs: 0 } : { turn, afterMs: 20 * afterMs };
    }),
    charlie: orDown(() => {
      const now = clock.now();
      while (charlies[0] !== undefined && charlies[0] <= now - 10_000) charlies.shift();
      if (charlies.length < 2) {
        charlies.push(now);
        return well();
      }
      const retryAfterMs = charlies[0]! + 10_000 - now;
      return {
        turn: fails(["rate-limited", { status: 429, retryAfterMs }]),
        afterMs: 0,
        askedToWaitMs: retryAfterMs,
      };
    }),
    delta: orDown(well),
  };
}
