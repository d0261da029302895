/**
 * Batching: embedding calls that come at about the same time share one upstream request.
 *
 *     call ──▶ cut into parts ──▶ gathered with others of the same settings ──▶ one request ──▶ divided by index
 *                    │                        │                                      │
 *              that fit the             sent when full, or when            the request's fault: halves, each
 *              providers' limits        the first has waited enough        sent again; a bad input fails alone
 *
 * How long the first part waits adapts. Nothing of its kind under way: until the next turn of the event loop, so that
 * calls made together go together and a lone one goes at once. Else a tenth of the latency lately observed, at most
 * `maxWaitMs`: then waiting costs little beside what the request itself takes. Before any was observed nobody waits longer
 * than a turn.
 *
 * - Only what differs in nothing but its inputs shares a request: tenant, model and every parameter are the same.
 * - A caller that leaves before the request is sent is not in it; the request is aborted when the last has left.
 * - A failure that is the request's own (too long, refused, invalid), or an answer without a vector for each input,
 *   halves the request. n parts cost 2n − 1 requests at most. Any other failure is everybody's.
 * - A call with a deadline waits for nobody, and is not batched. Nor is one that reads otherwise than the wire says.
 * - A call that stayed alone goes on as it came, byte for byte.
 *
 * There is no timer but that of the first part that waits.
 */

import { setMaxListeners } from "node:events";
import { type Clock, type StopTimer, startTimer } from "../clock.ts";
import { ProviderError } from "../errors.ts";
import { divideAnswer, readAnswer } from "../wires/embeddings/answers.ts";
import { readInputs, settingsOf } from "../wires/embeddings/inputs.ts";
import type { BatchLimits } from "./batch-limits.ts";
import {
  cut,
  EMPTY,
  isAbove,
  isFull,
  joined,
  lastToLeave,
  type Part,
  type PartAnswer,
  type Size,
  sumOf,
  together,
} from "./batch-parts.ts";
import type { ScheduledAnswer, ScheduledCall } from "./call.ts";
import type { Layer, Run } from "./layer.ts";
import { isFaultOfRequest } from "./request-fault.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** What the layer needs of the scheduler it is in. */
export interface BatchingSetting {
  readonly clock: Clock;
  readonly maxWaitMs: number;
  /** The limits of every deployment that may get the call. Throws where there is none. */
  readonly limitsFor: (call: ScheduledCall) => BatchLimits;
}

/** The layer. */
export function batching(setting: BatchingSetting): Layer {
  return (next) => {
    const batcher = new Batcher(next, setting);
    return (call) =>
      call.wire === "embeddings" && call.deadlineMs === undefined ? batcher.run(call) : next(call);
  };
}

/** Parts of the same settings. */
interface Gathering extends Size {
  waiting: Part[];
  /** Requests on their way. */
  underWay: number;
  /** Ends the wait of the first part. */
  stopWaiting: StopTimer | undefined;
}

/** Part of the observed latency that a call may wait for others. */
const SHARE_OF_LATENCY = 0.1;
/** Weight of the newest latency in the average. */
const NEWEST = 0.2;

class Batcher {
  readonly #next: Run;
  readonly #setting: BatchingSetting;
  readonly #gatherings = new Map<string, Gathering>();
  #latencyMs: number | undefined;

  constructor(next: Run, setting: BatchingSetting) {
    this.#next = next;
    this.#setting = setting;
  }

  async run(call: ScheduledCall): Promise<ScheduledAnswer> {
    call.signal.throwIfAborted();
    const { body, headers } = call.requestFor({
      wire: call.wire,
      model: call.model ?? "",
      contextWindow: undefined,
    });
    const inputs = readInputs(body);
    if (inputs === undefined) return this.#next(call);
    const limits = this.#setting.limitsFor(call);
    const key = JSON.stringify([call.tenant, call.model, headers, settingsOf(body, inputs)]);
    const cuts = cut(inputs, limits);
    // One signal may cancel any number of parts: Node's warning of a leak at the eleventh would be false.
    setMaxListeners(0, call.signal);
    const answered = cuts.map((each) => {
      const answer = new Promise<PartAnswer>((resolve, reject) => {
        this.#gather({ ...each, call, isWhole: cuts.length === 1, resolve, reject }, key, limits);
      });
      return unlessAborted(answer, call.signal);
    });
    return joined(await Promise.all(answered));
  }

  #gather(part: Part, key: string, limits: BatchLimits): void {
    const gathering = this.#gatherings.get(key) ?? {
      waiting: [],
      ...EMPTY,
      underWay: 0,
      stopWaiting: undefined,
    };
    this.#gatherings.set(key, gathering);
    if (isAbove(limits, sumOf(gathering, part))) this.#send(gathering, key);
    gathering.waiting.push(part);
    Object.assign(gathering, sumOf(gathering, part));
    if (isFull(limits, gathering)) this.#send(gathering, key);
    else gathering.stopWaiting ??= this.#startWait(gathering, key);
  }

  #startWait(gathering: Gathering, key: string): StopTimer {
    const { clock, maxWaitMs } = this.#setting;
    const busyMs = Math.min(maxWaitMs, (this.#latencyMs ?? 0) * SHARE_OF_LATENCY);
    return startTimer(clock, gathering.underWay === 0 ? 0 : busyMs, () => this.#send(gathering, key));
  }

  /** Sends what waits. */
  #send(gathering: Gathering, key: string): void {
    gathering.stopWaiting?.();
    gathering.stopWaiting = undefined;
    const parts = gathering.waiting;
    Object.assign(gathering, { waiting: [], ...EMPTY });
    gathering.underWay += 1;
    void this.#settle(parts).finally(() => {
      gathering.underWay -= 1;
      if (gathering.underWay === 0 && gathering.waiting.length === 0) this.#gatherings.delete(key);
    });
  }

  /** Gets each part its answer or its failure; never rejects. */
  async #settle(waiting: readonly Part[]): Promise<void> {
    const parts = waiting.filter(({ call }) => !call.signal.aborted);
    const [first] = parts;
    if (first === undefined) return;
    let failure: unknown;
    try {
      const answers = await this.#ask(parts, first);
      if (answers !== undefined) {
        for (const [index, answer] of answers.entries()) parts[index]?.resolve(answer);
        return;
      }
      failure = new ProviderError("malformed-response", "the answer has not one vector for each input");
    } catch (error) {
      failure = error;
      if (!isFaultOfRequest(error)) {
        for (const part of parts) part.reject(error);
        return;
      }
    }
    if (parts.length === 1) return first.reject(failure);
    const middle = Math.ceil(parts.length / 2);
    await Promise.all([this.#settle(parts.slice(0, middle)), this.#settle(parts.slice(middle))]);
  }

  /** @returns `undefined` where the answer cannot be divided */
  async #ask(parts: readonly Part[], first: Part): Promise<readonly PartAnswer[] | undefined> {
    const startedAt = this.#setting.clock.now();
    if (parts.length === 1 && first.isWhole) {
      const answer = await this.#next(first.call);
      this.#observe(startedAt);
      return [{ answer, vectors: undefined }];
    }
    const lifetime = lastToLeave(parts);
    try {
      const answer = await this.#next(together(parts, first, lifetime.signal));
      this.#observe(startedAt);
      const { count } = parts.reduce(sumOf, EMPTY);
      const whole = readAnswer(answer.reply.body ?? new Uint8Array(), count);
      const groups = parts.map((part) => ({ count: part.count, weight: part.tokens }));
      return whole && divideAnswer(whole, groups).map((vectors) => ({ answer, vectors }));
    } finally {
      lifetime.end();
    }
  }

  #observe(startedAt: number): void {
    const latencyMs = this.#setting.clock.now() - startedAt;
    const before = this.#latencyMs ?? latencyMs;
    this.#latencyMs = before + NEWEST * (latencyMs - before);
  }
}
