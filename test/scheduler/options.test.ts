import { describe, expect, it } from "vitest";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { checkNames } from "../../src/scheduler/options.ts";

describe("checkNames", () => {
  it.each([
    ["a name that is nearly known", { apikey: 1 }, 'f: unknown option "apikey", did you mean "apiKey"?'],
    [
      "a name that is nothing like one",
      { colour: 1 },
      'f: unknown option "colour", it takes apiKey, baseURL',
    ],
    ["no object", undefined, "f: options must be an object, got undefined"],
    ["null", null, "f: options must be an object, got null"],
  ])("refuses %s, saying what was meant", (_what, given, message) => {
    expect(() => checkNames("f", given, ["apiKey", "baseURL"])).toThrow(new TypeError(message));
  });

  it("takes known names, and options that are left out", () => {
    expect(() => checkNames("f", { apiKey: undefined }, ["apiKey", "baseURL"])).not.toThrow();
  });
});

describe("openaiCompatible", () => {
  it("does not take a misspelt key for none", () => {
    const options = { baseURL: "http://gpu.local/v1", apikey: "k" };

    expect(() => openaiCompatible(options)).toThrow('unknown option "apikey", did you mean "apiKey"?');
  });

  it("does not take something else for a key, nor show it", () => {
    const options = { baseURL: "http://gpu.local/v1", apiKey: 5 as unknown as string };

    expect(() => openaiCompatible(options)).toThrow(
      "openaiCompatible: apiKey must be a string or a Secret, got number",
    );
  });
});
