import { type FailureKind, ProviderError, type ProviderFacts } from "../../src/errors.ts";
import type { ScheduledAnswer, ScheduledCall } from "../../src/scheduler/call.ts";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import type { Provider } from "../../src/scheduler/providers/provider.ts";
import { createScheduler, type SchedulerOptions } from "../../src/scheduler/scheduler.ts";
import { roundRobin } from "../../src/scheduler/strategies/round-robin.ts";
import type { PromptCompilerEvent } from "../../src/telemetry.ts";
import type { Wire } from "../../src/wires/wire.ts";
import { FakeClock } from "../fake-clock.ts";

/**
 * A scheduler on a fake clock with a deployment "a", "b", "c" … of model "m" for each provider. They are tried in that
 * order, every backoff is as long as it can be, and one failure is a cooldown, unless `options` say otherwise.
 */
export function givenScheduler(
  providers: readonly Provider[],
  options: Omit<Partial<SchedulerOptions>, "deployments"> & {
    readonly each?: Partial<DeploymentOptions>;
  } = {},
) {
  const clock = new FakeClock();
  const events: PromptCompilerEvent[] = [];
  const { each, ...rest } = options;
  const scheduler = createScheduler({
    deployments: providers.map((provider, index) => ({
      id: "abcdefgh"[index]!,
      model: "m",
      provider,
      ...each,
    })),
    strategy: roundRobin(),
    clock,
    random: () => 1,
    health: { failureThreshold: 1 },
    onEvent: (event) => void events.push(event),
    ...rest,
  });
  const inFlight = (): number => scheduler.describe().reduce((sum, each) => sum + each.inFlight, 0);
  return { scheduler, clock, events, inFlight };
}

export function givenCall(call: Partial<ScheduledCall> = {}): ScheduledCall {
  const wire: Wire = call.wire ?? "chat";
  return {
    callId: "call-1",
    wire,
    model: "m",
    stream: false,
    requestFor: ({ model }) => ({ wire, body: { model, messages: [], stream: call.stream ?? false } }),
    deadlineMs: undefined,
    signal: new AbortController().signal,
    ...call,
  };
}

export const failure = (kind: FailureKind, facts: ProviderFacts = {}): ProviderError =>
  new ProviderError(kind, `fake answered ${kind}`, facts);

/** Moves time on, in steps, until `promise` is settled. */
export async function settle<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => {
    settled = true;
  });
  watched.catch(() => undefined);
  for (let step = 0; !settled && step < 100; step += 1) await clock.advance(10_000);
  return watched;
}

/** Reads an answer to its end: the data of its frames. */
export async function readAll({ reply }: ScheduledAnswer): Promise<string[]> {
  const data: string[] = [];
  for await (const frames of reply.frames ?? []) data.push(...frames.map((frame) => frame.data));
  return data;
}
