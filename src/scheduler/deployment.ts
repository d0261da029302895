import type { Price } from "./price.ts";
import type { Provider } from "./providers/provider.ts";
import type { LimitOptions } from "./state/shared-state.ts";

/** One place that serves a model: what the host configures. */
export interface DeploymentOptions {
  /** Names it in headers, errors and telemetry; unique in the pool. */
  readonly id: string;
  /**
   * The model it serves, or a pattern with `*` for any run of characters ("claude-*"). Under a pattern the
   * requested name is sent; under a name that name is.
   */
  readonly model: string;
  readonly provider: Provider;
  /** The name to send instead of the requested one. @defaultValue the requested model */
  readonly sentModel?: string | undefined;
  /** Share of the calls, relative to the others. @defaultValue 1 */
  readonly weight?: number | undefined;
  /** Tokens the model can hold, input and output. @defaultValue unknown: not checked */
  readonly contextWindow?: number | undefined;
  /** What it may be asked for in a minute, and at once. Calls beyond go to others, or wait. @defaultValue none */
  readonly limits?: LimitOptions | undefined;
  /** What its tokens cost. @defaultValue unknown */
  readonly price?: Price | undefined;
}

/**
 * A deployment as strategies and the attempt loop see it: its options, and what is known of it right now. The state
 * is counters only; nothing in it belongs to one call.
 */
export interface Deployment {
  readonly id: string;
  readonly model: string;
  readonly provider: Provider;
  readonly sentModel: string | undefined;
  readonly weight: number;
  readonly contextWindow: number | undefined;
  readonly price: Price | undefined;
  /** Attempts under way. */
  readonly inFlight: number;
  /** Not eligible before this moment (milliseconds since the epoch); 0: eligible. */
  readonly cooldownUntil: number;
  /** Part of its weight that counts now: below 1 while it comes back after a cooldown. */
  readonly share: number;
}
