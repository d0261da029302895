/**
 * Retry budget: how many retries one deployment may get, so that an outage does not multiply the load on it.
 *
 *     an attempt that is answered     + share     at most ten reserves are kept
 *     a second                        + 1         up to the reserve
 *     a retry                         − 1         none is made with less than 1
 *
 * While a deployment answers, a share of its load may be retries; while it is down, no more than one a second. Only a
 * retry, a further attempt of the same call at the same deployment, draws from it: going on to another deployment is
 * what a call may always do. There is no timer, and every question is O(1).
 */

export interface RetryBudgetRules {
  /** Retries earned by one answer. */
  readonly budgetShare: number;
  /** Retries there are without any answer. */
  readonly budgetReserve: number;
}

const PER_SECOND = 1;
const RESERVES_KEPT = 10;

export class RetryBudget {
  #rules: RetryBudgetRules;
  #retries: number;
  #filledAt: number;

  constructor(rules: RetryBudgetRules, now: number) {
    this.#rules = rules;
    this.#retries = rules.budgetReserve;
    this.#filledAt = now;
  }

  /** Other rules hold from here on; the retries that are left stay. */
  follow(rules: RetryBudgetRules): void {
    this.#rules = rules;
  }

  /** An attempt was answered. */
  earn(): void {
    const { budgetShare, budgetReserve } = this.#rules;
    this.#retries = Math.min(RESERVES_KEPT * budgetReserve, this.#retries + budgetShare);
  }

  /** Whether a retry would be allowed now. */
  hasRetry(now: number): boolean {
    this.#fill(now);
    return this.#retries >= 1;
  }

  /** Takes a retry. @returns whether there was one */
  tryDraw(now: number): boolean {
    if (!this.hasRetry(now)) return false;
    this.#retries -= 1;
    return true;
  }

  #fill(now: number): void {
    const since = (PER_SECOND * Math.max(0, now - this.#filledAt)) / 1000;
    this.#filledAt = now;
    if (this.#retries < this.#rules.budgetReserve) {
      this.#retries = Math.min(this.#rules.budgetReserve, this.#retries + since);
    }
  }
}
