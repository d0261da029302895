import { describe, expect, it } from "vitest";
import type { Prompt } from "../../src/audit/prompt.ts";
import { addCall, compiledPrompt, NO_CALLS } from "../../src/audit/replay.ts";
import { PromptCompilerError } from "../../src/errors.ts";
import { PRICE } from "./given.ts";

const TERMS = { price: PRICE, hidden: 0, isCold: false, isKeptLong: false };

/** A prompt with a part of 2000 tokens for each letter. */
const prompt = (letters: string): Prompt => ({
  parts: [...letters].map((json) => ({ role: "user", json, tokens: 2000 })),
  tokens: 2000 * letters.length,
});

/** Dollars for tokens that are read and written. */
const dollars = (read: number, written: number): number => (read * 1 + written * 12.5) / 1e6;

describe("addCall", () => {
  it("reads what a prompt begins with like the one before it, and writes the rest", () => {
    const course = addCall(NO_CALLS, prompt("ab"), prompt("abc"), TERMS);

    expect(course).toMatchObject({ tokens: 6000, keptTokens: 4000, comparedTokens: 4000, bustCalls: 0 });
    expect(course.cost.dollars).toBeCloseTo(dollars(4000, 2000), 10);
  });

  it("writes all behind the first part that differs, and counts the call as bust", () => {
    const course = addCall(NO_CALLS, prompt("abc"), prompt("axc"), TERMS);

    expect(course).toMatchObject({ keptTokens: 2000, bustCalls: 1 });
    expect(course.cost.dollars).toBeCloseTo(dollars(2000, 4000), 10);
  });

  it("writes everything at the first call, and when the cache has forgotten", () => {
    const first = addCall(NO_CALLS, undefined, prompt("ab"), TERMS);
    const late = addCall(NO_CALLS, prompt("ab"), prompt("ab"), { ...TERMS, isCold: true });

    expect([first.cost.dollars, late.cost.dollars]).toEqual([dollars(0, 4000), dollars(0, 4000)]);
  });

  it("takes what the log does not keep for the beginning of every prompt", () => {
    const course = addCall(NO_CALLS, prompt("ab"), prompt("ax"), { ...TERMS, hidden: 5000 });

    expect(course.cost.dollars).toBeCloseTo(dollars(7000, 2000), 10);
  });

  it("reads nothing that is shorter than what providers cache", () => {
    const small: Prompt = { parts: [{ role: "user", json: "a", tokens: 1000 }], tokens: 1000 };

    expect(addCall(NO_CALLS, small, small, TERMS).cost.dollars).toBeCloseTo(dollars(0, 1000), 10);
  });

  it("charges an hour's writes where the log has such", () => {
    const course = addCall(NO_CALLS, undefined, prompt("a"), { ...TERMS, isKeptLong: true });

    expect(course.cost.dollars).toBeCloseTo((2000 * 20) / 1e6, 10);
  });
});

describe("compiledPrompt", () => {
  const request = { messages: [{ role: "user", content: "Hello" }] };
  const tokenizer = { name: "letters", count: (text: string) => text.length };
  const compiler = {
    compile: async () => {
      throw new PromptCompilerError("PC_CONTEXT_TOO_LARGE", "too large");
    },
  };

  it("is none where what must be kept does not fit", async () => {
    const terms = { maxInputTokens: 100, hidden: 0, sessionId: "s" };

    expect(await compiledPrompt(compiler, request, terms, tokenizer)).toBeUndefined();
  });

  it("is none where what the log does not keep fills the budget", async () => {
    const never = { compile: () => Promise.reject(new Error("asked")) };

    expect(
      await compiledPrompt(never, request, { maxInputTokens: 100, hidden: 100, sessionId: "s" }, tokenizer),
    ).toBeUndefined();
  });
});
