/**
 * The limits of deployments: room is taken before an attempt and accounted for after it, by a lease.
 *
 *     candidates ──▶ those with room ──choose──▶ reserve ──▶ attempt ──▶ lease ends, however the attempt does
 *                        │ none               ▲
 *                        └──▶ the lines of all of them, whoever is free first
 *
 * A deployment without limits always has room, has no line and costs nothing here.
 */

import type { Clock } from "../clock.ts";
import type { ScheduledCall } from "./call.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { readNumbers } from "./options.ts";
import type { CallQueue, QueuedCall } from "./queue.ts";
import type { Lease, LimitOptions, SharedState } from "./state/shared-state.ts";
import { WaitingLine } from "./waiting-line.ts";

/** A place at a deployment. */
export interface Place<Candidate> {
  readonly candidate: Candidate;
  /** `undefined`: the deployment has no limits. */
  readonly lease: Lease | undefined;
}

const NO_LIMITS: LimitOptions = { rpm: undefined, tpm: undefined, parallel: undefined };

const COMMON_OUTPUT_TOKENS = 1_024;

export class Limits {
  readonly #queue: CallQueue;
  /** By id of the deployment. */
  readonly #lines: ReadonlyMap<string, WaitingLine>;
  /** Whether any of them limits tokens: only then is it worth knowing how many a call takes. */
  readonly #countsTokens: boolean;

  private constructor(queue: CallQueue, lines: ReadonlyMap<string, WaitingLine>, countsTokens: boolean) {
    this.#queue = queue;
    this.#lines = lines;
    this.#countsTokens = countsTokens;
  }

  /** @returns `undefined` where no deployment has limits: then nothing is asked and nothing is counted */
  static of(
    deployments: readonly DeploymentOptions[],
    parts: { readonly clock: Clock; readonly state: SharedState; readonly queue: CallQueue },
  ): Limits | undefined {
    const { clock, state, queue } = parts;
    const lines = new Map<string, WaitingLine>();
    for (const [index, { id: key, limits: given }] of deployments.entries()) {
      if (given === undefined) continue;
      const limits = readNumbers(`deployments[${index}].limits`, given, NO_LIMITS);
      lines.set(key, new WaitingLine(clock, (tokens) => state.reserve({ key, limits, tokens })));
    }
    if (lines.size === 0) return undefined;
    return new Limits(
      queue,
      lines,
      deployments.some(({ limits }) => limits?.tpm !== undefined),
    );
  }

  /**
   * Takes a place at one of the candidates: at the one that is chosen among those with room, or, where none has any, at
   * whichever has room first.
   *
   * @param deadlineAt - of the call, in milliseconds since the epoch
   * @param candidates - at least one
   * @param choose - one of those it is given, which are never none
   * @throws PromptCompilerError `PC_QUEUE_FULL`; `signal.reason` on abort
   */
  async take<Candidate extends { readonly deployment: { readonly id: string } }>(
    call: ScheduledCall,
    deadlineAt: number,
    candidates: readonly Candidate[],
    choose: (open: readonly Candidate[]) => Candidate,
  ): Promise<Place<Candidate>> {
    const tokens = this.#tokensOf(call);
    for (;;) {
      const open = candidates.filter(
        ({ deployment }) => this.#lines.get(deployment.id)?.isOpen(tokens) ?? true,
      );
      if (open.length === 0) {
        const { priority = 0, signal } = call;
        const queued = { priority, tokens, deadlineAt, signal, wireCode: "rate_limit_exceeded" } as const;
        return this.#wait(queued, candidates);
      }
      const candidate = choose(open);
      const line = this.#lines.get(candidate.deployment.id);
      if (line === undefined) return { candidate, lease: undefined };
      const lease = await line.tryReserve(tokens);
      if (call.signal.aborted) lease?.cancel();
      call.signal.throwIfAborted();
      if (lease !== undefined) return { candidate, lease };
    }
  }

  /** Takes a place there if there is one now. @returns `undefined`: the deployment has no limits */
  async tryTake(call: ScheduledCall, id: string): Promise<Lease | undefined | "none"> {
    const line = this.#lines.get(id);
    if (line === undefined) return undefined;
    const tokens = this.#tokensOf(call);
    const lease = line.isOpen(tokens) ? await line.tryReserve(tokens) : undefined;
    return lease ?? "none";
  }

  /** What a call may use, input and output. An answer of unknown length is taken to be of common length. */
  #tokensOf({ inputTokens, outputLimit }: ScheduledCall): number {
    if (!this.#countsTokens) return 0;
    return (inputTokens?.() ?? 0) + (outputLimit?.() ?? COMMON_OUTPUT_TOKENS);
  }

  async #wait<Candidate extends { readonly deployment: { readonly id: string } }>(
    call: QueuedCall,
    candidates: readonly Candidate[],
  ): Promise<Place<Candidate>> {
    const byLine = new Map<WaitingLine, Candidate>();
    for (const candidate of candidates) {
      const line = this.#lines.get(candidate.deployment.id);
      if (line !== undefined) byLine.set(line, candidate);
    }
    const { line, lease } = await this.#queue.wait(call, [...byLine.keys()]);
    const candidate = byLine.get(line);
    if (candidate === undefined) throw new TypeError("a line called up a call that did not stand in it");
    return { candidate, lease };
  }
}
