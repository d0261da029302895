/**
 * Admission: what this process takes on at all. A call gets in, or waits in the queue, or is refused at once; the limits
 * of deployments come later and wait in the same queue.
 *
 *     call ──▶ its bytes fit? ──▶ a place free? ──▶ attempt loop ──▶ answer ends: place and bytes are given back
 *                  │ no               │ no
 *                  ▼                  └──▶ queue
 *               refused
 *
 * Memory is what calls take that wait as well as those under way, so bytes count from the door on and are never waited
 * for: more than fits would have to be held to wait. A single request larger than the whole budget gets in when it is
 * alone. What was taken is given back once, when the last of the answer is through, however that ends.
 */

import type { Clock } from "../clock.ts";
import { PromptCompilerError } from "../errors.ts";
import type { ScheduledCall } from "./call.ts";
import type { CallQueue, QueueRules } from "./queue.ts";
import { KeyLimits } from "./state/key-limits.ts";
import type { Lease } from "./state/shared-state.ts";
import { WaitingLine } from "./waiting-line.ts";

/** How much one process takes on. */
export interface AdmissionOptions {
  /** Calls under way at once, to the end of their answers; others wait. @defaultValue Infinity */
  readonly parallel?: number | undefined;
  /** Calls that may wait, here and for the limits of deployments; others are refused. @defaultValue 1000 */
  readonly maxQueue?: number | undefined;
  /** Bytes that the requests of all calls may have, those that wait included: 256 MiB. @defaultValue 268_435_456 */
  readonly maxBytesInFlight?: number | undefined;
  /** Head start that one step of priority is worth in the queue, in milliseconds. @defaultValue 10_000 */
  readonly agingMs?: number | undefined;
}

export interface AdmissionRules extends QueueRules {
  readonly parallel: number;
  readonly maxBytesInFlight: number;
}

export const defaultAdmission: AdmissionRules = {
  parallel: Number.POSITIVE_INFINITY,
  maxQueue: 1000,
  maxBytesInFlight: 268_435_456,
  agingMs: 10_000,
};

/** Told to whoever found no memory: how long calls take is not known here. */
const RETRY_AFTER_MS = 1_000;

/** Stands around whatever takes calls in, of any kind. */
type Door = <Call extends AdmittedCall, Answer extends { readonly ended?: Promise<unknown> | undefined }>(
  next: (call: Call) => Promise<Answer>,
) => (call: Call) => Promise<Answer>;

type AdmittedCall = Pick<ScheduledCall, "bytes" | "priority" | "deadlineMs" | "signal">;

export function admission(rules: AdmissionRules, clock: Clock, queue: CallQueue): Door {
  const { parallel, maxBytesInFlight } = rules;
  const isLimited = parallel < Number.POSITIVE_INFINITY;
  const places = new KeyLimits();
  const claim = { key: "process", limits: { parallel }, tokens: 0 };
  const line = new WaitingLine(clock, async () => places.reserve(claim, () => clock.now()));
  let bytesInFlight = 0;

  /** A place for the call, and the call with what is left of its deadline. */
  const admit = async <Call extends AdmittedCall>(call: Call): Promise<[Lease | undefined, Call]> => {
    const { priority = 0, deadlineMs, signal } = call;
    const lease = line.isOpen(0) ? await line.tryReserve(0) : undefined;
    if (lease !== undefined) return [lease, call];
    const deadlineAt = clock.now() + (deadlineMs ?? Number.POSITIVE_INFINITY);
    const wireCode = "server_is_overloaded";
    const calledUp = await queue.wait({ priority, tokens: 0, deadlineAt, signal, wireCode }, [line]);
    return [
      calledUp.lease,
      deadlineMs === undefined ? call : { ...call, deadlineMs: deadlineAt - clock.now() },
    ];
  };

  return (next) => async (call) => {
    const { bytes = 0 } = call;
    if (bytesInFlight > 0 && bytesInFlight + bytes > maxBytesInFlight) {
      throw new PromptCompilerError(
        "PC_QUEUE_FULL",
        `requests of ${bytesInFlight} bytes are under way, ${bytes} more are over the budget of ${maxBytesInFlight}`,
        { wireCode: "server_is_overloaded", retryAfterMs: RETRY_AFTER_MS },
      );
    }
    bytesInFlight += bytes;
    let lease: Lease | undefined;
    const leave = (): void => {
      bytesInFlight -= bytes;
      lease?.settle(undefined);
    };
    try {
      const [place, admitted] = isLimited ? await admit(call) : [undefined, call];
      lease = place;
      const answering = next(admitted);
      const { ended } = await answering;
      if (ended === undefined) leave();
      else void ended.then(leave);
      return answering;
    } catch (error) {
      leave();
      throw error;
    }
  };
}
