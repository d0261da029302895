/**
 * Forwarding: one attempt at a call that nobody here reads. Its body may be a stream that cannot be sent twice, and what it
 * asks for may be done already when its answer is lost: there is no retry and no failover.
 *
 *     call ──▶ who forwards its model ──▶ room there ──▶ one attempt ──▶ its bytes, as they come
 *
 * It takes its place in the limits of the deployment as any call does, and what happens to it counts for that one's health.
 */

import type { FailureKind } from "../errors.ts";
import type { LoopSetting } from "./attempt.ts";
import type { ScheduledCall } from "./call.ts";
import { CommittedFrames } from "./committed-frames.ts";
import { type Candidate, chooseNext, readyNow, shortestWait } from "./eligible.ts";
import { giveUp } from "./give-up.ts";
import type { ForwardSubject, Serving } from "./pool.ts";
import type { ForwardedReply, ForwardedRequest } from "./providers/provider.ts";
import { Attempt } from "./single-attempt.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** What the scheduler is asked to forward. */
export interface ForwardedCall
  extends ForwardSubject,
    Pick<ScheduledCall, "callId" | "bytes" | "priority" | "deadlineMs" | "signal"> {
  /** The request for a deployment that calls the model so. @param model - `undefined`: the call names none */
  readonly requestFor: (model: string | undefined) => Omit<ForwardedRequest, "model" | "signal">;
}

/** Who answered a forwarded call, and with what. */
export interface ForwardedAnswer {
  /** Id of the deployment. */
  readonly deployment: string;
  readonly reply: ForwardedReply;
  /** Resolves when the last of the answer is through: to why it broke off, `undefined` where it did not. */
  readonly ended: Promise<FailureKind | undefined>;
}

/** @throws ProviderError if the upstream refuses or fails; PromptCompilerError where nobody may be asked; `signal.reason` */
export async function forwardOnce(
  call: ForwardedCall,
  serving: Serving,
  setting: LoopSetting,
): Promise<ForwardedAnswer> {
  const { clock, strategy, limits } = setting;
  const now = clock.now();
  const deadlineAt = now + (call.deadlineMs ?? Number.POSITIVE_INFINITY);
  const candidates = serving.deployments.map(
    (deployment): Candidate => ({ deployment, attempts: 0, notBefore: 0 }),
  );
  const waitMs = shortestWait(candidates, now);
  if (waitMs > 0) throw giveUp(serving, [], waitMs, now);
  const choose = (open: readonly Candidate[]): Candidate => chooseNext(open, now, strategy);
  const { candidate, lease } = limits
    ? await limits.take(call, deadlineAt, readyNow(candidates, now), choose)
    : { candidate: choose(candidates), lease: undefined };

  const { deployment } = candidate;
  const { signal } = call;
  const plan = {
    call: { callId: call.callId, stream: true },
    deployment,
    number: 1,
    deadlineAt,
    signal,
    lease,
  };
  const model = call.model === undefined ? undefined : (deployment.sentModel ?? call.model);
  const attempt = new Attempt(plan, setting);
  try {
    if (deployment.provider.forward === undefined) throw new TypeError(`"${deployment.id}" forwards nothing`);
    const reply = await unlessAborted(
      deployment.provider.forward({ ...call.requestFor(model), model, signal: attempt.signal }),
      attempt.signal,
    );
    attempt.replied();
    // Nobody here can tell which of its bytes says something: it is the caller's from the first one on.
    attempt.committed();
    const chunks = new CommittedFrames([], reply.chunks[Symbol.asyncIterator](), attempt);
    return {
      deployment: deployment.id,
      reply: { ...reply, chunks },
      ended: attempt.ended.then(() => attempt.failure),
    };
  } catch (error) {
    throw attempt.failed(error);
  }
}
