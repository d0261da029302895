import { describe, expect, it } from "vitest";
import { fit } from "../../../src/core/passes/fit.ts";
import type { CompileInput, Segment } from "../../../src/core/segment.ts";

const input = (maxInputTokens: number | undefined): CompileInput => ({
  messages: [],
  toolResults: [],
  overheadTokens: 5,
  maxInputTokens,
  query: "",
});

function segment(id: string, tokens: number, more: Partial<Segment> = {}): Segment {
  return {
    id,
    role: "user",
    messages: [Number(id.slice(1))],
    text: id,
    tokens,
    pinned: undefined,
    action: "kept",
    reason: "no budget",
    ...more,
  };
}

const pinned = (id: string, tokens: number) => segment(id, tokens, { pinned: "running turn" });
const injected = (tokens: number) => segment("shared", tokens, { messages: [], action: "injected" });

const keptOf = (segments: readonly Segment[], budget: number) =>
  fit(segments, input(budget))
    .filter(({ action }) => action !== "cut")
    .map(({ id }) => id);

describe("fit", () => {
  it("keeps everything that fits, to the last token", () => {
    expect(keptOf([segment("m0", 10), segment("m1", 10), pinned("m2", 10)], 35)).toEqual(["m0", "m1", "m2"]);
  });

  it("keeps the best, in their order", () => {
    const segments = [
      segment("m0", 10, { score: 4 }),
      segment("m1", 10, { score: 0 }),
      segment("m2", 10, { score: 3 }),
      segment("m3", 10, { score: 0 }),
      segment("m4", 10, { score: 0 }),
      pinned("m5", 10),
    ];

    expect(keptOf(segments, 35)).toEqual(["m0", "m2", "m5"]);
  });

  it("keeps the most recent where nothing matches", () => {
    const segments = [segment("m0", 10), segment("m1", 10), segment("m2", 10), pinned("m3", 10)];

    expect(keptOf(segments, 35)).toEqual(["m1", "m2", "m3"]);
  });

  it("gives the latest segment half of what the best match has, the one before a quarter", () => {
    const segments = [
      segment("m0", 10, { score: 10 }),
      segment("m1", 10, { score: 2 }),
      segment("m2", 10, { score: 0 }),
      pinned("m3", 10),
    ];

    expect(keptOf(segments, 35)).toEqual(["m0", "m2", "m3"]);
  });

  it("passes over what is too large for what is left", () => {
    const segments = [segment("m0", 5, { score: 1 }), segment("m1", 100, { score: 9 }), pinned("m2", 10)];

    expect(keptOf(segments, 25)).toEqual(["m0", "m2"]);
  });

  it("gives shared context its place before the history", () => {
    const segments = [segment("m0", 10, { score: 9 }), injected(10), pinned("m1", 10)];

    expect(keptOf(segments, 25)).toEqual(["shared", "m1"]);
  });

  it("leaves shared context out where what is pinned leaves no room for it", () => {
    expect(keptOf([injected(10), pinned("m1", 10)], 20)).toEqual(["m1"]);
  });

  it("leaves segments as they are where there is no budget", () => {
    const segments = [segment("m0", 1_000_000)];

    expect(fit(segments, input(undefined))).toBe(segments);
  });

  it("fails with PC_CONTEXT_TOO_LARGE, saying what is pinned and what it needs", () => {
    const segments = [segment("m0", 7), segment("m1", 20, { pinned: "instructions" }), pinned("m2", 30)];

    expect(() => fit(segments, input(54))).toThrow(
      expect.objectContaining({
        code: "PC_CONTEXT_TOO_LARGE",
        message:
          "what must be kept has 55 tokens and the budget is 54: " +
          "tools, schemas and reply 5, instructions 20, running turn 30",
      }),
    );
    expect(keptOf(segments, 55)).toEqual(["m1", "m2"]);
  });
});
