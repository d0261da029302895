import type { SegmentSource } from "../segment.ts";

/** What was injected into one user turn, to be repeated byte for byte through its tool loop. */
export interface Injection {
  /** The whole block. Empty: there was nothing to inject, and the turn stays without. */
  readonly text: string;
  /** The items it is made of, each once. */
  readonly sources: readonly SegmentSource[];
}
