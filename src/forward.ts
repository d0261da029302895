import type { CallContext } from "./chat.ts";
import { agentOf, tenantOf } from "./core/sharing/access.ts";
import { countedFor, type DispatchParts } from "./dispatch.ts";
import type { ForwardedAnswer, ForwardedCall } from "./scheduler/forward.ts";

/** A request that is handed on as bytes. */
export type ForwardRequest = Pick<ForwardedCall, "model" | "wire" | "keptBy" | "bytes" | "requestFor">;

/**
 * Makes a call that nobody here reads. It tells of its beginning and its end as every call does; what it used, nobody knows.
 *
 * @throws what `Scheduler.forward` throws
 */
export async function forward(
  request: ForwardRequest,
  call: CallContext,
  callId: string,
  parts: Pick<DispatchParts, "scheduler" | "ledger" | "emit" | "clock">,
): Promise<ForwardedAnswer> {
  const { priority, deadlineMs, signal = new AbortController().signal } = call;
  const owner = { tenant: tenantOf(call), agentId: agentOf(call), group: call.group };
  const { scheduler, emit, clock } = countedFor(owner, parts);
  signal.throwIfAborted();
  const startedAt = clock.now();
  emit({ type: "call-start", callId, wire: "forwarded", requestedModel: request.model ?? "auto" });
  const end = (outcome: "succeeded" | "failed" | "cancelled"): void => {
    const durationMs = clock.now() - startedAt;
    const unknown = {
      usage: undefined,
      savedUsage: undefined,
      costUsd: undefined,
      lostUsd: undefined,
      savedUsd: undefined,
    };
    emit({ type: "call-end", callId, outcome, attempts: 1, durationMs, cache: "bypass", ...unknown });
  };
  try {
    const answer = await scheduler.forward({ ...request, callId, priority, deadlineMs, signal });
    void answer.ended.then((failure) =>
      end(signal.aborted ? "cancelled" : failure === undefined ? "succeeded" : "failed"),
    );
    return answer;
  } catch (error) {
    end(signal.aborted ? "cancelled" : "failed");
    throw error;
  }
}
