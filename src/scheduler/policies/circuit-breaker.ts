/**
 * Circuit breaker: leaves a deployment alone that keeps failing.
 *
 *               failureThreshold in a row, failureRatio of the
 *               window, or one failure that is believed at once
 *     closed ───────────────────────────────────────────────────▶ open ◀──┐
 *       ▲                                                           │      │ the probe fails: a longer cooldown
 *       │ the probe is answered               the cooldown is over  ▼      │
 *       └───────────────────────────────────────────────────── half-open ──┘
 *
 * closed     whoever asks may pass; one success clears the count
 * open       nobody may pass
 * half-open  one at a time may pass, the probe
 *
 * "May" is advice: where nobody else is left, a call passes an open breaker, and is its probe. The first meaningful chunk
 * is an answer, so that a long stream does not keep the others out; only a complete one ends the row of ever longer
 * cooldowns.
 *
 * A cancelled attempt counts as neither success nor failure: it gives its place back and the state stays. An attempt that
 * began before the last change of state no longer counts, however it ends: ten that fail together are one failure.
 *
 * After it has closed, `share` grows from a tenth to 1 within slowStartMs: whoever is back gets its load back gradually.
 *
 * There is no timer. "open" turns into "half-open" when the next caller asks, so an idle breaker keeps nothing alive.
 */

import type { ProviderError } from "../../errors.ts";
import { cooldownMs } from "./cooldown.ts";
import { FailureWindow } from "./failure-window.ts";
import { believedAtOnce, type HealthRules } from "./health.ts";

type State =
  | { readonly name: "closed"; failures: number }
  | { readonly name: "open"; readonly until: number }
  | { readonly name: "half-open"; probing: boolean };

/** One attempt under way, as the breaker knows it: `committed` may come first, then one of the others, once. */
export interface Permit {
  /** Its first meaningful chunk is here. */
  committed(now: number): void;
  /** It was answered in full. */
  succeeded(now: number): void;
  /** It failed, and that speaks against the deployment. */
  failed(error: ProviderError, now: number): void;
  /** It ended in a way that says nothing of the deployment. */
  cancelled(): void;
}

const SMALLEST_SHARE = 0.1;

export class CircuitBreaker {
  #rules: HealthRules;
  #window: FailureWindow;
  #state: State = { name: "closed", failures: 0 };
  /** Openings since the last complete answer: each cooldown is longer than the one before. */
  #openings = 0;
  #closedAt = Number.NEGATIVE_INFINITY;

  constructor(rules: HealthRules) {
    this.#rules = rules;
    this.#window = new FailureWindow(rules.windowMs);
  }

  /** Other rules hold from here on; its state stays. A window of another length begins anew. */
  follow(rules: HealthRules): void {
    if (rules.windowMs !== this.#rules.windowMs) this.#window = new FailureWindow(rules.windowMs);
    this.#rules = rules;
  }

  /** End of the cooldown, in milliseconds since the epoch; 0: there is none. */
  get openUntil(): number {
    return this.#state.name === "open" ? this.#state.until : 0;
  }

  /** Whether an attempt that begins now is welcome. */
  mayPass(now: number): boolean {
    const state = this.#state;
    return state.name === "closed" || (state.name === "open" ? now >= state.until : !state.probing);
  }

  /** Part of its usual load that it is to get, from a tenth to 1. */
  share(now: number): number {
    const grown = (now - this.#closedAt) / this.#rules.slowStartMs;
    return grown >= 1 ? 1 : Math.max(SMALLEST_SHARE, grown);
  }

  /** An attempt begins. */
  enter(): Permit {
    this.halfOpen();
    const state = this.#state;
    const probes = state.name === "half-open" && !state.probing;
    if (probes) state.probing = true;
    return this.#permit(state, probes);
  }

  /** Opens it, or keeps it open longer, without an attempt: another one has found out. */
  open({ kind, retryAfterMs }: ProviderError, now: number): void {
    this.openTo(now + cooldownMs(kind, this.#openings + 1, retryAfterMs));
  }

  /** The same, where it is known until when. */
  openTo(until: number): void {
    if (until > this.openUntil) this.#state = { name: "open", until };
  }

  /** Ends a cooldown early: the next attempt is the probe. */
  halfOpen(): void {
    if (this.#state.name === "open") this.#state = { name: "half-open", probing: false };
  }

  #permit(granted: State, probes: boolean): Permit {
    let state = granted;
    const isCurrent = (): boolean => this.#state === state;
    return {
      committed: (now) => {
        if (!isCurrent() || state.name !== "half-open") return;
        state = this.#close(now);
      },
      succeeded: (now) => {
        if (!isCurrent()) return;
        this.#openings = 0;
        if (state.name === "half-open") this.#close(now);
        else if (state.name === "closed") state.failures = 0;
        this.#window.record(false, now);
      },
      failed: ({ kind, retryAfterMs }, now) => {
        if (!isCurrent()) return;
        this.#window.record(true, now);
        if (state.name === "closed") {
          state.failures += 1;
          if (retryAfterMs === undefined && !this.#isFailing(state.failures, kind, now)) return;
        }
        this.#openings += 1;
        this.#state = { name: "open", until: now + cooldownMs(kind, this.#openings, retryAfterMs) };
      },
      cancelled: () => {
        if (isCurrent() && probes && state.name === "half-open") state.probing = false;
      },
    };
  }

  #isFailing(inARow: number, kind: ProviderError["kind"], now: number): boolean {
    const { failureThreshold, failureRatio, minimumVolume } = this.#rules;
    return (
      believedAtOnce.has(kind) ||
      inARow >= failureThreshold ||
      this.#window.isFailing(failureRatio, minimumVolume, now)
    );
  }

  /** What failed before the cooldown is over and done with: the window begins anew. */
  #close(now: number): State {
    this.#window.clear();
    this.#closedAt = now;
    this.#state = { name: "closed", failures: 0 };
    return this.#state;
  }
}
