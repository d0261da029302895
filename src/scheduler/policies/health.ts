import type { FailureKind } from "../../errors.ts";

/** When a deployment counts as down, and how it comes back. */
export interface HealthOptions {
  /** Failures in a row after which it is left alone. @defaultValue 3 */
  readonly failureThreshold?: number | undefined;
  /** Share of failures in the window at which it is left alone; above 1: never for its share. @defaultValue 0.5 */
  readonly failureRatio?: number | undefined;
  /** Attempts in the window below which their share says nothing. @defaultValue 20 */
  readonly minimumVolume?: number | undefined;
  /** Length of the window, in milliseconds. @defaultValue 60_000 */
  readonly windowMs?: number | undefined;
  /** How long its share of the picks grows from a tenth to all of it once it is back. @defaultValue 10_000 */
  readonly slowStartMs?: number | undefined;
}

export type HealthRules = { readonly [Name in keyof HealthOptions]-?: number };

export const defaultHealth: HealthRules = {
  failureThreshold: 3,
  failureRatio: 0.5,
  minimumVolume: 20,
  windowMs: 60_000,
  slowStartMs: 10_000,
};

/**
 * Failures that need no second one to be believed: the upstream said itself that it wants to be left alone, nobody gets
 * in with this key, or a caller has waited so long for nothing that no other should.
 */
export const believedAtOnce: ReadonlySet<FailureKind> = new Set([
  "rate-limited",
  "overloaded",
  "unauthorized",
  "payment-required",
  "forbidden",
  "quota-exhausted",
  "timeout",
]);
