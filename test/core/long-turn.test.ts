import { describe, expect, it } from "vitest";
import { isBlock } from "../../src/core/blocks/block-text.ts";
import type { CompiledContext } from "../../src/core/compile.ts";
import type { ContextEngine } from "../../src/core/engine.ts";
import { memory } from "../../src/storage/memory.ts";
import { codecFor } from "../../src/wires/index.ts";
import { FakeClock } from "../fake-clock.ts";
import { assistant, calling, chatRequest, result, system, user } from "./conversations.ts";
import { alone, engineWith } from "./engine-parts.ts";

const named = { ...alone, sessionId: "s1" };
const maxInputTokens = 1200;
const asked = "Repair the build of the harbour service, and touch nothing in /etc/harbour, please.";

const step = (number: number) => [
  calling(`call${number}`),
  result(
    `call${number}`,
    `file_${number}.ts has ${number} faults. ${"All the rest is as it was. ".repeat(8)}`,
  ),
];

/** An agent that works for so many steps on one thing that the user said. */
const longTurn = (steps: number) => [
  system("You repair software."),
  user(asked),
  ...Array.from({ length: steps }, (_, number) => step(number)).flat(),
];

const messagesOf = ({ request }: CompiledContext) => codecFor(request.wire).messages(request.body);

const textOf = (compiled: CompiledContext) =>
  messagesOf(compiled)
    .map(({ text }) => text)
    .join("\n");

/** Every call of the agent, one after the other. */
async function compileAll(engine: ContextEngine, messages: readonly object[]) {
  const compiled: CompiledContext[] = [];
  for (let at = 2; at <= messages.length; at += 2) {
    compiled.push(await engine.compile(chatRequest(messages.slice(0, at)), named, { maxInputTokens }));
  }
  return compiled;
}

describe("a running turn that outgrows its budget", () => {
  it("has its older steps frozen, and no call of it is refused or is above the budget", async () => {
    const compiled = await compileAll(engineWith(), longTurn(80));

    expect(compiled.filter(({ report }) => report.tokensAfter > maxInputTokens)).toEqual([]);
    expect(messagesOf(compiled.at(-1) as CompiledContext).some(({ text }) => isBlock(text))).toBe(true);
  });

  it("keeps what the user said, word for word, and the two latest groups", async () => {
    const messages = longTurn(80);

    const compiled = await compileAll(engineWith(), messages);

    const latest = step(78).concat(step(79)) as { content?: string }[];
    const last = textOf(compiled.at(-1) as CompiledContext);
    expect(compiled.every((each) => textOf(each).includes(asked))).toBe(true);
    for (const { content } of latest) expect(last).toContain(content ?? "");
  });

  it("parts no call of a tool from its result", async () => {
    const compiled = await compileAll(engineWith(), longTurn(40));

    for (const each of compiled) {
      const calls = messagesOf(each).flatMap(({ toolCalls }) => toolCalls.map(({ id }) => id));
      expect(messagesOf(each).flatMap(({ toolResultsFor }) => toolResultsFor)).toEqual(calls);
    }
  });

  it("begins most calls with all of the call before", async () => {
    const compiled = await compileAll(engineWith(), longTurn(80));

    const broken = compiled.filter((each, index) => {
      const before = compiled[index - 1];
      return before !== undefined && !textOf(each).startsWith(textOf(before));
    });
    expect(broken.length).toBeLessThan(compiled.length / 5);
  });

  it("goes on saying what the user said, and repeats the block, when the next turn has begun", async () => {
    const engine = engineWith();
    const messages = longTurn(20);
    const before = (await compileAll(engine, messages)).at(-1);
    const next = [...messages, assistant("It is repaired."), user("Thanks. And the docs?")];

    const compiled = await engine.compile(chatRequest(next), named, { maxInputTokens });

    const blocks = before === undefined ? [] : messagesOf(before).filter(({ text }) => isBlock(text));
    expect(textOf(compiled)).toContain(asked);
    expect(blocks).not.toEqual([]);
    for (const { text } of blocks) expect(textOf(compiled)).toContain(text);
  });

  it("is compiled to the same bytes in a process that has never seen it", async () => {
    const clock = new FakeClock();
    const storage = memory({ clock });
    const messages = longTurn(60);
    const seen = await compileAll(engineWith({ storage, clock }), messages);

    const other = await engineWith({ storage, clock }).compile(chatRequest(messages), named, {
      maxInputTokens,
    });
    const fresh = await engineWith().compile(chatRequest(messages), named, { maxInputTokens });

    expect(textOf(other)).toBe(textOf(seen.at(-1) as CompiledContext));
    expect(textOf(fresh)).toBe(textOf(seen.at(-1) as CompiledContext));
  });

  it("gives the steps back by the handle of their block", async () => {
    const engine = engineWith();
    const [compiled] = (await compileAll(engine, longTurn(20))).slice(-1);
    const handle = compiled?.report.segments.find(({ role }) => role === "block")?.handle ?? "";

    const original = await engine.contexts.get(handle, { tenant: "acme", sessionId: "s1" });

    expect(original?.content).toContain("file_0.ts has 0 faults.");
    expect(original?.content).not.toContain(asked);
  });
});
