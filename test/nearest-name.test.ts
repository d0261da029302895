import { describe, expect, it } from "vitest";
import { nearestName } from "../src/nearest-name.ts";

const KNOWN = ["maxInputTokens", "sharedTokens", "originalsTtlMs", "keys", "deployments", "timeouts"];

describe("nearestName", () => {
  const table: readonly [string, string, string | undefined][] = [
    ["a letter left out", "maxInputToken", "maxInputTokens"],
    ["two letters swapped", "depolyments", "deployments"],
    ["another case and separators", "max-input_tokens", "maxInputTokens"],
    ["a word left out", "maxTokens", "maxInputTokens"],
    ["a singular", "key", "keys"],
    ["nothing like it", "temperature", undefined],
    ["an empty name", "", undefined],
  ];

  it.each(table)("finds for %s what was meant", (_, name, expected) => {
    expect(nearestName(name, KNOWN)).toBe(expected);
  });

  it("has no answer where nothing is known", () => {
    expect(nearestName("keys", [])).toBeUndefined();
  });
});
