/**
 * Whose failure a failure is: one deployment's refusal may be that of others, and asking them too would only spread it.
 *
 *     401, 403              the key's: every deployment with the same provider value, which holds the key
 *     402, no quota         the account's that pays: the same key, or the same `account`
 *     429                   as declared by `rateLimitScope` of the deployment that was refused:
 *                             "key"       the same key and model, as most vendors count
 *                             "account"   every deployment with the same `account`
 *                             "provider"  every deployment whose provider has the same name
 *     anything else         the deployment's own
 */

import type { FailureKind } from "../../errors.ts";
import type { Provider } from "../providers/provider.ts";

export type RateLimitScope = "key" | "account" | "provider";

interface ScopeFacts {
  readonly provider: Provider;
  readonly model: string;
  readonly sentModel: string | undefined;
  readonly account: string | undefined;
  readonly rateLimitScope: RateLimitScope;
}

/** Whether a failure of this kind at `failed` is one of `other` too. */
export function isHitToo(kind: FailureKind, failed: ScopeFacts, other: ScopeFacts): boolean {
  const sameKey = failed.provider === other.provider;
  const sameAccount = failed.account !== undefined && failed.account === other.account;
  switch (kind) {
    case "unauthorized":
    case "forbidden":
      return sameKey;
    case "payment-required":
    case "quota-exhausted":
      return sameKey || sameAccount;
    case "rate-limited":
      if (failed.rateLimitScope === "provider") return failed.provider.name === other.provider.name;
      if (failed.rateLimitScope === "account") return sameAccount;
      return sameKey && nameOf(failed) === nameOf(other);
    default:
      return false;
  }
}

function nameOf({ model, sentModel }: ScopeFacts): string {
  return sentModel ?? model;
}
