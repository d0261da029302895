import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBlock } from "../../src/core/blocks/block-text.ts";
import type { CompiledContext } from "../../src/core/compile.ts";
import { createPromptCompiler } from "../../src/index.ts";
import { codecFor } from "../../src/wires/index.ts";
import { assistant, calling, chatRequest, result, system, user } from "./conversations.ts";
import { alone, engineWith } from "./engine-parts.ts";

const named = { ...alone, sessionId: "s1" };

/** Lines of a file, about 12 tokens each. */
const file = (name: string, from = 1, to = 40) =>
  Array.from(
    { length: to - from + 1 },
    (_, at) => `${from + at}: what ${name} says in its line ${from + at}`,
  ).join("\n");

const messagesOf = ({ request }: CompiledContext) => codecFor(request.wire).messages(request.body);

const resultsOf = (compiled: CompiledContext) => messagesOf(compiled).filter(({ role }) => role === "tool");

const SAME = /^\[the same as (\d+) tool results? before \(look_up\)\]$/;
const RUN = /^\[\d+ lines as (\d+) tool results? before \(look_up\), lines (\d+)–(\d+)\]$/;

/** A part of such a file, from its first line. */
const from1 = (name: string, to: number) => ({ name, from: 1, to });

/** What a reader of the request takes each result of a tool for, by the id of its call. */
function read(compiled: CompiledContext): ReadonlyMap<string, string> {
  const results = resultsOf(compiled);
  const whole: string[] = [];
  for (const [index, { text }] of results.entries()) {
    const same = SAME.exec(text)?.[1];
    const lines = text.split("\n").flatMap((line) => {
      const [, back, from, to] = RUN.exec(line) ?? [];
      if (back === undefined) return [line];
      return results[index - Number(back)]!.text.split("\n").slice(Number(from) - 1, Number(to));
    });
    whole.push(same === undefined ? lines.join("\n") : whole[index - Number(same)]!);
  }
  return new Map(results.map(({ toolResultsFor }, index) => [toolResultsFor[0]!, whole[index]!]));
}

/** The requests of a conversation: one with the messages before each of the assistant's. */
function callsOf(messages: readonly { readonly role: string }[]) {
  return messages.flatMap(({ role }, index) => (role === "assistant" ? [messages.slice(0, index)] : []));
}

describe("results of tools that repeat earlier ones", () => {
  it("stand as references to these, with nothing lost", async () => {
    const changed = file("a").replace("line 20", "line twenty");
    const messages = [
      user("Look at a."),
      calling("c1"),
      result("c1", file("a")),
      calling("c2"),
      result("c2", file("a")),
      calling("c3"),
      result("c3", changed),
    ];

    const { request, report } = await createPromptCompiler({ deployments: [] }).compile(
      { model: "gpt-5-mini", messages },
      { maxInputTokens: 5000 },
    );

    const [first, second, third] = [2, 4, 6].map((index) => request.messages[index]!.content);
    expect([first, second]).toEqual([file("a"), "[the same as 1 tool result before (look_up)]"]);
    expect(third).toBe(
      [
        "[19 lines as 2 tool results before (look_up), lines 1–19]",
        changed.split("\n")[19],
        "[20 lines as 2 tool results before (look_up), lines 21–40]",
      ].join("\n"),
    );
    expect(report.segments[2]).toMatchObject({
      action: "compressed",
      reason: "repeats in fewer tokens, with nothing lost",
    });
    expect(report.tokensAfter).toBeLessThan(0.5 * report.tokensBefore);
  });

  it("refer to what stands in the request for an earlier one, and to nothing that failed", async () => {
    const flights = JSON.stringify(
      Array.from({ length: 20 }, (_, number) => ({ flight: `HAT${number}`, price: number })),
    );
    const error = "Error: no flight on this day\n".repeat(3);
    const ids = ["a", "b", "c", "d"];
    const answers = [flights, flights, error, error];
    const request = chatRequest([
      user("Which flight?"),
      calling(...ids),
      ...ids.map((id, index) => result(id, answers[index])),
    ]);

    const compiled = await engineWith().compile(request, alone, { maxInputTokens: 5000 });

    const [table, again, ...failures] = resultsOf(compiled).map(({ text }) => text);
    expect(table).toMatch(/^Compact JSON/);
    expect(again).toBe("[the same as 1 tool result before (look_up)]");
    expect(failures).toEqual([error, error]);
  });

  it("are written out again when what they refer to goes into a block, and are the same until then", async () => {
    const turn = (number: number) => [
      user(`Task ${number}: look at ${number < 6 ? "a" : "b"}.`),
      calling(`c${number}`),
      result(`c${number}`, file(number < 6 ? "a" : "b")),
      assistant(`Task ${number} is done. ${"It went very well. ".repeat(20)}`),
    ];
    const messages = [system("Work."), ...Array.from({ length: 12 }, (_, number) => turn(number)).flat()];
    const engine = engineWith();

    const compiled: CompiledContext[] = [];
    for (const call of callsOf(messages)) {
      compiled.push(await engine.compile(chatRequest(call), named, { maxInputTokens: 2000 }));
    }

    const blocks = compiled.map((each) => messagesOf(each).filter(({ text }) => isBlock(text)).length);
    expect(Math.max(...blocks)).toBeGreaterThan(0);
    const referring = compiled.filter((each) => resultsOf(each).some(({ text }) => SAME.test(text)));
    expect(referring.length).toBeGreaterThan(3);
    for (const [index, each] of compiled.entries()) {
      for (const [id, text] of read(each)) expect(text).toBe(file(Number(id.slice(1)) < 6 ? "a" : "b"));
      const before = compiled[index - 1];
      if (before === undefined || blocks[index] !== blocks[index - 1]) continue;
      expect(messagesOf(each).slice(0, messagesOf(before).length)).toEqual(messagesOf(before));
    }
  });

  it("are whole where what they repeat was cut when the conversation was first seen", async () => {
    const engine = engineWith();
    const seen = [
      user("Look at a."),
      calling("c1"),
      result("c1", file("a", 1, 60)),
      assistant("It is about harbours."),
      user("Now look at b."),
      calling("c2"),
      result("c2", file("b")),
    ];
    const later = [...seen, assistant("Both are fine."), user("Again."), calling("c3")];

    const first = await engine.compile(chatRequest(seen), alone, { maxInputTokens: 1100 });
    const second = await engine.compile(chatRequest([...later, result("c3", file("a", 1, 20))]), alone, {
      maxInputTokens: 1100,
    });

    expect(first.report.segments.find(({ id }) => id === "m1-2")?.action).toBe("cut");
    expect([...read(second).keys()]).toEqual(["c2", "c3"]);
    expect(read(second).get("c3")).toBe(file("a", 1, 20));
  });

  it("say nothing that is not there, whatever is frozen or cut, and the same in a process that knows nothing", async () => {
    const part = fc.record({
      name: fc.constantFrom("a", "b"),
      from: fc.constantFrom(1, 5),
      to: fc.constantFrom(20, 30),
    });
    const turns = fc.array(fc.array(part, { maxLength: 4 }), { minLength: 3, maxLength: 8 });
    const budgets = fc.constantFrom(500, 1000, 2000);

    await fc.assert(
      fc.asyncProperty(turns, budgets, fc.boolean(), async (told, maxInputTokens, isNamed) => {
        const texts = new Map<string, string>();
        const messages = told.flatMap((parts, turn) => [
          user(`Task ${turn}`),
          ...parts.flatMap(({ name, from, to }, step) => {
            const id = `c${turn}-${step}`;
            texts.set(id, file(name, from, to));
            return [calling(id), result(id, file(name, from, to))];
          }),
          assistant("Done."),
        ]);
        const engine = engineWith();
        const caller = isNamed ? named : alone;
        for (const call of callsOf(messages)) {
          const compile = (by: typeof engine) =>
            by.compile(chatRequest(call), caller, { maxInputTokens }).catch(() => undefined);
          const compiled = await compile(engine);
          if (compiled === undefined) continue;
          expect(compiled.report.tokensAfter).toBeLessThanOrEqual(maxInputTokens);
          for (const [id, text] of read(compiled)) expect(text).toBe(texts.get(id));
          if (isNamed) expect((await compile(engineWith()))?.request).toEqual(compiled.request);
        }
      }),
      {
        numRuns: 15,
        // The older steps of the last turn go into a block, and the last one repeats them.
        examples: [
          [
            [[from1("a", 20)], [], [from1("b", 20), from1("a", 20), from1("a", 20), from1("a", 30)]],
            500,
            false,
          ],
        ],
      },
    );
  });
});
