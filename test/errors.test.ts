import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { isProviderError, PromptCompilerError, ProviderError } from "../src/errors.ts";

describe("isProviderError", () => {
  it("knows a failed attempt of another copy of this package", () => {
    const foreign = Object.assign(new Error("failed"), { code: "PC_PROVIDER_FAILED", kind: "network" });

    expect(isProviderError(foreign)).toBe(true);
    expect(isProviderError(new ProviderError("network", "failed"))).toBe(true);
  });

  it("knows one of another realm, which is no Error here: a test runner has its own (defect 27)", () => {
    const foreign = runInNewContext('Object.assign(new Error("x"), { code: "PC_PROVIDER_FAILED" })');

    expect(foreign instanceof Error).toBe(false);
    expect(isProviderError(foreign)).toBe(true);
  });

  it("does not take other errors for a failed attempt", () => {
    expect(isProviderError(new TypeError("fetch failed"))).toBe(false);
    expect(isProviderError(new PromptCompilerError("PC_CLOSED", "closed"))).toBe(false);
  });
});
