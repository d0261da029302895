/**
 * The exact cache, around everything else: a call that was answered before is answered again, without an attempt.
 *
 *     mode             looks up   keeps
 *     default          yes        yes      "max-age=n": only what is no older
 *     no-cache         no         yes      a fresh answer, for the next who asks
 *     no-store         no         no       not even a key is computed
 *     only-if-cached   yes        –        what is not there is `PC_NOT_CACHED` (only-if-cached.ts)
 *
 * Asked for by what the caller wants, kept under what happened: the entry names the deployment that answered, after any
 * failover.
 */
import type { Clock } from "../../clock.ts";
import { isSpared, type ScheduledAnswer, type ScheduledCall } from "../call.ts";
import type { Layer } from "../layer.ts";
import type { AnswerStore, Epoch } from "./answer-store.ts";
import { type CachedAnswer, replay } from "./cached-answer.ts";
import type { CallKeys, RepeatableCall } from "./call-key.ts";
import { type Recording, record } from "./recorder.ts";

export function exactCache(store: AnswerStore, keys: CallKeys, clock: Clock): Layer {
  return (next) => async (call) => {
    const repeatable = keys(call);
    if (repeatable === undefined) return next(call);
    const { tenant, key } = repeatable;
    const epoch = await store.epoch(tenant);
    if (epoch === undefined) return next(call);
    const cached = call.cache?.mode === "no-cache" ? undefined : await store.get(tenant, key, epoch);
    call.signal.throwIfAborted();
    if (cached !== undefined && isFreshEnough(cached.storedAt, call, clock))
      return replay(cached, "hit", call.signal);
    return keepAnswer(await next(call), { call, repeatable, store, epoch, clock });
  };
}

/** Whether the caller takes an answer of this age. */
export function isFreshEnough(storedAt: number, { cache }: ScheduledCall, clock: Clock): boolean {
  const maxAgeMs = (cache?.maxAgeSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
  return clock.now() - storedAt <= maxAgeMs;
}

interface Keeping {
  readonly call: ScheduledCall;
  readonly repeatable: RepeatableCall;
  readonly store: AnswerStore;
  readonly epoch: Epoch;
  readonly clock: Clock;
}

/** The same answer, which will be kept once it is whole. One that was shared is kept by whom it was made for. */
function keepAnswer(
  answer: ScheduledAnswer,
  { call, repeatable, store, epoch, clock }: Keeping,
): ScheduledAnswer {
  if (isSpared(answer.cache ?? "bypass")) return answer;
  const reply = record(answer.reply, {
    wire: call.wire,
    maxBytes: store.maxAnswerBytes,
    keep: (recording) => store.put(toCached(answer, recording, call, repeatable, clock.now()), epoch),
  });
  return { ...answer, reply, cache: "miss" };
}

export function toCached(
  answer: ScheduledAnswer,
  { said, answerId, usage }: Recording,
  call: ScheduledCall,
  { tenant, key, keeper }: RepeatableCall,
  storedAt: number,
): CachedAnswer {
  const { deployment, sentModel, servedModel, dropped, reply } = answer;
  return {
    facts: {
      tenant,
      key,
      keeper,
      callId: call.callId,
      answerId,
      requestedModel: call.model,
      deployment,
      sentModel,
      servedModel,
      contextIds: call.contextIds?.() ?? [],
    },
    storedAt,
    status: reply.status,
    contentType: reply.headers["content-type"],
    dropped,
    usage,
    said,
  };
}
