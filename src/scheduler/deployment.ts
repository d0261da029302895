import type { Need } from "../wires/wire.ts";
import type { DeploymentBatch } from "./batch-limits.ts";
import type { TimeoutOptions } from "./policies/deadline.ts";
import type { RateLimitScope } from "./policies/rate-limit-scope.ts";
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
  /** What it takes in one request for embeddings, where calls are batched. @defaultValue what `batching` says */
  readonly batch?: DeploymentBatch | undefined;
  /** What it may be asked for in a minute, and at once. Calls beyond go to others, or wait. @defaultValue none */
  readonly limits?: LimitOptions | undefined;
  /** How long its attempts may take, where that differs from the others: a reasoning model. @defaultValue the compiler's */
  readonly timeouts?: TimeoutOptions | undefined;
  /**
   * Who else its rate limit is the limit of: deployments with the same key (`provider` value) and model, with the same
   * `account`, or whose provider has the same name. They cool down together.
   *
   * @defaultValue "key"
   */
  readonly rateLimitScope?: RateLimitScope | undefined;
  /** Label of the account that pays for it; deployments with the same label share its quota. @defaultValue none */
  readonly account?: string | undefined;
  /** What its tokens cost. @defaultValue unknown */
  readonly price?: Price | undefined;
  /** What a call may need of it, e.g. ["tools", "streaming"]. @defaultValue everything: nothing is checked */
  readonly capabilities?: readonly Need[] | undefined;
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
  readonly capabilities: readonly Need[] | undefined;
  /**
   * The same object as long as id and provider stay what they are, through every reconfiguration: what a strategy learns of
   * a deployment, it keeps under this.
   */
  readonly identity: object;
  /** Attempts under way. */
  readonly inFlight: number;
  /** Not eligible before this moment (milliseconds since the epoch); 0: eligible. */
  readonly cooldownUntil: number;
  /** Part of its weight that counts now: below 1 while it comes back after a cooldown. */
  readonly share: number;
}
