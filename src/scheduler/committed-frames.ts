/**
 * The frames of an answer, from its commit point to its end: what came before, then what comes.
 *
 *     open ──▶ complete   the upstream is done                        next() gives done
 *      │ └───▶ broken     it failed, took too long, or the caller     next() throws that once, then gives done
 *      │                  cancelled: at once, though the upstream
 *      │                  may not have noticed yet; or the consumer
 *      │                  found a failure in it: throw()
 *      └─────▶ left       the consumer returned early                 next() gives done
 *
 * Every way out closes the upstream and ends the attempt, exactly once, also where nobody ever asked for the first
 * frame: that is why this is an object and not a generator, whose `finally` runs only if it was begun.
 *
 * Per array of frames: one promise, two timestamps; the frames are not looked at.
 */

import type { Frame } from "../wires/wire.ts";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What the frames tell the attempt they belong to. */
export interface CommittedAttempt {
  /** Aborts when the attempt must end at once; its reason is what the consumer gets. */
  readonly signal: AbortSignal;
  awaiting(): void;
  delivered(): void;
  succeeded(): void;
  /** @returns what to throw instead of `error` */
  failed(error: unknown): unknown;
  cancelled(): void;
}

/** @typeParam Part - a frame or, of an answer that nobody reads, a chunk */
export class CommittedFrames<Part = Frame> implements AsyncIterableIterator<readonly Part[]> {
  readonly #head: (readonly Part[])[];
  readonly #upstream: AsyncIterator<readonly Part[]>;
  readonly #attempt: CommittedAttempt;
  #open = true;
  /** Set while the consumer waits. */
  #waiting:
    | {
        readonly resolve: (result: IteratorResult<readonly Part[]>) => void;
        readonly reject: (reason: unknown) => void;
      }
    | undefined;
  /** Set when the answer broke while the consumer did not wait: its next question is answered with it. */
  #untold: { readonly reason: unknown } | undefined;

  /** @param head - what was read up to the commit point; becomes this object's own */
  constructor(
    head: (readonly Part[])[],
    upstream: AsyncIterator<readonly Part[]>,
    attempt: CommittedAttempt,
  ) {
    this.#head = head;
    this.#upstream = upstream;
    this.#attempt = attempt;
    attempt.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<readonly Part[]>> {
    if (!this.#open) return this.#afterTheEnd();
    const head = this.#head.shift();
    if (head !== undefined) {
      this.#attempt.delivered();
      return Promise.resolve({ done: false, value: head });
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#attempt.awaiting();
      this.#upstream.next().then(
        (result) => {
          if (!this.#open) return;
          this.#waiting = undefined;
          this.#attempt.delivered();
          if (result.done === true) this.#complete();
          resolve(result);
        },
        (error: unknown) => this.#break(error),
      );
    });
  }

  /** Closes the upstream's connection. */
  async return(): Promise<IteratorResult<readonly Part[]>> {
    if (this.#open) {
      this.#close();
      this.#attempt.cancelled();
      this.#waiting?.resolve(DONE);
      await this.#closeUpstream();
    }
    this.#untold = undefined;
    return DONE;
  }

  /** The consumer found a failure in the frames: to the attempt it is one like any other. @throws `failure` */
  async throw(failure: unknown): Promise<never> {
    this.#break(failure);
    this.#untold = undefined;
    await this.#closeUpstream();
    throw failure;
  }

  readonly #onAbort = (): void => {
    this.#break(this.#attempt.signal.reason);
    void this.#closeUpstream();
  };

  #afterTheEnd(): Promise<IteratorResult<readonly Part[]>> {
    const untold = this.#untold;
    this.#untold = undefined;
    return untold ? Promise.reject(untold.reason) : Promise.resolve(DONE);
  }

  #complete(): void {
    this.#close();
    this.#attempt.succeeded();
  }

  #break(error: unknown): void {
    if (!this.#open) return;
    this.#close();
    const reason = this.#attempt.failed(error);
    if (this.#waiting) this.#waiting.reject(reason);
    else this.#untold = { reason };
  }

  #close(): void {
    this.#open = false;
    this.#attempt.signal.removeEventListener("abort", this.#onAbort);
  }

  async #closeUpstream(): Promise<void> {
    try {
      await this.#upstream.return?.();
    } catch {
      // The attempt is over: how its connection takes leave changes nothing any more.
    }
  }
}
