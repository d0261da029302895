import { describe, expect, it } from "vitest";
import { check } from "../../src/config/check.ts";
import { compilerSchema } from "../../src/config/compiler-schema.ts";
import { gatewaySchema } from "../../src/config/gateway-schema.ts";
import { Secret } from "../../src/secret.ts";

const provider = { name: "fake", wires: ["chat"], send: () => Promise.reject(new Error("not called")) };

function mistake(options: unknown, schema: Parameters<typeof check>[0] = compilerSchema): Error {
  try {
    check(schema, options, "createPromptCompiler");
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the options were accepted");
}

describe("check", () => {
  const messages: readonly [string, unknown, string][] = [
    [
      "a number out of range",
      { context: { maxInputTokens: -1 } },
      "context.maxInputTokens must be a positive integer, got -1",
    ],
    [
      "a number as text",
      { retry: { maxAttempts: "3" } },
      'retry.maxAttempts must be a positive integer, got "3"',
    ],
    [
      "not a number",
      { timeouts: { totalMs: Number.NaN } },
      "timeouts.totalMs must be a positive number of milliseconds, or Infinity, got NaN",
    ],
    ["a group that is none", { context: 5 }, "context must be an object, got 5"],
    ["no options object", 5, "options must be an object, got 5"],
    ["a list that is none", { deployments: {} }, "deployments must be an array, got an object"],
    [
      "a part of a list",
      { deployments: [{ id: "", model: "m", provider }] },
      'deployments[0].id must be a string that is not empty, got ""',
    ],
    [
      "a missing part",
      { deployments: [{ id: "a", model: "m" }] },
      "deployments[0].provider must be a provider, e.g. openaiCompatible({ baseURL, apiKey }), got undefined",
    ],
    [
      "a value that was not made",
      { strategy: () => undefined },
      "strategy must be a strategy, e.g. weighted(), got a function",
    ],
    ["null", { storage: null }, 'storage must be a storage, e.g. level("./pc-data"), got null'],
    ["a misspelt option", { deploymnts: [] }, "unknown option deploymnts, did you mean deployments?"],
    [
      "a misspelt option of a group",
      { context: { maxInputToken: 5 } },
      "unknown option context.maxInputToken, did you mean context.maxInputTokens?",
    ],
    [
      "a misspelt option of a list",
      { deployments: [{ id: "a", modle: "m", model: "m", provider }] },
      "unknown option deployments[0].modle, did you mean deployments[0].model?",
    ],
    [
      "an option of a group outside it",
      { maxInputTokens: 5 },
      "unknown option maxInputTokens, did you mean context.maxInputTokens?",
    ],
    [
      "an option that is like none",
      { retry: { zzz: 1 } },
      "unknown option retry.zzz, known are retry.maxAttempts, retry.baseMs, retry.maxMs, retry.budgetShare, retry.budgetReserve",
    ],
    [
      "several mistakes",
      { random: 1, retry: { maxMs: 0 } },
      "retry.maxMs must be a positive number of milliseconds, got 0; random must be a function, got 1",
    ],
  ];

  it.each(messages)("says of %s which option, what it must be and what it is", (_, options, expected) => {
    expect(mistake(options).message).toBe(`createPromptCompiler: ${expected}`);
  });

  it("throws a RangeError for a number out of range, else a TypeError", () => {
    expect(mistake({ retry: { maxMs: -5 } })).toBeInstanceOf(RangeError);
    expect(mistake({ retry: { maxMs: "x" } })).toBeInstanceOf(TypeError);
    expect(mistake({ retry: { maxMs: -5, zzz: 1 } })).toBeInstanceOf(TypeError);
  });

  it("never repeats what may be a secret, wherever it was put", () => {
    const wrong = [
      { keys: ["sk-hidden"] },
      { keys: [{ tenant: "acme", key: ["sk-hidden"] }] },
      { keys: "sk-hidden" },
      { keys: [{ tenant: "acme", key: "sk-hidden", "sk-hidden": 1, agents: "sk-hidden" }] },
    ];

    for (const options of wrong.slice(0, 3))
      expect(mistake(options, gatewaySchema).message).not.toContain("sk-hidden");
    expect(mistake(wrong[3], gatewaySchema).message).toContain(
      "keys[0].agents must be an array, got [secret]",
    );
  });

  it("shortens what is long", () => {
    expect(mistake({ strategy: "x".repeat(10_000) }).message.length).toBeLessThan(200);
  });

  it("keeps the parts it was handed, as they are", () => {
    const key = new Secret("sk-hidden");

    const { deployments } = check(
      compilerSchema,
      { deployments: [{ id: "a", model: "m", provider }] },
      "test",
    );
    const { keys } = check(gatewaySchema, { keys: [{ tenant: "acme", key }] }, "test");

    expect(deployments?.[0]?.provider).toBe(provider);
    expect(keys?.[0]?.key).toBe(key);
  });

  it("takes an option that is present and undefined as one that is left out", () => {
    expect(() =>
      check(compilerSchema, { context: undefined, retry: { maxMs: undefined } }, "test"),
    ).not.toThrow();
  });
});
