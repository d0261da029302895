/**
 * The line in front of one thing that has limited room: a deployment with limits, or this process as a whole.
 *
 *     waiters, first one first ──▶ [ reserve ] ──lease──▶ called up
 *                                      │ no room: closed until the time it names,
 *                                      └          or until a lease ends here
 *
 * Only the first asks, and only when something may have changed: a lease ended, the named time has passed, the first
 * one left. However many wait, there is one question at a time and one timer at most; an empty line has none.
 * While somebody waits nobody else gets in, so no stream of small calls starves a large one.
 */

import { type Clock, type StopTimer, startTimer } from "../clock.ts";
import { Heap } from "./heap.ts";
import type { Lease, Reservation } from "./state/shared-state.ts";

/** One who waits, perhaps in several lines at once. */
export interface Waiter {
  /** Lower goes first. */
  readonly order: number;
  /** Tells apart what is of one order: who came first. */
  readonly ticket: number;
  readonly tokens: number;
  /** Takes the lease; from here on it waits in no line. @returns false if it waits no more: then the lease is not used */
  callUp(line: WaitingLine, lease: Lease): boolean;
}

/** Asks for room for one who may use so many tokens. */
export type Reserve = (tokens: number) => Promise<Reservation>;

/** How much the newest interval between two who were called up counts. */
const NEWEST = 0.2;

export class WaitingLine {
  readonly #clock: Clock;
  #reserve: Reserve;
  readonly #waiters = new Heap<Waiter>(
    (one, other) => one.order < other.order || (one.order === other.order && one.ticket < other.ticket),
  );
  /** No claim of `#closedFor` tokens or more is worth a question before this. */
  #closedUntil = 0;
  #closedFor = 0;
  #asking = false;
  /** How often something may have made room. */
  #changes = 0;
  #stopTimer: StopTimer = () => undefined;
  #lastCallUp = 0;
  #intervalMs = 0;

  constructor(clock: Clock, reserve: Reserve) {
    this.#clock = clock;
    this.#reserve = reserve;
  }

  /** Whether somebody who comes now may ask at once. */
  isOpen(tokens: number): boolean {
    return this.#waiters.size === 0 && !this.#isClosed(tokens);
  }

  /** Asks for room, past the line. @returns `undefined` if there is none; the line is closed then */
  async tryReserve(tokens: number): Promise<Lease | undefined> {
    const changes = this.#changes;
    const reservation = await this.#reserve(tokens);
    if (reservation.lease !== undefined) return this.#watched(reservation.lease);
    // What ended meanwhile may have made the room that was missing.
    if (changes === this.#changes) {
      this.#closedUntil = this.#clock.now() + reservation.retryInMs;
      this.#closedFor = tokens;
    }
    return undefined;
  }

  /** Room is asked for in another way from here on; those who wait, wait on. */
  follow(reserve: Reserve): void {
    this.#reserve = reserve;
    this.reopen();
  }

  enter(waiter: Waiter): void {
    if (this.#waiters.size === 0) this.#lastCallUp = this.#clock.now();
    this.#waiters.add(waiter);
    this.#ask();
  }

  leave(waiter: Waiter): void {
    const isFirst = this.#waiters.first === waiter;
    if (!this.#waiters.remove(waiter)) return;
    if (this.#waiters.size === 0) this.#stopTimer();
    // The next may want less than the first did.
    else if (isFirst) this.#ask();
  }

  /** How long `waiter` would wait here, by how fast others were called up; 0 where nothing is known. */
  expectedWaitMs(waiter: Waiter): number {
    const named = this.#closedUntil - this.#clock.now();
    const byPace = (this.#waiters.countBefore(waiter) + 1) * this.#intervalMs;
    return Math.max(0, Number.isFinite(named) ? named : 0, byPace);
  }

  /** Something changed that may have made room. */
  reopen(): void {
    this.#closedUntil = 0;
    this.#changes += 1;
    this.#ask();
  }

  #ask(): void {
    if (!this.#asking && this.#waiters.size > 0) void this.#callUpAll();
  }

  async #callUpAll(): Promise<void> {
    this.#asking = true;
    this.#stopTimer();
    for (let first = this.#waiters.first; first; first = this.#waiters.first) {
      if (this.#isClosed(first.tokens)) break;
      const lease = await this.tryReserve(first.tokens);
      if (lease === undefined) continue;
      if (first.callUp(this, lease)) this.#noteCallUp();
      else lease.cancel();
    }
    this.#asking = false;
    if (this.#waiters.size > 0) this.#askWhenOpen();
  }

  #isClosed(tokens: number): boolean {
    return tokens >= this.#closedFor && this.#closedUntil > this.#clock.now();
  }

  #askWhenOpen(): void {
    if (this.#closedUntil === Number.POSITIVE_INFINITY) return;
    this.#stopTimer = startTimer(this.#clock, this.#closedUntil - this.#clock.now(), () => void this.#ask());
  }

  #noteCallUp(): void {
    const now = this.#clock.now();
    const interval = now - this.#lastCallUp;
    this.#intervalMs += (interval - this.#intervalMs) * (this.#intervalMs === 0 ? 1 : NEWEST);
    this.#lastCallUp = now;
  }

  /** A lease whose end opens the line. */
  #watched(lease: Lease): Lease {
    return {
      settle: (tokens) => {
        lease.settle(tokens);
        this.reopen();
      },
      cancel: () => {
        lease.cancel();
        this.reopen();
      },
    };
  }
}
