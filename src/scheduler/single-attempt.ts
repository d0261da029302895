/**
 * One attempt: one request to one deployment, up to its commit point and, where frames follow, to their end.
 *
 * However it ends, it ends once: succeeded, failed or cancelled. Then the deployment's counter goes back, timers and
 * listeners are gone, and what was learned of the deployment's health is noted. A cancelled attempt teaches nothing, and
 * neither does one that ran out of the call's own deadline.
 */

import type { Usage } from "../chat.ts";
import type { Clock } from "../clock.ts";
import { type FailureKind, ProviderError } from "../errors.ts";
import type { EventListener } from "../telemetry.ts";
import { codecFor } from "../wires/index.ts";
import { parseRecord } from "../wires/read.ts";
import type { Frame, Reply, WireCodec } from "../wires/wire.ts";
import type { ScheduledCall } from "./call.ts";
import { readToCommitPoint } from "./commit-point.ts";
import { type CommittedAttempt, CommittedFrames } from "./committed-frames.ts";
import { reactions } from "./failure.ts";
import { MeteredFrames, tokensUsed } from "./metered-frames.ts";
import type { Permit } from "./policies/circuit-breaker.ts";
import { AttemptDeadline } from "./policies/deadline.ts";
import type { PooledDeployment } from "./pooled-deployment.ts";
import { costOf } from "./price.ts";
import { failureIn } from "./providers/thrown-failure.ts";
import { speak } from "./spoken-call.ts";
import type { Lease } from "./state/shared-state.ts";
import type { Strategy } from "./strategies/strategy.ts";
import { unlessAborted } from "./unless-aborted.ts";
import type { VendorMemories } from "./vendor-memories.ts";

/** What attempts need of the scheduler they run in. */
export interface AttemptSetting {
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly strategy: Strategy;
  readonly memories: VendorMemories;
}

interface AttemptPlan extends AttemptFacts {
  readonly call: ScheduledCall;
  readonly sentModel: string;
}

/** What every attempt goes by, whatever is asked. */
interface AttemptFacts {
  readonly call: Pick<ScheduledCall, "callId" | "stream" | "lost">;
  readonly deployment: PooledDeployment;
  /** 1 for the first of the call. */
  readonly number: number;
  /** The call's deadline, in milliseconds since the epoch; `Infinity`: none. */
  readonly deadlineAt: number;
  /** Cancels this attempt: the caller's own, or one that aborts with it and earlier, when another was answered first. */
  readonly signal: AbortSignal;
  /** Its place within the deployment's limits; `undefined`: it has none. The attempt ends it. */
  readonly lease?: Lease | undefined;
}

interface AttemptResult {
  readonly reply: Reply;
  /** Names of parameters that were left out. */
  readonly dropped: readonly string[];
  /** Names of parameters that were put into the vendor's own words. */
  readonly changed: readonly string[];
  /** What the answer, or its first frame, says it is from. */
  readonly servedModel: string | undefined;
  /** Resolves when the last frame is through, however that ends; `undefined`: there are none. */
  readonly ended?: Promise<void> | undefined;
}

/**
 * Makes the attempt and waits for its commit point.
 *
 * @throws ProviderError if it fails before that; the plan's `signal.reason` if that aborts
 */
export async function makeAttempt(plan: AttemptPlan, setting: AttemptSetting): Promise<AttemptResult> {
  const { call, deployment, sentModel } = plan;
  const codec = codecFor(call.wire);
  const spoken = speak(call, deployment, sentModel, setting.memories, setting.clock.now());
  const { dropped, changed } = spoken;

  const attempt = new Attempt(plan, setting);
  let frames: AsyncIterator<readonly Frame[]> | undefined;
  try {
    const { signal } = attempt;
    const reply = await unlessAborted(deployment.provider.send({ ...spoken.request, signal }), signal);
    if (reply.frames === undefined) {
      const { body, parsed } = spoken.answer(reply.body);
      if (plan.lease !== undefined) attempt.usage = codec.inspectBody(parsed).usage;
      attempt.succeeded();
      return { reply: { ...reply, body, parsed }, dropped, changed, servedModel: codec.servedModel(parsed) };
    }
    attempt.replied();
    if (!call.stream) {
      // Whoever asked for a whole answer reads no frames: nobody would ever end them.
      frames = reply.frames[Symbol.asyncIterator]();
      const message = `deployment "${deployment.id}" streamed where a whole answer was asked for`;
      throw new ProviderError("malformed-response", message);
    }
    frames = attempt.metered(spoken.frames(reply.frames[Symbol.asyncIterator]()), codec);
    const head = await unlessAborted(readToCommitPoint(frames, codec, deployment.id), signal);
    attempt.committed();
    const first = parseRecord(head[0]?.[0]?.data ?? "");
    const servedModel = first && codec.servedModel(first);
    const committed = { ...reply, frames: new CommittedFrames(head, frames, attempt) };
    return { reply: committed, dropped, changed, servedModel, ended: attempt.ended };
  } catch (error) {
    const reason = spoken.failure(attempt.failed(error));
    frames?.return?.().catch(() => undefined);
    throw reason;
  }
}

/** One attempt under way: what it holds, and what it tells of how it goes. */
export class Attempt implements CommittedAttempt {
  /** What the answer says was used, where a lease has to be settled with it. */
  usage: Usage | undefined;
  readonly ended: Promise<void>;
  /** Why it failed, once it has; `undefined`: it did not. */
  failure: FailureKind | undefined;
  #meter: MeteredFrames | undefined;
  #tellEnd: () => void = () => undefined;
  readonly #plan: AttemptFacts;
  readonly #setting: AttemptSetting;
  readonly #deadline: AttemptDeadline;
  readonly #startedAt: number;
  #told = false;
  #isCounted = false;
  readonly #permit: Permit;

  constructor(plan: AttemptFacts, setting: AttemptSetting) {
    const { call, deployment, deadlineAt, signal } = plan;
    this.#plan = plan;
    this.#setting = setting;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    this.#startedAt = setting.clock.now();
    this.#deadline = new AttemptDeadline(setting.clock, deployment.timeouts, {
      deployment: deployment.id,
      stream: call.stream,
      signal,
      deadlineAt,
    });
    this.#permit = deployment.begin();
    call.lost?.begun();
    setting.emit({
      type: "attempt-start",
      callId: call.callId,
      deployment: deployment.id,
      attempt: plan.number,
    });
  }

  get signal(): AbortSignal {
    return this.#deadline.signal;
  }

  /** The frames, read for what was used if that has to be accounted for. */
  metered(frames: AsyncIterator<readonly Frame[]>, codec: WireCodec): AsyncIterator<readonly Frame[]> {
    if (this.#plan.lease === undefined) return frames;
    this.#meter = new MeteredFrames(frames, codec);
    return this.#meter;
  }

  replied(): void {
    this.#deadline.replied();
  }

  committed(): void {
    this.#deadline.committed();
    this.#tell(undefined);
    this.#costs(0);
    this.#permit.committed(this.#setting.clock.now());
  }

  awaiting(): void {
    this.#deadline.awaiting();
  }

  delivered(): void {
    this.#deadline.delivered();
  }

  succeeded(): void {
    this.#deadline.end();
    this.#tell(undefined);
    this.#costs(0);
    this.#plan.deployment.succeeded(this.#permit);
    this.#end(undefined);
  }

  cancelled(): void {
    this.#deadline.cancel();
    this.#permit.cancelled();
    this.#end(undefined);
  }

  failed(error: unknown): unknown {
    const { deployment, signal, lease } = this.#plan;
    this.#deadline.cancel();
    const failure = signal.aborted ? undefined : failureIn(error, deployment.id, this.#setting.clock.now());
    // On a connection that was found closed nothing arrived, and whoever refuses uses no tokens.
    if (failure?.staleConnection) lease?.cancel();
    else if (failure?.status !== undefined) lease?.settle(0);
    const isFree = failure?.staleConnection || failure?.status !== undefined;
    this.#costs(isFree ? 0 : costOf(this.#meter?.usage, deployment.price));
    this.#end(failure?.kind);
    if (failure && this.#isUnhealthy(failure)) {
      this.#tell(failure.kind);
      for (const { id, cooldownUntil } of deployment.failed(this.#permit, failure)) {
        const facts = { deployment: id, failure: failure.kind, untilMs: cooldownUntil };
        this.#setting.emit({ type: "cooldown", ...facts, heard: false });
      }
    } else this.#permit.cancelled();
    return signal.aborted ? signal.reason : (failure ?? error);
  }

  /** An old connection says that nobody called for a while, and a call's own hurry that the caller has no time. */
  #isUnhealthy({ kind, staleConnection }: ProviderError): boolean {
    return reactions[kind].unhealthy && !staleConnection && !this.#deadline.blameless;
  }

  /** Tells the strategy how it went, once. */
  #tell(failure: FailureKind | undefined): void {
    if (this.#told) return;
    this.#told = true;
    const { clock, strategy } = this.#setting;
    strategy.observe?.(this.#plan.deployment, { elapsedMs: clock.now() - this.#startedAt, failure });
  }

  /** What it cost beside the answer, once; `undefined`: not known. */
  #costs(usd: number | undefined): void {
    if (this.#isCounted || usd === undefined) return;
    this.#isCounted = true;
    this.#plan.call.lost?.known(usd);
  }

  #end(failure: FailureKind | undefined): void {
    const { call, deployment, number, lease } = this.#plan;
    this.failure = failure;
    deployment.end();
    lease?.settle(tokensUsed(this.#meter?.usage ?? this.usage));
    this.#tellEnd();
    this.#setting.emit({
      type: "attempt-end",
      callId: call.callId,
      deployment: deployment.id,
      attempt: number,
      failure,
      durationMs: this.#setting.clock.now() - this.#startedAt,
    });
  }
}
