import { describe, expect, it } from "vitest";
import { codecFor } from "../../../src/wires/index.ts";

const { opening } = codecFor("chat");
const messages = (script: string) =>
  script.split(" ").map((role, index) => ({ role, content: `${role} ${index}` }));
const opened = (script: string) => opening({ messages: messages(script) });

describe("the opening of a chat", () => {
  it("is what was said up to the first user message, with it", () => {
    expect(opened("system user assistant user")?.said).toEqual([
      ["system", "system 0"],
      ["user", "user 1"],
    ]);
  });

  it("is the same in every turn", () => {
    const turns = [
      "system user",
      "system user assistant tool",
      "system user assistant tool assistant user",
      "system user developer assistant user",
    ];

    expect(new Set(turns.map((turn) => JSON.stringify(opened(turn)?.said))).size).toBe(1);
  });

  it.each([
    ["system user", false],
    ["user system", false],
    ["assistant user", false],
    ["user assistant", true],
    ["user user", true],
    ["system user tool", true],
  ])("tells the first turn from a later one: %s", (script, continued) => {
    expect(opened(script)?.continued).toBe(continued);
  });

  it("is none where nobody asked", () => {
    expect(opened("system assistant")).toBeUndefined();
    expect(codecFor("embeddings").opening({ input: "x" })).toBeUndefined();
  });
});
