/** Which attempt meets which fault. */

import type { RandomSource } from "../../clock.ts";
import type { ProviderAttempt } from "./provider.ts";

/** Something that goes wrong with an upstream. */
export type Fault =
  /** Nobody listens there. */
  | "refused"
  /** A connection that had served before is found closed, and not a byte of an answer comes. */
  | "stale-socket"
  /** The connection breaks in place of an answer. */
  | "reset-before-headers"
  /** It breaks behind the headers, before the first chunk. */
  | "reset-after-headers"
  /** It is closed behind the first thing that was said; a whole answer breaks off in its middle. */
  | "mid-stream-cut"
  /** A chunk that is not JSON. */
  | "malformed-sse"
  /** 200, and an error where the answer belongs. */
  | "error-in-200"
  /** 200, and nothing. */
  | "empty-200"
  /** A refusal. `retry-after` and its like are read as those of a real upstream are. */
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      /** Sent as JSON. @defaultValue an error object in OpenAI's shape */
      readonly body?: object | undefined;
    }
  /** Silence: before the headers, before the first chunk, or behind the first thing that was said. */
  | {
      readonly stalls: "headers" | "first-chunk" | "mid-stream";
      /** Milliseconds after which the answer goes on. @defaultValue never: until the attempt is aborted */
      readonly forMs?: number | undefined;
    };

/**
 * Which attempts go wrong, and how:
 *
 *     fault                        every attempt
 *     [fault, "none", fault]       the first and the third; those behind the list are well
 *     { share, among, seed }       this share of them, each fault as likely as the others, the same ones every time
 *     (attempt, number) => fault   as the host decides; numbers begin at 1
 */
export type FaultPlan =
  | Fault
  | readonly (Fault | "none")[]
  | FaultShare
  | ((attempt: ProviderAttempt, number: number) => Fault | "none");

interface FaultShare {
  /** From 0, none, to 1, all. */
  readonly share: number;
  readonly among: readonly Fault[];
  /** Another seed, other attempts. @defaultValue 1 */
  readonly seed?: number | undefined;
}

/** What befalls the next attempt; `undefined`: nothing. */
type NextFault = (attempt: ProviderAttempt) => Fault | undefined;

/** Reads a plan. @throws RangeError naming a share that is none, or an empty list to choose from */
export function toNextFault(plan: FaultPlan): NextFault {
  const decide = toDecision(plan);
  let number = 0;
  return (attempt) => {
    number += 1;
    const fault = decide(attempt, number);
    return fault === "none" ? undefined : fault;
  };
}

function toDecision(plan: FaultPlan): (attempt: ProviderAttempt, number: number) => Fault | "none" {
  if (typeof plan === "function") return plan;
  if (typeof plan === "string") return () => plan;
  if (isList(plan)) return (_attempt, number) => plan[number - 1] ?? "none";
  if (!("share" in plan)) return () => plan;
  const { share, among, seed = 1 } = plan;
  if (!(share >= 0 && share <= 1)) throw new RangeError(`faulty: share must be from 0 to 1, got ${share}`);
  if (among.length === 0) throw new RangeError("faulty: among must hold at least one fault, got none");
  const random = seededRandom(seed);
  return () => {
    const isHit = random() < share;
    // Drawn either way: whether one attempt is hit does not move the others.
    const which = Math.floor(random() * among.length);
    return (isHit ? among[which] : undefined) ?? "none";
  };
}

function isList(plan: FaultPlan): plan is readonly (Fault | "none")[] {
  return Array.isArray(plan);
}

/** Numbers in [0, 1), the same for the same seed: Marsaglia's xorshift on 32 bits ("Xorshift RNGs", 2003). */
function seededRandom(seed: number): RandomSource {
  // 0 is the one state that never leaves itself; the factor spreads neighbouring seeds.
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
