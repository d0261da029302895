import { describe, expect, it } from "vitest";
import type { FailureKind } from "../../src/errors.ts";
import { reactions } from "../../src/scheduler/failure.ts";

describe("reactions", () => {
  const rows: Record<FailureKind, string> = {
    "rate-limited": "retry failover unhealthy retryable",
    overloaded: "retry failover unhealthy retryable",
    "server-error": "retry failover unhealthy retryable",
    network: "retry failover unhealthy retryable",
    "malformed-response": "retry failover unhealthy retryable",
    timeout: "failover unhealthy retryable",
    conflict: "retry failover retryable",
    "quota-exhausted": "failover unhealthy",
    unauthorized: "failover unhealthy",
    "payment-required": "failover unhealthy",
    forbidden: "failover unhealthy",
    "not-found": "failover",
    "context-length-exceeded": "failover",
    "content-policy": "failover",
    "invalid-request": "",
  };

  it.each(Object.entries(rows))("says of %s: %s", (kind, expected) => {
    const reaction = reactions[kind as FailureKind];

    const held = Object.entries(reaction).filter(([, holds]) => holds);
    expect(held.map(([name]) => name).join(" ")).toBe(expected);
  });

  it("has a row for each of these kinds and no other", () => {
    expect(Object.keys(reactions).sort()).toEqual(Object.keys(rows).sort());
  });

  it("never retries where waiting does not help", () => {
    for (const { retry, retryable } of Object.values(reactions)) expect(retry && !retryable).toBe(false);
  });
});
