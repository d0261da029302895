/**
 * How the stages of a call are put together: each stands around the next and sees the call on its way in and the answer
 * on its way out. A stage that is switched off is not there at all and costs nothing.
 *
 *     call ──▶ cache ──▶ single-flight ──▶ admission ──▶ attempt loop
 *
 * Whoever answers from further out spares the call everything further in. A layer ends a call with an answer or an error
 * of `next`, or with its own; it passes `signal.reason` on untouched.
 */

import type { ScheduledAnswer, ScheduledCall } from "./call.ts";

/** Takes a call to its answer. */
export type Run = (call: ScheduledCall) => Promise<ScheduledAnswer>;

/** Something that stands around the rest of a call's way. */
export type Layer = (next: Run) => Run;

/** A layer that is another one from time to time; `undefined`: none. A call that has entered one stays in it. */
export function changing(current: () => Layer | undefined): Layer {
  return (next) => {
    let layer: Layer | undefined;
    let run = next;
    return (call) => {
      const now = current();
      if (now !== layer) [layer, run] = [now, now?.(next) ?? next];
      return run(call);
    };
  };
}

/** Puts layers around `innermost`, the first outermost; those that are `undefined` are left out. */
export function compose(layers: readonly (Layer | undefined)[], innermost: Run): Run {
  return layers.reduceRight<Run>((next, layer) => layer?.(next) ?? next, innermost);
}
