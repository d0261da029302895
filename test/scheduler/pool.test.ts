import { describe, expect, it } from "vitest";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import { Pool } from "../../src/scheduler/pool.ts";
import type { Wire } from "../../src/wires/wire.ts";

function givenPool(...deployments: (Partial<DeploymentOptions> & { wires?: readonly Wire[] })[]): Pool {
  return new Pool(
    deployments.map(({ wires = ["chat"], ...options }, index) => ({
      id: `d${index}`,
      model: "m",
      provider: { name: "none", wires, send: () => Promise.reject(new Error("unused")) },
      ...options,
    })),
    "set OPENAI_API_KEY for more",
  );
}

const idsOf = (pool: Pool, model: string | undefined, wire: Wire = "chat"): string[] =>
  pool.serving(model, wire).deployments.map(({ id }) => id);

describe("Pool", () => {
  it("serves a model by every deployment with exactly its name, in the pool's order", () => {
    const pool = givenPool({ model: "m" }, { model: "n" }, { model: "m" });

    expect(idsOf(pool, "m")).toEqual(["d0", "d2"]);
  });

  it("prefers the exact name to a pattern", () => {
    const pool = givenPool({ model: "*" }, { model: "claude-x" }, { model: "claude-*" });

    expect(idsOf(pool, "claude-x")).toEqual(["d1"]);
  });

  it("prefers the most specific pattern, in whatever order they stand", () => {
    const pool = givenPool({ model: "*" }, { model: "claude-*" }, { model: "claude-opus-*" });

    expect(idsOf(pool, "claude-opus-5")).toEqual(["d2"]);
    expect(idsOf(pool, "claude-haiku")).toEqual(["d1"]);
    expect(idsOf(pool, "gpt-9")).toEqual(["d0"]);
  });

  it.each([
    ["a.b*", "a.bc", true],
    ["a.b*", "axbc", false],
    ["*/llama-*-instruct", "meta/llama-3-instruct", true],
    ["gpt-*", "my-gpt-5", false],
    ["(a|b)*", "a1", false],
    ["a*", "a\nb", true],
  ])("takes * for any characters and everything else for itself: %s, %s", (pattern, model, served) => {
    const pool = givenPool({ model: pattern });

    expect(pool.serves(pool.deployments[0]!, model)).toBe(served);
  });

  it.each([undefined, "auto"])("takes %s for the first deployment that speaks the wire", (model) => {
    const pool = givenPool(
      { model: "embedder", wires: ["embeddings"] },
      { model: "first" },
      { model: "second" },
      { model: "first" },
    );

    expect(pool.serving(model, "chat")).toMatchObject({ model: "first" });
    expect(idsOf(pool, model, "chat")).toEqual(["d1", "d3"]);
    expect(idsOf(pool, model, "embeddings")).toEqual(["d0"]);
  });

  it("does not pass a call without a model by the first deployment, though that has no name to send", () => {
    expect(idsOf(givenPool({ model: "*", sentModel: "m" }, { model: "n" }), undefined)).toEqual(["d0"]);
    expect(() => givenPool({ model: "*" }, { model: "m" }).serving(undefined, "chat")).toThrow(
      /^no model was named, and deployment "d0" serves any: name one, or set PC_DEFAULT_MODEL; served: \*, m$/,
    );
  });

  it("says of a model nobody serves what is served and what to set", () => {
    const pool = givenPool(
      { model: "pc-extractive" },
      { model: "claude-*" },
      { model: "pc-extractive" },
      { model: "e", wires: ["embeddings"] },
    );

    expect(() => pool.serving("gpt-9", "chat")).toThrow(
      expect.objectContaining({
        code: "PC_MODEL_NOT_FOUND",
        param: "model",
        message:
          'no deployment serves model "gpt-9"; served: pc-extractive, claude-*; set OPENAI_API_KEY for more',
      }),
    );
  });

  it("never lets pc-extractive answer under another name", () => {
    const pool = givenPool({ model: "pc-extractive" }, { model: "gpt-*" });

    expect(idsOf(pool, "pc-extractive")).toEqual(["d0"]);
    expect(idsOf(pool, "gpt-5")).toEqual(["d1"]);
    expect(() => pool.serving("claude-x", "chat")).toThrow("no deployment serves");
  });

  it.each<[string, Partial<DeploymentOptions>[]]>([
    ["deployments must not be empty", []],
    ['deployments[0].id must be a string that is not empty, got ""', [{ id: "" }]],
    ['deployments[1].id must be unique, got "a" twice', [{ id: "a" }, { id: "a" }]],
    ['deployments[0].model must be a string that is not empty, got ""', [{ model: "" }]],
    ['deployments[0].sentModel must be a string that is not empty, got ""', [{ sentModel: "" }]],
    ["deployments[0].weight must be a positive number, got 0", [{ weight: 0 }]],
    ["deployments[0].weight must be a positive number, got NaN", [{ weight: Number.NaN }]],
    ["deployments[0].contextWindow must be a positive integer, got 1.5", [{ contextWindow: 1.5 }]],
  ])("refuses options with a message that names them: %s", (message, options) => {
    expect(() => givenPool(...options)).toThrow(`createScheduler: ${message}`);
  });
});
