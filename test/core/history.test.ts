import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBlock } from "../../src/core/blocks/block-text.ts";
import type { CompiledContext } from "../../src/core/compile.ts";
import type { ContextEngine } from "../../src/core/engine.ts";
import { isPromptCompilerError } from "../../src/errors.ts";
import { memory } from "../../src/storage/memory.ts";
import { codecFor } from "../../src/wires/index.ts";
import { FakeClock } from "../fake-clock.ts";
import { assistant, calling, chatRequest, conversations, result, system, user } from "./conversations.ts";
import { alone, engineWith } from "./engine-parts.ts";

const named = { ...alone, sessionId: "s1" };

const textsOf = ({ request }: CompiledContext) =>
  codecFor(request.wire)
    .messages(request.body)
    .map(({ text }) => text);

/** The requests of a conversation: one with the messages before each of the assistant's, and one with all. */
function callsOf(messages: readonly object[]): readonly (readonly object[])[] {
  const calls = messages.flatMap((message, index) =>
    "role" in message && message.role === "assistant" && index > 0 ? [messages.slice(0, index)] : [],
  );
  return [...calls, messages];
}

/** A task that an agent does in three steps: about 150 tokens. */
const task = (number: number) => [
  user(`Book flight HAT${100 + number} for customer mia_kim_${4000 + number}, please, on 2024-05-20.`),
  calling(`call${number}`),
  result(
    `call${number}`,
    JSON.stringify({ reservation: `RES${number}X`, seats: Array.from({ length: 20 }, (_, seat) => seat) }),
  ),
  assistant(`Flight HAT${100 + number} is booked. ${"Have a very good time on the island. ".repeat(8)}`),
];

const tasks = (count: number) => [
  system("You book flights."),
  ...Array.from({ length: count }, (_, number) => task(number)).flat(),
];

const maxInputTokens = 1200;

async function compileAll(engine: ContextEngine, messages: readonly object[], caller = named) {
  const compiled: CompiledContext[] = [];
  for (const call of callsOf(messages)) {
    compiled.push(await engine.compile(chatRequest(call), caller, { maxInputTokens }));
  }
  return compiled;
}

/** How often a request does not begin with all of the one before. */
function countBusts(compiled: readonly CompiledContext[]): number {
  return compiled.filter((each, index) => {
    const before = compiled[index - 1];
    return before !== undefined && !textsOf(each).join("\n").startsWith(textsOf(before).join("\n"));
  }).length;
}

describe("a conversation that goes on", () => {
  it("stays within the budget by blocks, and repeats them byte for byte in all later calls", async () => {
    const compiled = await compileAll(engineWith(), tasks(30));

    const blocks = compiled.map((each) => textsOf(each).filter(isBlock));
    expect(Math.max(...compiled.map(({ report }) => report.tokensAfter))).toBeLessThanOrEqual(maxInputTokens);
    expect(compiled.at(-1)!.report.tokensBefore).toBeGreaterThan(3 * maxInputTokens);
    expect(new Set(blocks.flat()).size).toBeGreaterThan(2);
    // Only calls that make a block change what was sent before.
    const made = blocks.filter((now, index) => now.join() !== (blocks[index - 1] ?? []).join());
    expect(countBusts(compiled)).toBe(made.length);
    expect(made.length).toBeLessThan(compiled.length / 4);
  });

  it("keeps what the user wanted, what was called, and values by their spelling", async () => {
    const compiled = await compileAll(engineWith(), tasks(10));

    const text = textsOf(compiled.at(-1)!).join("\n");
    for (const value of ["mia_kim_4007", "HAT107", "RES7X"]) expect(text).toContain(value);
  });

  it("keeps tool exchanges whole, the system message and the running turn", async () => {
    const compiled = await compileAll(engineWith(), tasks(20));

    for (const { request, report } of compiled) {
      const messages = codecFor("chat").messages(request.body);
      const open = new Set(messages.flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id)));
      for (const id of messages.flatMap(({ toolResultsFor }) => toolResultsFor)) {
        expect(open.delete(id)).toBe(true);
      }
      expect(open.size).toBe(0);
      expect(messages[0]?.text).toBe("You book flights.");
      for (const { reason, action } of report.segments)
        if (reason === "running turn") expect(action).toBe("kept");
    }
  });

  it("gives the original of a block by its handle", async () => {
    const engine = engineWith();
    const compiled = await compileAll(engine, tasks(10));

    const block = compiled.at(-1)!.report.segments.find(({ role }) => role === "block")!;
    const original = await engine.contexts.get(block.handle!, { tenant: "acme" });
    expect(original).toMatchObject({
      content: expect.stringContaining("Have a very good time on the island."),
    });
    expect(block).toMatchObject({ action: "compressed", reason: expect.stringContaining("frozen as one") });
    expect(block.tokensAfter).toBeLessThan(block.tokensBefore / 3);
  });

  it("compiles to the same bytes in a process that has never seen it, with and without storage", async () => {
    const messages = tasks(20);
    const seen = (await compileAll(engineWith(), messages)).at(-1)!;

    const unseen = await engineWith().compile(chatRequest(messages), named, { maxInputTokens });

    expect(unseen.request.body).toEqual(seen.request.body);
  });

  it("is the same for two processes on one storage that take turns", async () => {
    const clock = new FakeClock();
    const storage = memory({ clock });
    const engines = [engineWith({ storage, clock }), engineWith({ storage, clock })];
    const alternating: CompiledContext[] = [];
    for (const [index, call] of callsOf(tasks(20)).entries()) {
      alternating.push(await engines[index % 2]!.compile(chatRequest(call), named, { maxInputTokens }));
    }

    const one = await compileAll(engineWith(), tasks(20));

    expect(alternating.map(({ request }) => request.body)).toEqual(one.map(({ request }) => request.body));
  });

  it("keeps its blocks where the budget changes", async () => {
    const engine = engineWith();
    const before = (await compileAll(engine, tasks(10))).at(-1)!;

    const after = await engine.compile(chatRequest([...tasks(10), user("And now?")]), named, {
      maxInputTokens: 4 * maxInputTokens,
    });

    expect(textsOf(after).filter(isBlock)).toEqual(textsOf(before).filter(isBlock));
  });

  it("decides nothing for later calls in a dry run", async () => {
    const engine = engineWith();
    const request = chatRequest(tasks(10));

    await engine.compile(request, named, { maxInputTokens: 700 }, { isDry: true });
    const compiled = await engine.compile(request, named, { maxInputTokens: 10_000 });

    expect(compiled.request).toBe(request);
  });

  it("tells how much of a request the provider's prompt cache should have", async () => {
    const compiled = await compileAll(engineWith(), tasks(3));

    expect(compiled[0]!.report.predictedCachedTokens).toBe(0);
    const [before, last] = compiled.slice(-2).map(({ report }) => report);
    expect(last!.predictedCachedTokens).toBe(before!.tokensAfter);
    expect(last!.segments.map(({ isCached }) => isCached)).toEqual([
      ...before!.segments.map(() => true),
      ...last!.segments.slice(before!.segments.length).map(() => false),
    ]);
  });

  it("expects nothing in the cache after five minutes", async () => {
    const clock = new FakeClock();
    const engine = engineWith({ clock });
    await engine.compile(chatRequest(tasks(2)), named, { maxInputTokens });
    await clock.advance(5 * 60 * 1000 + 1);

    const { report } = await engine.compile(chatRequest(tasks(3)), named, { maxInputTokens });

    expect(report.predictedCachedTokens).toBe(0);
  });
});

describe("a conversation never seen before", () => {
  it("goes out as it came where it fits, however near the budget, and is frozen from the next call on", async () => {
    const engine = engineWith();
    const request = chatRequest(tasks(6));
    const tight = { maxInputTokens: 1100 };

    const first = await engine.compile(request, alone, tight);
    const again = await engine.compile(request, alone, tight);
    const next = await engine.compile(chatRequest(tasks(7)), alone, tight);

    expect(first.request).toBe(request);
    expect(again.request).toBe(request);
    expect(textsOf(next).filter(isBlock)).toHaveLength(1);
  });

  it("stays without what was cut of its first request for as long as the rest fits", async () => {
    const engine = engineWith();
    const messages = tasks(12);
    const first = await engine.compile(chatRequest(messages), alone, { maxInputTokens });
    const cut = first.report.segments.filter(({ action }) => action === "cut").map(({ id }) => id);

    const next = await engine.compile(chatRequest([...messages, user("Go on.")]), alone, {
      maxInputTokens: 2 * maxInputTokens,
    });

    expect(cut.length).toBeGreaterThan(10);
    expect(next.report.segments.filter(({ action }) => action === "cut").map(({ id }) => id)).toEqual(cut);
  });
});

describe("compile, call after call", () => {
  it("keeps every promise, whatever the conversation and the budget", async () => {
    const budgets = fc.integer({ min: 30, max: 500 });
    const callers = fc.constantFrom(alone, named);

    await fc.assert(
      fc.asyncProperty(conversations, budgets, callers, async (messages, budget, caller) => {
        const engine = engineWith();
        const other = engineWith();
        for (const call of callsOf(messages)) {
          const request = chatRequest(call);
          const compile = (by: ContextEngine) =>
            by.compile(request, caller, { maxInputTokens: budget }).catch((error: unknown) => {
              if (isPromptCompilerError(error) && error.code === "PC_CONTEXT_TOO_LARGE") return undefined;
              throw error;
            });
          const compiled = await compile(engine);
          const counterpart = await compile(other);
          if (compiled === undefined) continue;

          // never above the budget; each message told of once; the same in another process, and the same again
          expect(compiled.report.tokensAfter).toBeLessThanOrEqual(budget);
          const told = compiled.segments.flatMap((segment) => segment.messages);
          expect(told.toSorted((a, b) => a - b)).toEqual(call.map((_, index) => index));
          expect(counterpart?.request.body).toEqual(compiled.request.body);
          expect((await compile(engine))?.request.body).toEqual(compiled.request.body);
          // the caller's own messages, in order, and blocks
          const kept = compiled.segments
            .filter(({ action }) => action === "kept")
            .flatMap((each) => each.messages);
          const emitted = compiled.request.body["messages"] as readonly object[];
          expect(emitted.filter((message) => call.includes(message))).toEqual(
            kept.map((index) => call[index]),
          );
          expect(emitted.length - kept.length).toBe(
            compiled.segments.filter(({ role }) => role === "block").length -
              compiled.segments.filter(({ role, action }) => role === "block" && action === "cut").length,
          );
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
