/**
 * A deployment and what is known of it: attempts under way, its circuit breaker, what its upstream asked for, its retry
 * budget.
 *
 * A cooldown is either a guess of ours (the breaker) or what the upstream asked for (`Retry-After`). The difference
 * matters when nobody else is left: a guess is then set aside, a wish is not. A later end replaces an earlier one, never
 * the other way round. An answer ends a guess; what was asked for stays.
 *
 * What one deployment is refused for may be another's refusal too: rate-limit-scope.ts says whose.
 *
 * There is no timer: a cooldown is over when somebody looks and its time has passed.
 *
 * What is known outlives a reconfiguration: the deployment of the next pool with the same id and provider shares it, and
 * attempts of both pools add to it.
 */

import { type Clock, systemClock } from "../clock.ts";
import type { FailureKind, ProviderError } from "../errors.ts";
import type { Need } from "../wires/wire.ts";
import type { Deployment, DeploymentOptions } from "./deployment.ts";
import { readNumbers } from "./options.ts";
import { CircuitBreaker, type Permit } from "./policies/circuit-breaker.ts";
import { cooldownMs } from "./policies/cooldown.ts";
import { defaultTimeouts, type Timeouts } from "./policies/deadline.ts";
import { defaultHealth, type HealthRules } from "./policies/health.ts";
import { isHitToo, type RateLimitScope } from "./policies/rate-limit-scope.ts";
import { RetryBudget, type RetryBudgetRules } from "./policies/retry-budget.ts";
import type { Price } from "./price.ts";
import type { Provider } from "./providers/provider.ts";
import type { Cooldown } from "./state/shared-state.ts";

/** What all deployments of a pool have in common. */
export interface PoolSetting {
  readonly clock: Clock;
  readonly health: HealthRules;
  readonly timeouts: Timeouts;
  readonly retry: RetryBudgetRules;
}

export const defaultPoolSetting: PoolSetting = {
  clock: systemClock,
  health: defaultHealth,
  timeouts: defaultTimeouts,
  retry: { budgetShare: 0.2, budgetReserve: 10 },
};

/** What is known of a deployment. */
interface Known {
  readonly breaker: CircuitBreaker;
  readonly retries: RetryBudget;
  inFlight: number;
  askedUntil: number;
  askedBecause: FailureKind | undefined;
}

export class PooledDeployment implements Deployment {
  readonly id: string;
  readonly model: string;
  readonly provider: Provider;
  readonly sentModel: string | undefined;
  readonly weight: number;
  readonly contextWindow: number | undefined;
  readonly capabilities: readonly Need[] | undefined;
  readonly price: Price | undefined;
  readonly timeouts: Timeouts;
  readonly account: string | undefined;
  readonly rateLimitScope: RateLimitScope;
  readonly #setting: PoolSetting;
  readonly #known: Known;
  #pool: readonly PooledDeployment[] = [this];

  /**
   * @param earlier - the one whose place it takes: what is known of that is known of it
   * @throws TypeError or RangeError naming an option of `timeouts` and its value
   */
  constructor(
    options: DeploymentOptions,
    setting: PoolSetting = defaultPoolSetting,
    earlier?: PooledDeployment | undefined,
  ) {
    this.id = options.id;
    this.model = options.model;
    this.provider = options.provider;
    this.sentModel = options.sentModel;
    this.weight = options.weight ?? 1;
    this.contextWindow = options.contextWindow;
    this.capabilities = options.capabilities;
    this.price = options.price;
    this.timeouts = readNumbers("deployments.timeouts", options.timeouts, setting.timeouts);
    this.account = options.account;
    this.rateLimitScope = options.rateLimitScope ?? "key";
    this.#setting = setting;
    this.#known = earlier === undefined ? nothingYet(setting) : earlier.#known;
  }

  get identity(): object {
    return this.#known;
  }

  get retries(): RetryBudget {
    return this.#known.retries;
  }

  get inFlight(): number {
    return this.#known.inFlight;
  }

  get cooldownUntil(): number {
    return Math.max(this.#known.askedUntil, this.#known.breaker.openUntil);
  }

  get share(): number {
    return this.#known.breaker.share(this.#setting.clock.now());
  }

  /** Until when the upstream asked us to stay away; 0: it did not. Never after `cooldownUntil`. */
  get askedUntil(): number {
    return this.#known.askedUntil;
  }

  /** Why it asked. */
  get askedBecause(): FailureKind | undefined {
    return this.#known.askedBecause;
  }

  /** Tells it who else there is. @param deployments - the pool it stands in, itself included */
  joined(deployments: readonly PooledDeployment[]): void {
    this.#pool = deployments;
  }

  /** Its own rules hold from here on, whatever those of an earlier one were. */
  takeOver(): void {
    this.#known.breaker.follow(this.#setting.health);
    this.#known.retries.follow(this.#setting.retry);
  }

  /** Whether an attempt is welcome: no cooldown, and no probe under way. */
  isEligible(now: number): boolean {
    return now >= this.#known.askedUntil && this.#known.breaker.mayPass(now);
  }

  /** Whether what failed here with this kind would fail at `other` as well. */
  speaksFor(other: PooledDeployment, kind: FailureKind): boolean {
    return other === this || isHitToo(kind, this, other);
  }

  /** One more attempt is under way. @returns what to tell of it; then call `end` */
  begin(): Permit {
    this.#known.inFlight += 1;
    return this.#known.breaker.enter();
  }

  /** Its upstream answers again: what we guessed is over, what it asked for is not. */
  cameBack(): void {
    this.#known.breaker.halfOpen();
  }

  /** An attempt is over, however it ended. */
  end(): void {
    this.#known.inFlight -= 1;
  }

  /** An attempt was answered in full. */
  succeeded(permit: Permit): void {
    permit.succeeded(this.#setting.clock.now());
    this.retries.earn();
  }

  /**
   * An attempt failed in a way that speaks against this deployment.
   *
   * @returns those that are cooling down because of it: none, this one, or all whose failure it is too
   */
  failed(permit: Permit, error: ProviderError): readonly PooledDeployment[] {
    const now = this.#setting.clock.now();
    permit.failed(error, now);
    const hit = this.#pool.filter((other) => this.speaksFor(other, error.kind));
    for (const deployment of hit) {
      if (deployment !== this) deployment.#known.breaker.open(error, now);
      if (error.retryAfterMs !== undefined) {
        deployment.#noteAsked(now + cooldownMs(error.kind, 1, error.retryAfterMs), error.kind);
      }
    }
    return hit.filter((deployment) => deployment.cooldownUntil > now);
  }

  /**
   * Cools down until then at least: another process has found out. A cooldown that is over is none.
   *
   * @returns whether it cools down for longer than before
   */
  cool({ untilMs, asked, failure }: Cooldown): boolean {
    const before = this.cooldownUntil;
    if (untilMs <= this.#setting.clock.now()) return false;
    this.#known.breaker.openTo(untilMs);
    if (asked) this.#noteAsked(untilMs, failure);
    return this.cooldownUntil > before;
  }

  #noteAsked(until: number, because: FailureKind): void {
    if (until <= this.#known.askedUntil) return;
    Object.assign(this.#known, { askedUntil: until, askedBecause: because });
  }
}

function nothingYet({ clock, health, retry }: PoolSetting): Known {
  return {
    breaker: new CircuitBreaker(health),
    retries: new RetryBudget(retry, clock.now()),
    inFlight: 0,
    askedUntil: 0,
    askedBecause: undefined,
  };
}
