import { describe, expect, it } from "vitest";
import { findMiss, type SentCall } from "../../src/audit/misses.ts";
import type { Prompt, PromptPart } from "../../src/audit/prompt.ts";
import { PRICE } from "./given.ts";

const MINUTE = 60_000;

/** Parts are written as "role:text". */
function sent(
  parts: readonly string[],
  given: { model?: string; minute?: number; read?: number; input?: number } = {},
): SentCall {
  const { model = "claude-sonnet-4-5", minute = 0, read = 0, input = 10_000 } = given;
  const usage = {
    inputTokens: input,
    cacheReadTokens: read,
    cacheWriteTokens: input - read,
    cacheWrite1hTokens: 0,
    outputTokens: 10,
    reasoningTokens: undefined,
  };
  const call = { session: "s", line: 1, at: minute * MINUTE, model, messages: [], usage };
  const prompt: Prompt = { parts: parts.map(toPart), tokens: 100 * parts.length };
  return { call, prompt };
}

function toPart(text: string): PromptPart {
  return { role: text.split(":")[0] as PromptPart["role"], json: text, tokens: 100 };
}

const before = sent(["tools:a", "system:b", "user:c", "assistant:d", "tool:e"]);
const more = ["tools:a", "system:b", "user:c", "assistant:d", "tool:e", "assistant:f"];

describe("findMiss", () => {
  it("finds none where a log counts several calls together", () => {
    const now = sent(more);
    const sum = (told: SentCall): SentCall => ({ ...told, call: { ...told.call, isSum: true } });

    expect(findMiss(before, now, 5 * MINUTE, PRICE)).toBeDefined();
    expect(findMiss(sum(before), now, 5 * MINUTE, PRICE)).toBeUndefined();
    expect(findMiss(before, sum(now), 5 * MINUTE, PRICE)).toBeUndefined();
  });

  const reasons: readonly [string, SentCall, string, string][] = [
    [
      "another model",
      sent(more, { model: "claude-haiku-4-5" }),
      "another model",
      "claude-sonnet-4-5, then claude-haiku-4-5",
    ],
    [
      "a long wait",
      sent(more, { minute: 12 }),
      "too late",
      "12 minutes after the call before, and the cache keeps 5",
    ],
    [
      "other tools",
      sent(["tools:x", ...more.slice(1)]),
      "tools changed",
      "the tools are not those of the call before",
    ],
    [
      "other instructions",
      sent(["tools:a", "system:x", "user:c"]),
      "instructions changed",
      "message 1 (system) changed",
    ],
    [
      "an edit",
      sent(["tools:a", "system:b", "user:c", "assistant:d", "tool:x"]),
      "history changed",
      "message 4 (tool) changed",
    ],
    [
      "a window",
      sent(["tools:a", "system:b", "tool:e", "user:g"]),
      "history changed",
      "messages 2 to 3 left out",
    ],
    [
      "an end cut off",
      sent(["tools:a", "system:b", "user:c"]),
      "history changed",
      "message 3 (assistant) and all behind it left out",
    ],
    [
      "something new in between",
      sent(["tools:a", "system:b", "user:now", "user:c"]),
      "history changed",
      "something put in before message 2 (user)",
    ],
    ["nothing that the log shows", sent(more), "unexplained", "what the log keeps is the same"],
  ];

  it.each(reasons)("blames %s", (_, now, reason, detail) => {
    expect(findMiss(before, now, 5 * MINUTE, PRICE)).toMatchObject({ reason, detail });
  });

  it("charges what was written anew for more than reading it would have been", () => {
    const miss = findMiss(before, sent(more, { input: 12_000, read: 4000 }), 5 * MINUTE, PRICE);

    // 6000 tokens of those before, at 12.5 instead of 1.
    expect(miss?.tokens).toBe(6000);
    expect(miss?.cost.dollars).toBeCloseTo((6000 * 11.5) / 1e6, 10);
  });

  it("finds none where the cache had what was sent before, but for a block's rounding", () => {
    expect(findMiss(before, sent(more, { input: 12_000, read: 9000 }), 5 * MINUTE, PRICE)).toBeUndefined();
  });

  it("finds none where the log does not say what the cache gave", () => {
    const now = sent(more);
    const usage = { ...now.call.usage, cacheReadTokens: undefined } as never;

    expect(findMiss(before, { ...now, call: { ...now.call, usage } }, 5 * MINUTE, PRICE)).toBeUndefined();
  });
});
