/**
 * Active probes: asks deployments that are down whether they are back, so that no call has to find out. Off unless it is
 * asked for.
 *
 *     every everyMs: each provider with a deployment in a cooldown of our own guess ──▶ its list of models
 *         it answers   the cooldown is over: the next call is let through, as the breaker's probe
 *         it does not  nothing changes
 *
 * Listing models costs nothing anywhere, and says that upstream and key are well, not that the model is: that is why an
 * answer only ends a wait, and a call decides. A provider that cannot list is not probed, nor is a deployment whose upstream
 * said how long it wants to be left alone. A provider is asked once, however many deployments share it.
 *
 * One timer, which keeps a process alive until `close`.
 */

import type { Clock } from "../../clock.ts";
import type { PooledDeployment } from "../pooled-deployment.ts";
import type { Provider } from "../providers/provider.ts";
import { unlessAborted } from "../unless-aborted.ts";

/** How often deployments that are down are asked whether they are back. */
export interface ProbeOptions {
  /** Milliseconds between two rounds. @defaultValue 10_000 */
  readonly everyMs?: number | undefined;
  /** Milliseconds after which an answer comes too late. @defaultValue 5_000 */
  readonly timeoutMs?: number | undefined;
}

export type ProbeRules = { readonly [Name in keyof ProbeOptions]-?: number };

export const defaultProbe: ProbeRules = { everyMs: 10_000, timeoutMs: 5_000 };

/**
 * Begins to probe.
 *
 * @param deployments - as they are at the time of each round
 * @returns what ends it, together with the round under way
 */
export function startProbing(
  deployments: () => readonly PooledDeployment[],
  { everyMs, timeoutMs }: ProbeRules,
  clock: Clock,
): () => void {
  const closing = new AbortController();
  const { signal } = closing;

  const isBack = async (provider: Provider): Promise<boolean> => {
    const asking = new AbortController();
    const leave = (): void => asking.abort(new Error("nobody waits for this probe"));
    signal.addEventListener("abort", leave, { once: true });
    clock.sleep(timeoutMs, asking.signal).then(leave, () => undefined);
    try {
      await unlessAborted(Promise.resolve(provider.listModels?.(asking.signal)), asking.signal);
      return !asking.signal.aborted;
    } catch {
      return false;
    } finally {
      signal.removeEventListener("abort", leave);
      leave();
    }
  };

  const round = async (): Promise<void> => {
    const down = deployments().filter(
      (deployment) =>
        deployment.provider.listModels !== undefined &&
        deployment.cooldownUntil > clock.now() &&
        deployment.askedUntil <= clock.now(),
    );
    const providers = [...new Set(down.map(({ provider }) => provider))];
    await Promise.all(
      providers.map(async (provider) => {
        if (!(await isBack(provider))) return;
        for (const deployment of down) if (deployment.provider === provider) deployment.cameBack();
      }),
    );
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal);
      await round();
    }
  };
  // Rejects only when it is closed, in the middle of a wait.
  run().catch(() => undefined);
  return () => closing.abort(new Error("probing has ended"));
}
