/**
 * Takes on every batch that is not at its end, of all tenants, whoever created it.
 *
 *     look ──▶ take the lease of each open batch, where it is free ──▶ run it, renewing ──▶ give the lease back
 *      ▲                                                                            │
 *      └── every leaseMs while there are open ones, here or elsewhere ◀─────────────┘
 *
 * The lease of a process that died runs out, and whoever looks next takes its batches over. Where nothing is open nobody
 * looks, and there is no timer: `resume` begins it again. A run that the storage breaks off is told in a "degraded"
 * event, and taken on again with a later look.
 */
import type { Clock } from "../clock.ts";
import type { EventListener } from "../telemetry.ts";
import type { BatchLeases } from "./batch-lease.ts";
import type { BatchRef, BatchStore } from "./batch-store.ts";
import type { BatchSignals } from "./run-batch.ts";

interface RunnerParts {
  readonly batches: BatchStore;
  readonly leases: BatchLeases;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly emit: EventListener;
  /** Runs one batch to its end, or until a signal says otherwise. */
  readonly run: (batch: BatchRef, signals: BatchSignals) => Promise<void>;
}

interface Run {
  readonly cancelled: AbortController;
  readonly ended: Promise<void>;
}

/** Renewals are this much more often than a lease needs. */
const RENEWALS = 3;

export class BatchRunner {
  readonly #parts: RunnerParts;
  readonly #running = new Map<string, Run>();
  readonly #closing = new AbortController();
  #watching: Promise<void> | undefined;
  #wake = new AbortController();
  #nextLook = Number.NEGATIVE_INFINITY;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Takes on what is open, in the background, if nobody looked within `leaseMs`: cheap enough for every request. */
  resume(): void {
    const now = this.#parts.clock.now();
    if (now < this.#nextLook) return;
    this.#nextLook = now + this.#parts.leaseMs;
    this.look();
  }

  /** The same at once: there is something new. */
  look(): void {
    if (this.#closing.signal.aborted) return;
    this.#wake.abort();
    this.#watching ??= this.#watch().finally(() => {
      this.#watching = undefined;
    });
  }

  /** Tells a run of this process that its batch is cancelled. */
  cancel({ id }: BatchRef): void {
    this.#running.get(id)?.cancelled.abort();
  }

  /** Begins nothing more, waits for the lines under way, and gives the batches free. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #watch(): Promise<void> {
    const { batches, clock, leaseMs } = this.#parts;
    for (let open = true; open; ) {
      this.#wake = new AbortController();
      const woken = AbortSignal.any([this.#wake.signal, this.#closing.signal]);
      try {
        open = false;
        for await (const batch of batches.open()) {
          open = true;
          if (!this.#closing.signal.aborted) this.#begin(batch);
        }
      } catch (error) {
        this.#degraded("storage", error);
        return;
      }
      if (this.#closing.signal.aborted) return;
      if (open) await clock.sleep(leaseMs, woken).catch(() => undefined);
      open ||= this.#wake.signal.aborted;
      if (this.#closing.signal.aborted) return;
    }
  }

  #begin(batch: BatchRef): void {
    if (this.#running.has(batch.id)) return;
    const cancelled = new AbortController();
    const ended = this.#hold(batch, cancelled).then(
      (atEnd) => {
        this.#running.delete(batch.id);
        if (atEnd) this.#wake.abort();
      },
      (error: unknown) => {
        this.#running.delete(batch.id);
        this.#degraded("batch", error);
      },
    );
    this.#running.set(batch.id, { cancelled, ended });
  }

  /** @returns whether it was ours to run, and is at its end */
  async #hold(batch: BatchRef, cancelled: AbortController): Promise<boolean> {
    const { leases, run } = this.#parts;
    if (!(await leases.tryTake(batch))) return false;
    const lost = new AbortController();
    const over = new AbortController();
    const keeping = this.#keep(batch, lost, cancelled, over.signal);
    try {
      const stopped = this.#closing.signal;
      await run(batch, { stopped, lost: lost.signal, cancelled: cancelled.signal });
      return !stopped.aborted && !lost.signal.aborted;
    } finally {
      over.abort();
      await keeping;
      // Where it fails the lease runs out by itself.
      await leases.release(batch).catch(() => undefined);
    }
  }

  /** Keeps the lease, and hears whether another process has cancelled the batch. */
  async #keep(
    batch: BatchRef,
    lost: AbortController,
    cancelled: AbortController,
    over: AbortSignal,
  ): Promise<void> {
    const { batches, leases, leaseMs, clock } = this.#parts;
    const everyMs = leaseMs / RENEWALS;
    let heldUntil = clock.now() + leaseMs;
    for (;;) {
      try {
        await clock.sleep(everyMs, over);
      } catch {
        return;
      }
      try {
        const askedAt = clock.now();
        if (!(await leases.renew(batch))) return lost.abort();
        heldUntil = askedAt + leaseMs;
        if ((await batches.get(batch))?.object.status === "cancelling") cancelled.abort();
      } catch {
        // Without an answer it is ours until it may be somebody else's.
        if (clock.now() + everyMs >= heldUntil) return lost.abort();
      }
    }
  }

  #degraded(what: "storage" | "batch", error: unknown): void {
    this.#parts.emit({ type: "degraded", callId: undefined, what, error });
  }
}
