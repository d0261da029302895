import { describe, expect, it } from "vitest";
import { isProviderError, PromptCompilerError, ProviderError } from "../src/errors.ts";

describe("isProviderError", () => {
  it("knows a failed attempt of another copy of this package", () => {
    const foreign = Object.assign(new Error("failed"), { code: "PC_PROVIDER_FAILED", kind: "network" });

    expect(isProviderError(foreign)).toBe(true);
    expect(isProviderError(new ProviderError("network", "failed"))).toBe(true);
  });

  it("does not take other errors for a failed attempt", () => {
    expect(isProviderError(new TypeError("fetch failed"))).toBe(false);
    expect(isProviderError(new PromptCompilerError("PC_CLOSED", "closed"))).toBe(false);
  });
});
