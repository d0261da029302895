import type { FailureKind } from "../../errors.ts";

/**
 * What the scheduler knows that others may know too: how much of a rate limit is used, how many attempts are under way,
 * who is cooling down, which calls are being answered. One process keeps it to itself (`local.ts`); several share it
 * (`redis.ts`).
 * `test/contracts/shared-state.ts` checks every line of this.
 *
 * Room is taken before an attempt and accounted for after it:
 *
 *     reserve ──no room──▶ `retryInMs`: when to ask again
 *        │ all of the claim, or none of it
 *        ▼
 *      lease ──settle──▶ the place is free; what was really used is charged instead of the estimate
 *        └─────cancel──▶ the place is free; nothing is charged: nothing was sent
 *
 * A lease ends once: whatever comes after its first `settle` or `cancel` does nothing. A lease whose process died ends
 * by itself.
 *
 * Limits of a minute are of any minute, not of the clock's: at no moment do the reservations of the last 60 s add up to
 * more. Each limit is counted by itself. A state never throws and never keeps a call waiting for somebody who is away.
 */
export interface SharedState {
  /** Names it and the place, never a credential, e.g. "local". */
  readonly name: string;

  /** Takes room for one attempt. Rejects never. */
  reserve(claim: Claim): Promise<Reservation>;

  /** Notes that nobody should ask `key` for a while. A later end replaces an earlier one, never the other way round. */
  cool(key: string, cooldown: Cooldown): void;

  /**
   * What cools down, by key, as far as is known; where that is old it is asked anew. Rejects never. Costs nothing where
   * nothing is new: then it is the promise that was given before.
   *
   * @returns `undefined` where there is nothing to learn: nobody has noted anything
   */
  cooldowns(): Promise<ReadonlyMap<string, Cooldown>> | undefined;

  /**
   * Takes a part in a run that all who share the state make once: who comes first leads, who comes while it is under way
   * follows, and who comes after it leads another. Rejects never.
   *
   * @param run - names it
   * @returns `undefined`: nobody can tell, the caller is on its own
   */
  readonly takePart?: ((run: string) => Promise<RunPart | undefined>) | undefined;

  /** Ends connections and timers. Leases that are still open may be settled after it, runs ended. */
  close(): Promise<void>;
}

/** What a deployment allows; what is left out is not limited. */
export interface LimitOptions {
  /** Requests in any minute. @defaultValue none */
  readonly rpm?: number | undefined;
  /** Tokens in any minute, input and output. @defaultValue none */
  readonly tpm?: number | undefined;
  /** Attempts under way at once. @defaultValue none */
  readonly parallel?: number | undefined;
}

/** What one attempt wants to take. */
export interface Claim {
  /** Whose limits: the id of a deployment. */
  readonly key: string;
  readonly limits: LimitOptions;
  /** What it may use, estimated. More than the whole limit counts as the whole limit: it goes when nothing else does. */
  readonly tokens: number;
}

export type Reservation =
  | { readonly lease: Lease }
  /** `retryInMs`: room may be there after this; `Infinity`: when a lease of this process ends, and not before. */
  | { readonly lease: undefined; readonly retryInMs: number };

/** Room that is taken. */
export interface Lease {
  /** @param tokens - what was really used; `undefined`: unknown, the estimate stands */
  settle(tokens: number | undefined): void;
  cancel(): void;
}

/** Time during which a deployment is not eligible. */
export interface Cooldown {
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
  /** The upstream asked for it; otherwise it is a guess of ours. */
  readonly asked: boolean;
  /** What began it. */
  readonly failure: FailureKind;
}

/** One process's part in a run. A leader that dies ends its run by that, some seconds later. */
export type RunPart =
  | {
      readonly leads: true;
      /** The run is over; a second time means nothing. @param answer - what followers are told; `undefined`: nothing */
      end(answer: Uint8Array | undefined): void;
    }
  | {
      readonly leads: false;
      /** Asks what has come of it. Rejects never. @returns `undefined`: it is over, and nothing was told */
      look(): Promise<Uint8Array | "running" | undefined>;
    };
