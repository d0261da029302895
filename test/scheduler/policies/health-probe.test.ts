import { describe, expect, it } from "vitest";
import type { ProbeOptions } from "../../../src/scheduler/policies/health-probe.ts";
import type { Provider } from "../../../src/scheduler/providers/provider.ts";
import { answers, FakeUpstream, fails } from "../fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "../given.ts";

/** A deployment that is refused until somebody changes its key, and says what it lists when it is asked. */
async function given(
  listModels: NonNullable<Provider["listModels"]>,
  probe: ProbeOptions | "off" = { everyMs: 5_000 },
) {
  let asked = 0;
  const refusing = Object.assign(
    new FakeUpstream(
      fails(() => failure("unauthorized")),
      answers(),
    ),
    {
      listModels: (signal: AbortSignal) => {
        asked += 1;
        return listModels(signal);
      },
    },
  );
  const setting = givenScheduler([refusing, new FakeUpstream(answers())], {
    probe: probe === "off" ? undefined : probe,
  });
  const { scheduler, clock } = setting;
  await scheduler.run(givenCall());
  const isEligible = (): boolean => scheduler.describe()[0]!.cooldownUntil <= clock.now();
  return { ...setting, isEligible, asked: () => asked };
}

describe("active probes", () => {
  it("end a cooldown early when the upstream answers again", async () => {
    const { clock, isEligible, scheduler } = await given(async () => ["m"]);

    await clock.advance(4_999);
    expect(isEligible()).toBe(false);
    await clock.advance(1);

    expect(isEligible()).toBe(true);
    await scheduler.close();
  });

  it("change nothing when it does not answer, or too late", async () => {
    for (const listModels of [
      () => Promise.reject(failure("network")),
      () => new Promise<string[]>(() => undefined),
    ]) {
      const { clock, isEligible, scheduler } = await given(listModels, { everyMs: 5_000, timeoutMs: 1_000 });

      await clock.advance(20_000);

      expect(isEligible()).toBe(false);
      await scheduler.close();
      await clock.advance(0);
      expect(clock.sleeping).toBe(0);
    }
  });

  it("ask nobody who is well", async () => {
    const { clock, asked, scheduler } = await given(async () => ["m"]);

    await clock.advance(60_000);

    expect(asked()).toBe(1);
    await scheduler.close();
  });

  it("are off unless they are asked for, and leave no timer behind when the scheduler is closed", async () => {
    const off = await given(async () => ["m"], "off");
    expect(off.clock.sleeping).toBe(0);
    const on = await given(async () => ["m"]);
    expect(on.clock.sleeping).toBe(1);

    await on.scheduler.close();

    expect(on.clock.sleeping).toBe(0);
  });
});
