/**
 * Single-flight: the same repeatable call, made several times at once, is one run.
 *
 *     first call  ──▶ run ──▶ answer or failure ──▶ all who joined
 *     later calls ──▶ join, from the start of the answer, until it has ended
 *
 * - What is the same is what the key says (`cache/call-key.ts`): within a tenant, never a sampled answer.
 * - The run belongs to nobody. A caller that leaves, the first included, leaves alone; when the last has left, the run is
 *   cancelled, to the upstream's socket.
 * - A failure is everybody's: those who joined do not each try again, and nothing of it is kept for the next.
 * - A call with a deadline of its own, and one that wants a fresh answer ("no-cache"), runs alone: it would tie others to
 *   its haste, or be given what was asked for before.
 *
 * Whoever joined is told so ("joined"), made no attempt and used nothing. Where processes share a state, the whole process
 * joins the run of another in the same way (`shared-run.ts`).
 */
import { setMaxListeners } from "node:events";
import type { Clock } from "../clock.ts";
import type { CallKeys } from "./cache/call-key.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import type { Layer, Run } from "./layer.ts";
import { SharedFrames } from "./shared-frames.ts";
import type { SharedRuns } from "./shared-run.ts";
import { unlessAborted } from "./unless-aborted.ts";

/**
 * Calls under way share one run where they are the same.
 *
 * @param elsewhere - lets other processes have a part in a run; `undefined`: each process is on its own
 */
export function singleFlight(keys: CallKeys, clock: Clock, elsewhere?: SharedRuns | undefined): Layer {
  return (next) => {
    const flights = new Map<string, Flight>();
    return async (call) => {
      const repeatable = mayShare(call) ? keys(call) : undefined;
      if (repeatable === undefined) return next(call);
      const { key } = repeatable;
      const joinedAt = clock.now();
      const flying = flights.get(key);
      if (flying !== undefined) {
        const answer = await flying.join(call.signal);
        return { ...answer, attempts: 0, upstreamMs: clock.now() - joinedAt, cache: "joined" };
      }
      const run = elsewhere === undefined || call.stream ? next : elsewhere(repeatable, next);
      const flight = new Flight(call, run, () => {
        if (flights.get(key) === flight) flights.delete(key);
      });
      flights.set(key, flight);
      return flight.join(call.signal);
    };
  };
}

function mayShare({ deadlineMs, cache }: ScheduledCall): boolean {
  return deadlineMs === undefined && cache?.mode !== "no-cache";
}

class Flight {
  readonly #controller = new AbortController();
  readonly #answer: Promise<ScheduledAnswer>;
  readonly #onOver: () => void;
  #frames: SharedFrames | undefined;
  /** Callers that wait for the answer, or read it. */
  #callers = 0;

  /** @param onOver - nobody may join any more; may be called more than once */
  constructor(call: ScheduledCall, next: Run, onOver: () => void) {
    this.#onOver = onOver;
    this.#answer = this.#run(call, next);
  }

  async join(signal: AbortSignal): Promise<ScheduledAnswer> {
    // A host may give one signal to any number of calls at once; Node would warn of a leak that is none.
    setMaxListeners(0, signal);
    this.#callers += 1;
    let reads = false;
    try {
      const answer = await unlessAborted(this.#answer, signal);
      const { reply } = answer;
      // Not by `slice`, which of a Buffer is the same bytes under another name.
      if (reply.frames === undefined)
        return { ...answer, reply: { ...reply, body: new Uint8Array(reply.body) } };
      reads = this.#frames !== undefined;
      return { ...answer, reply: { ...reply, frames: this.#frames?.join(signal) ?? reply.frames } };
    } finally {
      if (!reads) this.#left(signal.reason);
    }
  }

  async #run(call: ScheduledCall, next: Run): Promise<ScheduledAnswer> {
    try {
      const answer = await next({ ...call, signal: this.#controller.signal });
      const { frames } = answer.reply;
      if (frames === undefined) this.#onOver();
      else this.#frames = new SharedFrames(frames, { onClosed: this.#onOver, onLeft: () => this.#left() });
      return answer;
    } catch (error) {
      this.#onOver();
      throw error;
    }
  }

  #left(reason?: unknown): void {
    this.#callers -= 1;
    if (this.#callers > 0) return;
    this.#onOver();
    this.#frames?.close();
    this.#controller.abort(reason);
  }
}
