import { describe, expect, it } from "vitest";
import { localState } from "../../../src/scheduler/state/local.ts";
import { describeSharedState } from "../../contracts/shared-state.ts";
import { FakeClock } from "../../fake-clock.ts";

describeSharedState("local", {
  runs: 200,
  skip: Object.fromEntries(
    ["L15", "L16", "L17", "L18"].map((id) => [id, "in one process a run is a flight already"]),
  ),
  create: async () => {
    const clock = new FakeClock();
    const state = localState({ clock });
    return {
      state,
      // Compilers of one process that are given the same value.
      another: () => state,
      now: () => clock.now(),
      settled: async () => {},
      dispose: async () => expect(clock.sleeping).toBe(0),
    };
  },
});

describe("local state", () => {
  it("has room again when the minute is over, and not before", async () => {
    const clock = new FakeClock();
    const state = localState({ clock });
    const claim = { key: "a", limits: { rpm: 1 }, tokens: 0 };
    await state.reserve(claim);

    const { retryInMs } = (await state.reserve(claim)) as { retryInMs: number };
    await clock.advance(retryInMs - 1);
    expect((await state.reserve(claim)).lease).toBeUndefined();

    await clock.advance(1);
    expect((await state.reserve(claim)).lease).toBeDefined();
  });

  it("names no time where a place is missing: only a lease that ends makes room", async () => {
    const state = localState({ clock: new FakeClock() });
    const claim = { key: "a", limits: { parallel: 1 }, tokens: 0 };
    await state.reserve(claim);

    expect(await state.reserve(claim)).toEqual({ lease: undefined, retryInMs: Number.POSITIVE_INFINITY });
  });
});
