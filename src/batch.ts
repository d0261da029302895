/**
 * A batch: many calls with no hurry, a few at a time, behind everything that has some.
 *
 *     waiting ──▶ under way ──▶ succeeded | failed
 *        └────────────┴───────▶ cancelled          by `cancel()`, or the call's own signal
 *
 * Each request is a call of its own, with retry, failover and all else; one that fails stops none of the others. A
 * result is kept until the batch itself is let go, so that it may be read late, or twice.
 */

import { setMaxListeners } from "node:events";
import type {
  CallContext,
  ChatCompletion,
  ChatRequest,
  EmbeddingRequest,
  EmbeddingResponse,
} from "./chat.ts";

export type BatchRequest = ChatRequest | EmbeddingRequest;

/** What holds for every call of a batch. */
export interface BatchCall extends CallContext {
  /** Calls under way at once. @defaultValue 4 */
  readonly concurrency?: number | undefined;
  /** Place in the queue of each call: behind calls that name none. @defaultValue -100 */
  readonly priority?: number | undefined;
}

export const batchDefaults = { concurrency: 4, priority: -100 };

/** What came of one request. `index` is its place among the requests. */
export type BatchResult = { readonly index: number } & (
  | { readonly status: "succeeded"; readonly answer: ChatCompletion | EmbeddingResponse }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "cancelled" }
);

/** How far a batch is. The counts sum to `total`. */
export interface BatchCounts {
  readonly total: number;
  readonly waiting: number;
  readonly underWay: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** A batch that goes on whether it is watched or not. Iterating gives the results in the order of the requests. */
export interface Batch extends AsyncIterable<BatchResult> {
  /** As of now. */
  readonly counts: BatchCounts;
  /** Aborts the calls under way and begins no more. What has ended stays as it is. */
  cancel(): void;
}

/** Makes one of the batch's calls. */
type Ask = (request: BatchRequest, call: CallContext) => Promise<ChatCompletion | EmbeddingResponse>;

/** Starts a batch. @throws RangeError if `concurrency` is not a positive integer */
export function startBatch(given: Iterable<BatchRequest>, batchCall: BatchCall, ask: Ask): Batch {
  const { concurrency = batchDefaults.concurrency, priority = batchDefaults.priority, ...call } = batchCall;
  if (!(Number.isSafeInteger(concurrency) && concurrency > 0)) {
    throw new RangeError(`batch: concurrency must be a positive integer, got ${concurrency}`);
  }
  const requests = [...given];
  const cancelling = new AbortController();
  const signal = call.signal ? AbortSignal.any([call.signal, cancelling.signal]) : cancelling.signal;
  setMaxListeners(0, signal);
  const tally = { waiting: requests.length, underWay: 0, succeeded: 0, failed: 0, cancelled: 0 };

  const run = async (request: BatchRequest, index: number): Promise<BatchResult> => {
    tally.waiting -= 1;
    tally.underWay += 1;
    const result = await settle(request, index);
    tally.underWay -= 1;
    tally[result.status] += 1;
    return result;
  };

  const settle = async (request: BatchRequest, index: number): Promise<BatchResult> => {
    if (signal.aborted) return { index, status: "cancelled" };
    try {
      return { index, status: "succeeded", answer: await ask(request, { ...call, priority, signal }) };
    } catch (error) {
      return signal.aborted ? { index, status: "cancelled" } : { index, status: "failed", error };
    }
  };

  const results = fewAtATime(requests, concurrency, run);
  return {
    get counts() {
      return { total: requests.length, ...tally };
    },
    cancel: () => cancelling.abort(),
    async *[Symbol.asyncIterator]() {
      for (const result of results) yield await result;
    },
  };
}

/** Runs `work` for each item, in order, so many at a time. `work` never rejects. */
function fewAtATime<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item, index: number) => Promise<Result>,
): readonly Promise<Result>[] {
  const begin: (() => void)[] = [];
  const next = (): void => begin.shift()?.();
  const results = items.map(
    (item, index) =>
      new Promise<Result>((resolve) => {
        begin.push(() => void work(item, index).then(resolve).finally(next));
      }),
  );
  for (let started = 0; started < concurrency; started += 1) next();
  return results;
}
