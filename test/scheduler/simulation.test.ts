import { beforeAll, describe, expect, it } from "vitest";
import {
  type Arrival,
  allDown,
  alphaDown,
  DELTA_RPM,
  type SimulatedDay,
  type Span,
  simulateDay,
  within,
} from "./simulated-day.ts";

const MINUTE = 60_000;
const DEPLOYMENTS = 4;

describe("through a day of traffic with outages, slowness and rate limits", () => {
  let day: SimulatedDay;
  beforeAll(async () => {
    day = await simulateDay(1);
  }, 60_000);

  const arrivedIn = (span: Span, deployment?: string): readonly Arrival[] =>
    day.arrivals.filter(
      (arrival) => within(arrival.at, span) && (deployment ?? arrival.deployment) === arrival.deployment,
    );
  const shareOfAlpha = (span: Span): number => arrivedIn(span, "alpha").length / arrivedIn(span).length;

  it("the same seed always gives the same trace, and another seed another", async () => {
    const [again, another] = [await simulateDay(1), await simulateDay(2)];

    expect(day.calls.length).toBeGreaterThan(5_000);
    expect(again.trace).toBe(day.trace);
    expect(another.trace).not.toBe(day.trace);
  });

  it("a call fails only while every deployment is down, and none that begins afterwards", () => {
    const failed = day.calls.filter(({ outcome }) => outcome === "failed");

    expect(failed.length).toBeGreaterThan(0);
    expect(failed.filter(({ at }) => !within(at, allDown))).toEqual([]);
    expect(failed.length / day.calls.length).toBeLessThan(0.03);
  });

  it("no call reaches the upstreams more often than there are deployments, and an average one once (defect 21)", () => {
    const requests = new Map<string, number>();
    for (const { callId } of day.arrivals) requests.set(callId, (requests.get(callId) ?? 0) + 1);

    expect(Math.max(...requests.values())).toBe(DEPLOYMENTS);
    expect(day.arrivals.length / day.calls.length).toBeLessThan(1.1);
  });

  it("a deployment that is down gets a probe a minute at most, and its share again once it is back", () => {
    const [, backAt] = alphaDown;

    const minutesDown = (backAt - alphaDown[0]) / MINUTE;
    // The first cooldowns are shorter: 1 s, 2 s, 4 s … 32 s.
    expect(arrivedIn(alphaDown, "alpha").length).toBeLessThan(minutesDown + 10);
    expect(shareOfAlpha(alphaDown)).toBeLessThan(0.1);
    expect(shareOfAlpha([backAt, backAt + 60 * MINUTE])).toBeGreaterThan(0.2);
  });

  it("an upstream that asked for a pause is left alone until it is over (defect 22)", () => {
    const refusals = day.arrivals.filter(({ askedToWaitMs }) => askedToWaitMs !== undefined);
    const early = refusals.filter(({ at, deployment, askedToWaitMs = 0 }) =>
      arrivedIn([at + 1, at + askedToWaitMs], deployment).some(() => true),
    );

    expect(refusals.length).toBeGreaterThan(100);
    expect(early).toEqual([]);
  });

  it("in no minute does a deployment get more requests than its limit (defect 47)", () => {
    const times = day.arrivals.filter(({ deployment }) => deployment === "delta").map(({ at }) => at);
    const spans = times.slice(DELTA_RPM).map((at, index) => at - times[index]!);

    expect(times.length).toBeGreaterThan(500);
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(MINUTE);
  });

  it("every attempt that starts ends, and nothing is left in flight (defect 46)", () => {
    const count = (type: string): number => day.events.filter((event) => event.type === type).length;

    expect(day.calls.filter(({ outcome }) => outcome === "left").length).toBeGreaterThan(50);
    expect(count("attempt-end")).toBe(count("attempt-start"));
    expect(count("attempt-start")).toBe(day.arrivals.length);
    expect(day.left).toEqual({ inFlight: 0, timers: 0, streams: 0 });
  });
});
