/**
 * A deployment and what is known of it: attempts under way, failures in a row, cooldown.
 *
 * A cooldown is either a guess of ours or what the upstream asked for (`Retry-After`). The difference matters when
 * nobody else is left: a guess is then set aside, a wish is not. A later end replaces an earlier one, never the other
 * way round. Failures during a cooldown are the same outage: ten attempts that fail together count as one failure.
 * A success ends a guess at once; what was asked for stays.
 *
 * There is no timer: a cooldown is over when somebody looks and its time has passed.
 */

import type { ProviderError } from "../errors.ts";
import type { Deployment, DeploymentOptions } from "./deployment.ts";
import { cooldownMs } from "./policies/cooldown.ts";
import type { Price } from "./price.ts";
import type { Provider } from "./providers/provider.ts";

export class PooledDeployment implements Deployment {
  readonly id: string;
  readonly model: string;
  readonly provider: Provider;
  readonly sentModel: string | undefined;
  readonly weight: number;
  readonly contextWindow: number | undefined;
  readonly price: Price | undefined;
  readonly share: number = 1;
  #inFlight = 0;
  #cooldownUntil = 0;
  #askedUntil = 0;
  #failuresInARow = 0;

  constructor(options: DeploymentOptions) {
    this.id = options.id;
    this.model = options.model;
    this.provider = options.provider;
    this.sentModel = options.sentModel;
    this.weight = options.weight ?? 1;
    this.contextWindow = options.contextWindow;
    this.price = options.price;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get cooldownUntil(): number {
    return this.#cooldownUntil;
  }

  /** Until when the upstream asked us to stay away; 0: it did not. Never after `cooldownUntil`. */
  get askedUntil(): number {
    return this.#askedUntil;
  }

  /** One more attempt is under way. */
  begin(): void {
    this.#inFlight += 1;
  }

  /** An attempt is over, however it ended. */
  end(): void {
    this.#inFlight -= 1;
  }

  /** An attempt was answered in full. */
  succeeded(): void {
    this.#failuresInARow = 0;
    this.#cooldownUntil = this.#askedUntil;
  }

  /** An attempt failed in a way that speaks against this deployment. */
  failed(error: ProviderError, now: number): void {
    if (now >= this.#cooldownUntil) this.#failuresInARow += 1;
    const until = now + cooldownMs(error.kind, Math.max(1, this.#failuresInARow), error.retryAfterMs);
    this.#cooldownUntil = Math.max(this.#cooldownUntil, until);
    if (error.retryAfterMs !== undefined) this.#askedUntil = Math.max(this.#askedUntil, until);
  }
}
