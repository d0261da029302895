import type { Claim, Lease, Reservation } from "./shared-state.ts";
import { SlidingWindow } from "./sliding-window.ts";

/**
 * What one process has taken of the limits of one key. Requests, tokens and places are counted apart: a limit that is
 * used up says nothing of the others.
 */
export class KeyLimits {
  readonly requests = new SlidingWindow();
  readonly tokens = new SlidingWindow();
  #held = 0;

  /** Leases that have not ended. */
  get held(): number {
    return this.#held;
  }

  /** Takes the claim if all of it fits. */
  reserve(claim: Claim, now: () => number): Reservation {
    const retryInMs = this.roomIn(claim, now());
    return retryInMs === 0 ? { lease: this.take(claim, now) } : { lease: undefined, retryInMs };
  }

  /** Milliseconds until the claim fits; 0: now; `Infinity`: not before a lease ends. */
  roomIn({ limits, tokens }: Claim, now: number): number {
    const { rpm, tpm, parallel } = limits;
    if (parallel !== undefined && this.#held >= parallel) return Number.POSITIVE_INFINITY;
    return Math.max(
      rpm === undefined ? 0 : this.requests.roomIn(1, rpm, now),
      tpm === undefined ? 0 : this.tokens.roomIn(Math.min(tokens, tpm), tpm, now),
    );
  }

  /** Takes the claim, whether it fits or not. */
  take({ limits, tokens }: Claim, now: () => number): Lease {
    const { rpm, tpm } = limits;
    const estimate = Math.min(tokens, tpm ?? 0);
    const requestSlot = rpm === undefined ? undefined : this.requests.add(1, now());
    const tokenSlot = tpm === undefined ? undefined : this.tokens.add(estimate, now());
    this.#held += 1;
    return once((used, sent) => {
      this.#held -= 1;
      if (tokenSlot !== undefined) this.tokens.correct(tokenSlot, (used ?? estimate) - estimate, now());
      if (requestSlot !== undefined && !sent) this.requests.correct(requestSlot, -1, now());
    });
  }
}

/** A lease that ends once. @param end - gets what was used, and whether anything was sent */
export function once(end: (tokens: number | undefined, sent: boolean) => void): Lease {
  let open = true;
  const endOnce = (tokens: number | undefined, sent: boolean): void => {
    if (!open) return;
    open = false;
    end(tokens, sent);
  };
  return { settle: (tokens) => endOnce(tokens, true), cancel: () => endOnce(0, false) };
}

/** The counters of a key. There are as many as deployments have limits: nothing grows with the calls. */
export function limitsOf(limits: Map<string, KeyLimits>, key: string): KeyLimits {
  const known = limits.get(key) ?? new KeyLimits();
  limits.set(key, known);
  return known;
}
