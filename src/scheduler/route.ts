import { attemptUntilAnswered, type LoopSetting } from "./attempt.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import { ableTo } from "./capability.ts";
import type { Affinity } from "./policies/affinity.ts";
import type { Serving } from "./pool.ts";

/**
 * Takes a call to those that are able to take it, and first to the one that had its conversation before.
 *
 * @param affinity - `undefined`: off
 * @throws what `ableTo` and `attemptUntilAnswered` throw
 */
export async function routeCall(
  call: ScheduledCall,
  serving: Serving,
  setting: LoopSetting,
  affinity: Affinity | undefined,
): Promise<ScheduledAnswer> {
  const able = ableTo(call, serving);
  // Where there is no choice there is nothing to remember.
  if (affinity === undefined || serving.deployments.length < 2) {
    return attemptUntilAnswered(call, able, setting);
  }
  return affinity.keep(call, serving.model, setting.strategy, (strategy) =>
    attemptUntilAnswered(call, able, { ...setting, strategy }),
  );
}
