import type { FrameTranslation } from "./translation.ts";
import type { WireBody, WireRequest } from "./wire.ts";

/** A request in a vendor's version of its wire, and the way back for its answer. */
export interface Adapted {
  readonly request: WireRequest;
  /** What the request goes without, as paths into it: "logit_bias", "messages[].name". Each once. */
  readonly dropped: readonly string[];
  /** What it says in other words, as paths. Each once. */
  readonly changed: readonly string[];
  /** A whole answer as the wire has it: itself where nothing is to be done. `undefined`: never is. */
  readonly answer?: ((body: WireBody) => WireBody) | undefined;
  /** For the frames of one streamed answer. `undefined`: they go through as they are. */
  readonly frames?: (() => FrameTranslation) | undefined;
}

/** What is left out of these is as it came. */
export const UNCHANGED: Omit<Adapted, "request"> = { dropped: [], changed: [] };
