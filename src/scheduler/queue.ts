/**
 * Where calls wait for room. Bounded, in order of priority, and without polling.
 *
 *     order = time of arrival − priority · agingMs        lower goes first
 *
 * One step of priority is worth a head start of `agingMs`, no more: a call is overtaken only by calls that arrive within
 * that time, so none starves, and the order of two calls never changes while they wait.
 *
 * A call may stand in several lines at once and takes the first room there is. It leaves all of them at once when it is
 * called up, aborted or out of time. One that would wait past its deadline, by the pace of the line, is turned away at
 * the door, as is one that finds `maxQueue` calls waiting.
 *
 * Cost: O(log n) to enter and to leave a line; nothing while it waits, but for one timer where it has a deadline.
 */

import { type Clock, type StopTimer, startTimer } from "../clock.ts";
import { PromptCompilerError } from "../errors.ts";
import type { Lease } from "./state/shared-state.ts";
import type { Waiter, WaitingLine } from "./waiting-line.ts";

export interface QueueRules {
  readonly maxQueue: number;
  readonly agingMs: number;
}

/** What the queue must know of a call. */
export interface QueuedCall {
  readonly priority: number;
  /** What it may use, estimated. */
  readonly tokens: number;
  /** Milliseconds since the epoch; `Infinity`: no deadline. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  /** What it waits for, in the wire's word for having too little of it. */
  readonly wireCode: "rate_limit_exceeded" | "server_is_overloaded";
}

interface CalledUp {
  readonly line: WaitingLine;
  readonly lease: Lease;
}

/** Told where nothing is known of how fast the line moves. */
const RETRY_AFTER_MS = 1_000;

export class CallQueue {
  readonly #clock: Clock;
  readonly #rules: QueueRules;
  #waiting = 0;
  #tickets = 0;

  constructor(clock: Clock, rules: QueueRules) {
    this.#clock = clock;
    this.#rules = rules;
  }

  /** Calls that wait now. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Waits until one of the lines calls up.
   *
   * @param lines - at least one
   * @throws PromptCompilerError `PC_QUEUE_FULL`; `signal.reason` on abort
   */
  async wait(call: QueuedCall, lines: readonly WaitingLine[]): Promise<CalledUp> {
    const { signal, deadlineAt } = call;
    signal.throwIfAborted();
    let stopTimer: StopTimer = () => undefined;
    try {
      return await new Promise<CalledUp>((resolve, reject) => {
        let waits = true;
        const leave = (): boolean => {
          if (!waits) return false;
          waits = false;
          this.#waiting -= 1;
          for (const line of lines) line.leave(waiter);
          signal.removeEventListener("abort", onAbort);
          return true;
        };
        const onAbort = (): void => void (leave() && reject(signal.reason));
        const waiter: Waiter = {
          order: this.#clock.now() - call.priority * this.#rules.agingMs,
          ticket: this.#tickets++,
          tokens: call.tokens,
          callUp: (line, lease) => {
            const waited = leave();
            if (waited) resolve({ line, lease });
            return waited;
          },
        };
        this.#checkDoor(call, waiter, lines);
        this.#waiting += 1;
        signal.addEventListener("abort", onAbort, { once: true });
        if (deadlineAt < Number.POSITIVE_INFINITY) {
          stopTimer = startTimer(this.#clock, deadlineAt - this.#clock.now(), () => {
            if (leave()) reject(refusal(call, "had no room before the call's deadline", lines, waiter));
          });
        }
        for (const line of lines) if (waits) line.enter(waiter);
      });
    } finally {
      stopTimer();
    }
  }

  #checkDoor(call: QueuedCall, waiter: Waiter, lines: readonly WaitingLine[]): void {
    const { maxQueue } = this.#rules;
    if (this.#waiting >= maxQueue) throw refusal(call, `is full: ${maxQueue} calls wait`, lines, waiter);
    if (call.deadlineAt === Number.POSITIVE_INFINITY) return;
    const wait = expectedWait(lines, waiter);
    if (this.#clock.now() + wait < call.deadlineAt) return;
    throw refusal(call, `takes about ${Math.ceil(wait)} ms, past the call's deadline`, lines, waiter);
  }
}

function refusal(
  { wireCode }: QueuedCall,
  fact: string,
  lines: readonly WaitingLine[],
  waiter: Waiter,
): PromptCompilerError {
  const retryAfterMs = Math.max(RETRY_AFTER_MS, Math.ceil(expectedWait(lines, waiter)));
  return new PromptCompilerError("PC_QUEUE_FULL", `the queue ${fact}`, { wireCode, retryAfterMs });
}

function expectedWait(lines: readonly WaitingLine[], waiter: Waiter): number {
  return Math.min(...lines.map((line) => line.expectedWaitMs(waiter)));
}
