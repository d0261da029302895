/**
 * Deadlines of one attempt: aborts its signal when the upstream, or the consumer of its answer, takes too long.
 *
 *     start ──────────── reply ──────── first chunk ───── chunk ───── chunk ─ … ─ end
 *       │◀── headersMs ───▶│                 │◀ betweenChunksMs ▶│
 *       │◀────────── firstChunkMs ──────────▶│                                      │
 *       │◀─────────────────────────────── totalMs, the call's deadline ────────────▶│
 *
 * A first chunk says something: comments, roles and pings do not count, so an upstream that only keeps the connection
 * alive is found out. Between chunks only the time spent waiting for the upstream counts. A consumer that holds the
 * answer and does not come back for ten minutes is taken to be gone: nothing it has abandoned stays open.
 *
 * The signal is a child of the caller's: it aborts with the caller's reason, and a timeout here leaves the caller's
 * alone, so that another attempt can follow.
 *
 * There is one timer. What happens moves a timestamp and no timer: when the timer fires, it looks how much of the time is
 * really over, and sleeps for the rest.
 */

import { type Clock, type StopTimer, startTimer } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";

/** How long the parts of one attempt may take, in milliseconds; `Infinity`: no limit. */
export interface TimeoutOptions {
  /** Until the reply begins; where the answer is not streamed, until all of it is here. @defaultValue 600_000 */
  readonly headersMs?: number | undefined;
  /** From the start of the attempt to the first chunk that says something. @defaultValue 120_000 */
  readonly firstChunkMs?: number | undefined;
  /** Between two chunks. @defaultValue 120_000 */
  readonly betweenChunksMs?: number | undefined;
  /** For the whole attempt, to the end of the stream. @defaultValue Infinity */
  readonly totalMs?: number | undefined;
}

export type Timeouts = { readonly [Name in keyof TimeoutOptions]-?: number };

export const defaultTimeouts: Timeouts = {
  headersMs: 600_000,
  firstChunkMs: 120_000,
  betweenChunksMs: 120_000,
  totalMs: Number.POSITIVE_INFINITY,
};

/** How long a consumer may hold an answer without coming back for more. */
const ABANDONED_MS = 600_000;

/** When something must have happened, and what is said when it has not. */
interface Limit {
  readonly at: number;
  /** Put into words only where it comes to that: of most attempts nothing is said. */
  readonly missed: () => string;
  /** Whether missing it speaks against the deployment. */
  readonly blame: boolean;
}

interface AttemptFacts {
  /** Id of the deployment, for the message. */
  readonly deployment: string;
  readonly stream: boolean;
  /** The caller's. */
  readonly signal: AbortSignal;
  /** The call's deadline, in milliseconds since the epoch; `Infinity`: none. */
  readonly deadlineAt: number;
}

export class AttemptDeadline {
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #facts: AttemptFacts;
  readonly #controller = new AbortController();
  readonly #startedAt: number;
  /** Limits that hold to the end of the attempt. */
  readonly #lasting: readonly Limit[];
  #phase: "reply" | "first-chunk" | "chunks" = "reply";
  /** In phase "chunks": whose turn it is, and since when. */
  #turn: "upstream" | "consumer" = "consumer";
  #turnSince = 0;
  #stopTimer: StopTimer = () => undefined;
  #blameless = false;

  constructor(clock: Clock, timeouts: Timeouts, facts: AttemptFacts) {
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#facts = facts;
    this.#startedAt = clock.now();
    this.#lasting = [
      this.#limit("totalMs", "did not finish"),
      { at: facts.deadlineAt, missed: () => "was not done by the call's deadline", blame: false },
    ];
    if (facts.signal.aborted) this.#follow();
    else {
      facts.signal.addEventListener("abort", this.#follow, { once: true });
      this.#watch();
    }
  }

  /** Aborts with the caller's reason, or with a "timeout" `ProviderError`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether time ran out for a reason that is not the deployment's: the call's deadline, an absent consumer. */
  get blameless(): boolean {
    return this.#blameless;
  }

  /** The reply has begun, and its frames are awaited. */
  replied(): void {
    this.#phase = "first-chunk";
  }

  /** The first chunk is here, and is handed over. */
  committed(): void {
    this.#phase = "chunks";
    this.delivered();
  }

  /** The upstream is asked for more. */
  awaiting(): void {
    this.#turn = "upstream";
    this.#turnSince = this.#clock.now();
  }

  /** The consumer has what there was. */
  delivered(): void {
    this.#turn = "consumer";
    this.#turnSince = this.#clock.now();
  }

  /** The attempt is over: no timer and no listener stays. */
  end(): void {
    this.#stopTimer();
    this.#facts.signal.removeEventListener("abort", this.#follow);
  }

  /** Ends the attempt and closes what is still open of it. */
  cancel(): void {
    this.end();
    this.#controller.abort();
  }

  readonly #follow = (): void => {
    this.#stopTimer();
    this.#controller.abort(this.#facts.signal.reason);
  };

  #watch(): void {
    const left = this.#nextLimit().at - this.#clock.now();
    // Phases and turns change without a word to the timer: asleep no longer than the shortest turn, it misses no end.
    const nap = Math.min(left, this.#timeouts.betweenChunksMs, ABANDONED_MS);
    this.#stopTimer = startTimer(this.#clock, nap, this.#look);
  }

  readonly #look = (): void => {
    const limit = this.#nextLimit();
    if (this.#clock.now() < limit.at) {
      this.#watch();
      return;
    }
    this.#blameless = !limit.blame;
    this.#controller.abort(
      new ProviderError("timeout", `deployment "${this.#facts.deployment}" ${limit.missed()}`),
    );
  };

  #nextLimit(): Limit {
    return [...this.#lasting, ...this.#phaseLimits()].reduce((first, other) =>
      other.at < first.at ? other : first,
    );
  }

  #phaseLimits(): readonly Limit[] {
    const firstChunk = this.#limit("firstChunkMs", "said nothing");
    if (this.#phase === "first-chunk") return [firstChunk];
    if (this.#phase === "reply") {
      const headers = this.#limit("headersMs", "did not reply");
      return this.#facts.stream ? [headers, firstChunk] : [headers];
    }
    if (this.#turn === "upstream") {
      return [this.#limit("betweenChunksMs", "sent no further chunk", this.#turnSince)];
    }
    const missed = (): string => `waited ${ABANDONED_MS} ms for its answer to be read`;
    return [{ at: this.#turnSince + ABANDONED_MS, missed, blame: false }];
  }

  #limit(name: keyof Timeouts, missed: string, since = this.#startedAt): Limit {
    const ms = this.#timeouts[name];
    return { at: since + ms, missed: () => `${missed} within ${ms} ms (${name})`, blame: true };
  }
}
