/**
 * The limits of deployments: room is taken before an attempt and accounted for after it, by a lease.
 *
 *     candidates ──▶ those with room ──choose──▶ reserve ──▶ attempt ──▶ lease ends, however the attempt does
 *                        │ none               ▲
 *                        └──▶ the lines of all of them, whoever is free first
 *
 * A deployment without limits always has room, has no line and costs nothing here.
 *
 * The line of a deployment outlives reconfigurations: those who wait there wait on, beside those who come later, and what
 * an attempt of before gives back is room for both.
 */

import type { Clock } from "../clock.ts";
import type { ScheduledCall } from "./call.ts";
import type { DeploymentOptions } from "./deployment.ts";
import { readNumbers } from "./options.ts";
import type { CallQueue, QueuedCall } from "./queue.ts";
import type { Lease, LimitOptions, SharedState } from "./state/shared-state.ts";
import { type Reserve, WaitingLine } from "./waiting-line.ts";

/** A place at a deployment. */
export interface Place<Candidate> {
  readonly candidate: Candidate;
  /** `undefined`: the deployment has no limits. */
  readonly lease: Lease | undefined;
}

/** What limits have to know of a call. */
type LimitedCall = Pick<ScheduledCall, "inputTokens" | "outputLimit" | "priority" | "signal">;

const NO_LIMITS: LimitOptions = { rpm: undefined, tpm: undefined, parallel: undefined };

/** What the limits of a pool need of the scheduler they are in. */
export interface LimitParts {
  readonly clock: Clock;
  readonly state: SharedState;
  readonly queue: CallQueue;
  /** The lines there are already, by id of the deployment: those of this pool join them in `takeOver`. */
  readonly lines: Map<string, WaitingLine>;
}

interface LimitedLine {
  readonly line: WaitingLine;
  readonly reserve: Reserve;
}

const COMMON_OUTPUT_TOKENS = 1_024;

export class Limits {
  readonly #parts: LimitParts;
  /** By id of the deployment. */
  readonly #lines: ReadonlyMap<string, LimitedLine>;
  /** Whether any of them limits tokens: only then is it worth knowing how many a call takes. */
  readonly #countsTokens: boolean;

  private constructor(parts: LimitParts, lines: ReadonlyMap<string, LimitedLine>, countsTokens: boolean) {
    this.#parts = parts;
    this.#lines = lines;
    this.#countsTokens = countsTokens;
  }

  /**
   * Reads and checks the limits; nothing outside changes before `takeOver`.
   *
   * @returns `undefined` where no deployment has limits: then nothing is asked and nothing is counted
   */
  static of(deployments: readonly DeploymentOptions[], parts: LimitParts): Limits | undefined {
    const { clock, state } = parts;
    const lines = new Map<string, LimitedLine>();
    for (const [index, { id: key, limits: given }] of deployments.entries()) {
      if (given === undefined) continue;
      const limits = readNumbers(`deployments[${index}].limits`, given, NO_LIMITS);
      const reserve: Reserve = (tokens) => state.reserve({ key, limits, tokens });
      const line = parts.lines.get(key) ?? new WaitingLine(clock, reserve);
      lines.set(key, { line, reserve });
    }
    if (lines.size === 0) return undefined;
    return new Limits(
      parts,
      lines,
      deployments.some(({ limits }) => limits?.tpm !== undefined),
    );
  }

  /** These limits hold from here on, in lines of before too. */
  takeOver(): void {
    for (const [id, { line, reserve }] of this.#lines) {
      this.#parts.lines.set(id, line);
      line.follow(reserve);
    }
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
    call: LimitedCall,
    deadlineAt: number,
    candidates: readonly Candidate[],
    choose: (open: readonly Candidate[]) => Candidate,
  ): Promise<Place<Candidate>> {
    const tokens = this.#tokensOf(call);
    for (;;) {
      const open = candidates.filter(
        ({ deployment }) => this.#lines.get(deployment.id)?.line.isOpen(tokens) ?? true,
      );
      if (open.length === 0) {
        const { priority = 0, signal } = call;
        const queued = { priority, tokens, deadlineAt, signal, wireCode: "rate_limit_exceeded" } as const;
        return this.#wait(queued, candidates);
      }
      const candidate = choose(open);
      const line = this.#lines.get(candidate.deployment.id)?.line;
      if (line === undefined) return { candidate, lease: undefined };
      const lease = await line.tryReserve(tokens);
      if (call.signal.aborted) lease?.cancel();
      call.signal.throwIfAborted();
      if (lease !== undefined) return { candidate, lease };
    }
  }

  /** Takes a place there if there is one now. @returns `undefined`: the deployment has no limits */
  async tryTake(call: ScheduledCall, id: string): Promise<Lease | undefined | "none"> {
    const line = this.#lines.get(id)?.line;
    if (line === undefined) return undefined;
    const tokens = this.#tokensOf(call);
    const lease = line.isOpen(tokens) ? await line.tryReserve(tokens) : undefined;
    return lease ?? "none";
  }

  /** What a call may use, input and output. An answer of unknown length is taken to be of common length. */
  #tokensOf({ inputTokens, outputLimit }: LimitedCall): number {
    if (!this.#countsTokens) return 0;
    return (inputTokens?.() ?? 0) + (outputLimit?.() ?? COMMON_OUTPUT_TOKENS);
  }

  async #wait<Candidate extends { readonly deployment: { readonly id: string } }>(
    call: QueuedCall,
    candidates: readonly Candidate[],
  ): Promise<Place<Candidate>> {
    const byLine = new Map<WaitingLine, Candidate>();
    for (const candidate of candidates) {
      const line = this.#lines.get(candidate.deployment.id)?.line;
      if (line !== undefined) byLine.set(line, candidate);
    }
    const { line, lease } = await this.#parts.queue.wait(call, [...byLine.keys()]);
    const candidate = byLine.get(line);
    if (candidate === undefined) throw new TypeError("a line called up a call that did not stand in it");
    return { candidate, lease };
  }
}
