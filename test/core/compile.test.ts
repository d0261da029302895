import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CompileReport } from "../../src/core/report.ts";
import { loadTokenizer } from "../../src/core/token-count.ts";
import { isPromptCompilerError } from "../../src/errors.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { PromptCompilerEvent } from "../../src/telemetry.ts";
import { codecFor } from "../../src/wires/index.ts";
import type { WireRequest } from "../../src/wires/wire.ts";
import { assistant, calling, chatRequest, conversations, result, system, user } from "./conversations.ts";
import { alone, engineWith, sharing } from "./engine-parts.ts";

const messagesOf = (request: WireRequest) => request.body["messages"] as readonly Record<string, unknown>[];

const actionsOf = ({ segments }: CompileReport) => segments.map(({ id, action }) => `${id} ${action}`);

/** Tokens of a request, counted without the engine: OpenAI's rule of 3 a message, 1 for its role and 3 for the reply. */
async function recount(request: WireRequest): Promise<number> {
  const { count } = await loadTokenizer("gpt-5-mini");
  const codec = codecFor(request.wire);
  const messages = codec.messages(request.body).map(({ text, toolCalls }) => {
    const calls = toolCalls.map(({ name, input }) => count(name) + count(input));
    return 4 + count(text) + calls.reduce((sum, tokens) => sum + tokens, 0);
  });
  return messages.reduce((sum, tokens) => sum + tokens, 3 + count(codec.overheadText(request.body)));
}

const long = "The ferry to the island leaves at nine. ".repeat(20);

describe("compile", () => {
  it("keeps every promise, whatever the conversation and the budget", async () => {
    const budgets = fc.integer({ min: 20, max: 600 });

    await fc.assert(
      fc.asyncProperty(conversations, budgets, async (messages, maxInputTokens) => {
        const engine = engineWith();
        const request = chatRequest(messages, {
          tools: [{ type: "function", function: { name: "look_up" } }],
        });
        const compiled = await engine.compile(request, alone, { maxInputTokens }).catch((error: unknown) => {
          if (isPromptCompilerError(error) && error.code === "PC_CONTEXT_TOO_LARGE") return undefined;
          throw error;
        });
        if (compiled === undefined) return;
        const { report, segments } = compiled;
        const emitted = messagesOf(compiled.request);

        // the budget is never exceeded, and the report says what is true
        expect(report.tokensAfter).toBeLessThanOrEqual(maxInputTokens);
        expect(report.tokensAfter).toBe(await recount(compiled.request));
        expect(report.tokensBefore).toBe(await recount(request));
        // a line for every message
        expect(segments.flatMap((segment) => segment.messages)).toEqual(messages.map((_, index) => index));
        expect(report.segments.map(({ id }) => id)).toEqual(segments.map(({ id }) => id));
        // what is kept is the caller's own, in order; what is pinned is kept
        const kept = segments.filter(({ action }) => action === "kept");
        expect(emitted).toEqual(kept.flatMap((segment) => segment.messages.map((index) => messages[index])));
        expect(emitted).toEqual(expect.arrayContaining([...mustStay(messages)]));
        // no tool call is parted from a result it had
        expect(brokenPairs(emitted)).toBe(brokenPairs(messages));
        // what was cut can be had back
        for (const { action, handle, text } of segments) {
          if (action !== "cut") continue;
          expect(await engine.contexts.get(handle!, { tenant: "acme" })).toEqual({
            id: handle,
            content: text,
          });
        }
        // the same again
        const again = await engineWith().compile(request, alone, { maxInputTokens });
        expect(JSON.stringify([again.request, again.report])).toBe(
          JSON.stringify([compiled.request, report]),
        );
      }),
      { numRuns: 60 },
    );
  }, 20_000);

  it("gives back the very request where everything fits", async () => {
    const request = chatRequest([system("s"), user("u"), assistant("a"), user("v")]);

    const { request: compiled, report } = await engineWith().compile(request, alone, {
      maxInputTokens: 1000,
    });

    expect(compiled).toBe(request);
    expect(actionsOf(report)).toEqual(["m0 kept", "m1 kept", "m2 kept", "m3 kept"]);
    expect(report.tokensAfter).toBe(report.tokensBefore);
  });

  it("keeps what answers the question, however long ago it was said", async () => {
    const days = Array.from({ length: 40 }, (_, day) => [
      user(`Day ${day}: what did we spend?`),
      assistant(`On day ${day} the team spent ${170 + day * 3} euros on food and tickets.`),
    ]).flat();

    const { request, report } = await engineWith().compile(
      chatRequest([...days, user("How much did we spend on day 17?")]),
      alone,
      { maxInputTokens: 300 },
    );

    expect(messagesOf(request)).toContainEqual(days[35]);
    expect(report.segments.filter(({ action }) => action === "cut").length).toBeGreaterThan(50);
  });

  it("leaves the bytes of what it keeps as the caller wrote them", async () => {
    const kept = '{"role": "user",  "content": "caf\\u00e9 1.0", "x_extra": 1.0}';
    const cut = JSON.stringify(assistant(long));
    const text = `{"model":"gpt-5-mini","messages":[${cut}, ${kept}],"temperature":1.0}`;
    const request: WireRequest = { wire: "chat", body: JSON.parse(text), source: Buffer.from(text) };

    const { request: compiled } = await engineWith().compile(request, alone, { maxInputTokens: 50 });

    expect(Buffer.from(compiled.source!).toString()).toBe(
      `{"model":"gpt-5-mini","messages":[${kept}],"temperature":1.0}`,
    );
  });

  it("takes the budget of the engine where the call names none", async () => {
    const engine = engineWith({
      context: { maxInputTokens: 50, originalsTtlMs: 60_000, auditTtlMs: 60_000 },
    });

    const { report } = await engine.compile(chatRequest([assistant(long), user("v")]), alone, {});

    expect(report.maxInputTokens).toBe(50);
    expect(actionsOf(report)).toEqual(["m0 cut", "m1 kept"]);
  });

  it("cuts nothing where there is no budget", async () => {
    const request = chatRequest([assistant(long), user("v")]);

    const { request: compiled, report } = await engineWith().compile(request, alone, {});

    expect(compiled).toBe(request);
    expect(report.maxInputTokens).toBeUndefined();
  });

  it("leaves requests without messages as they are", async () => {
    const request: WireRequest = { wire: "embeddings", body: { model: "m", input: long } };

    const { request: compiled, report } = await engineWith().compile(request, alone, { maxInputTokens: 1 });

    expect(compiled).toBe(request);
    expect(report).toMatchObject({ tokensBefore: 0, tokensAfter: 0, segments: [] });
  });

  it("names the tokenizer, and says where it is an estimate", async () => {
    const claude = chatRequest([user("v")], { model: "claude-sonnet-4-5" });

    expect((await engineWith().compile(claude, alone, {})).report.tokenizer).toBe("estimate:o200k_base");
    expect((await engineWith().compile(chatRequest([user("v")]), alone, {})).report.tokenizer).toBe(
      "o200k_base",
    );
  });

  it("fails with PC_CONTEXT_TOO_LARGE where what must be kept is larger than the budget", async () => {
    const request = chatRequest([user(long)]);

    await expect(engineWith().compile(request, alone, { maxInputTokens: 50 })).rejects.toMatchObject({
      code: "PC_CONTEXT_TOO_LARGE",
      param: "messages",
      message: expect.stringMatching(
        /^what must be kept has \d+ tokens and the budget is 50: .*running turn \d+$/,
      ),
    });
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a budget of %s", async (maxInputTokens) => {
    const request = chatRequest([user("v")]);

    await expect(engineWith().compile(request, alone, { maxInputTokens })).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      param: "maxInputTokens",
    });
  });

  it("goes on without shared context and without handles where storage is unavailable, and says so", async () => {
    const events: PromptCompilerEvent[] = [];
    const engine = engineWith({ storage: unavailable(), onEvent: (event) => events.push(event) });
    const request = chatRequest([assistant(long), user("v")]);

    const { report } = await engine.compile(request, sharing("planner"), { maxInputTokens: 50 });

    expect(actionsOf(report)).toEqual(["m0 cut", "m1 kept"]);
    expect(report.segments[0]).not.toHaveProperty("handle");
    expect(events.map(({ type }) => type)).toEqual(["degraded", "degraded", "degraded"]);
  });

  it("is asked for by a budget or by reading, not by writing alone", () => {
    const engine = engineWith();

    expect(engine.isAskedFor(alone, {})).toBe(false);
    expect(engine.isAskedFor(alone, { maxInputTokens: 9 })).toBe(true);
    expect(engine.isAskedFor(sharing("a", { write: false }), {})).toBe(true);
    expect(engine.isAskedFor(sharing("a", { read: false }), {})).toBe(false);
  });
});

describe("render", () => {
  const request = chatRequest([
    user("Which hotel?"),
    assistant(long),
    calling("x"),
    result("x", long),
    user("And the deposit?"),
  ]);

  it("gives the compiled request to a deployment whose window holds it, or is unknown", async () => {
    const engine = engineWith();
    const compiled = await engine.compile(request, alone, {});

    expect(engine.fitToWindow(compiled, undefined).request).toBe(request);
    expect(engine.fitToWindow(compiled, 100_000).request).toBe(request);
  });

  it("fits the request again for a smaller window, keeping a quarter of it free for the answer", async () => {
    const engine = engineWith();
    const compiled = await engine.compile(request, alone, {});

    const fitted = engine.fitToWindow(compiled, 100);

    expect(fitted.report.tokensAfter).toBeLessThanOrEqual(75);
    expect(fitted.report.tokensAfter).toBe(await recount(fitted.request));
    expect(actionsOf(fitted.report)).toEqual(["m0 kept", "m1 cut", "m2-3 cut", "m4 kept"]);
    expect(engine.fitToWindow(compiled, 100).request).toEqual(fitted.request);
  });

  it("keeps the original of what only a window made it cut", async () => {
    const engine = engineWith();
    const compiled = await engine.compile(request, alone, {});

    const { report } = engine.fitToWindow(compiled, 100);
    await new Promise(setImmediate);

    expect(await engine.contexts.get(report.segments[1]!.handle!, { tenant: "acme" })).toMatchObject({
      content: long,
    });
  });

  it("stays within the budget of the call where the window is larger", async () => {
    const engine = engineWith();
    const compiled = await engine.compile(request, alone, { maxInputTokens: 60 });

    expect(compiled.within(10_000).report).toEqual(compiled.report);
  });

  it("fails with PC_CONTEXT_TOO_LARGE where the window cannot hold what must be kept", async () => {
    const engine = engineWith();
    const compiled = await engine.compile(chatRequest([user(long)]), alone, {});

    expect(() => engine.fitToWindow(compiled, 100).request).toThrow(
      expect.objectContaining({ code: "PC_CONTEXT_TOO_LARGE" }),
    );
  });
});

/** System messages, and everything from the latest user message on. */
function mustStay(messages: readonly object[]): readonly object[] {
  const roles = messages.map((message) => ("role" in message ? message.role : undefined));
  const turn = roles.includes("user") ? roles.lastIndexOf("user") : messages.length - 1;
  return messages.filter((_, index) => roles[index] === "system" || index >= turn);
}

/** Calls without a result and results without a call. */
function brokenPairs(messages: readonly object[]): number {
  const open = new Set<string>();
  let orphans = 0;
  for (const { toolCalls, toolResultsFor } of codecFor("chat").messages({ messages })) {
    for (const id of toolResultsFor) if (!open.delete(id)) orphans += 1;
    for (const { id } of toolCalls) open.add(id);
  }
  return orphans + open.size;
}

function unavailable(): Storage {
  const refuse = (): never => {
    throw new Error("no such directory");
  };
  return {
    name: "unavailable",
    get: async () => refuse(),
    batch: async () => refuse(),
    // biome-ignore lint/correctness/useYield: it fails before it has anything to yield
    async *range() {
      refuse();
    },
    compareAndSet: async () => refuse(),
    close: async () => undefined,
  };
}
