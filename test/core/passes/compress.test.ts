import { describe, expect, it } from "vitest";
import { loadTokenizer } from "../../../src/core/token-count.ts";
import { codecFor } from "../../../src/wires/index.ts";
import type { WireRequest } from "../../../src/wires/wire.ts";
import { assistant, calling, chatRequest, result, user } from "../conversations.ts";
import { alone, engineWith } from "../engine-parts.ts";

const flights = JSON.stringify(
  Array.from({ length: 20 }, (_, number) => ({
    flight_number: `HAT${100 + number}`,
    origin: "JFK",
    destination: "SEA",
    price: 50 + number,
  })),
);

/** A log whose lines are all but one alike. */
const log = Array.from({ length: 300 }, (_, number) =>
  number === 150
    ? "2026-05-02 10:00:00 ERROR could not reach db-7: connection refused"
    : `2026-05-02 10:00:00 INFO request ${number} served in ${number % 7} ms`,
).join("\n");

const conversation = (answer: string) =>
  chatRequest([
    user("Which flight?"),
    calling("c1"),
    result("c1", answer),
    assistant("HAT104."),
    user("Why?"),
  ]);

const resultOf = ({ wire, body }: WireRequest) => codecFor(wire).messages(body)[2]!.text;

const withResults = (toolResults: "verbatim" | "lossless" | "lossy") =>
  engineWith({ context: { originalsTtlMs: 60_000, auditTtlMs: 60_000, toolResults } });

describe("results of tools, in a call with a budget", () => {
  it("stand in fewer tokens with nothing lost, and count as what they are", async () => {
    const request = conversation(flights);

    const { request: compiled, report } = await engineWith().compile(request, alone, {
      maxInputTokens: 5000,
    });

    const { count } = await loadTokenizer("gpt-5-mini");
    expect(count(resultOf(compiled))).toBeLessThan(0.7 * count(flights));
    expect(resultOf(compiled)).toContain("HAT119");
    expect(report.tokensBefore - report.tokensAfter).toBe(count(flights) - count(resultOf(compiled)));
    expect(report.segments[1]).toMatchObject({ id: "m1-2", action: "compressed", reason: /nothing lost/ });
    expect(report.segments[1]).not.toHaveProperty("handle");
  });

  it("are the same in every call, however much room there is", async () => {
    const engine = engineWith();

    const sent = [900, 5000, 50_000].map((maxInputTokens) =>
      engine.compile(conversation(flights), { ...alone, sessionId: "s1" }, { maxInputTokens }),
    );

    const results = (await Promise.all(sent)).map(({ request }) => resultOf(request));
    expect(new Set(results).size).toBe(1);
  });

  it("keep every other byte of their message", async () => {
    const body = conversation(flights).body;
    const text = JSON.stringify(body).replace('"role":"tool"', '"role" : "tool", "x": 1.0');
    const request: WireRequest = { wire: "chat", body: JSON.parse(text), source: Buffer.from(text) };

    const { request: compiled } = await engineWith().compile(request, alone, { maxInputTokens: 5000 });

    const sent = Buffer.from(compiled.source!).toString();
    expect(sent).toContain('"role" : "tool", "x": 1.0');
    expect(JSON.parse(sent)).toEqual(compiled.body);
  });

  it("are as they came without a budget, or where the host wants that", async () => {
    const request = conversation(flights);

    expect((await engineWith().compile(request, alone, {})).request).toBe(request);
    expect((await withResults("verbatim").compile(request, alone, { maxInputTokens: 5000 })).request).toBe(
      request,
    );
  });

  it("lose no line unless the host allows it, and then name where the original is", async () => {
    const request = conversation(log);
    const lossless = await withResults("lossless").compile(request, alone, { maxInputTokens: 50_000 });
    const engine = withResults("lossy");

    const { request: compiled, report } = await engine.compile(request, alone, { maxInputTokens: 50_000 });

    expect(lossless.request).toBe(request);
    const { handle = "" } = report.segments[1]!;
    expect(resultOf(compiled)).toContain(handle);
    expect(resultOf(compiled)).toContain("ERROR could not reach db-7");
    expect(resultOf(compiled).length).toBeLessThan(log.length / 3);
    expect(await engine.contexts.get(handle, { tenant: "acme" })).toEqual({ id: handle, content: log });
  });
});

describe("results of tools on other wires", () => {
  const asked = { name: "look_up", input: {} };

  it("are rewritten in the blocks of messages, each for itself", async () => {
    const others = flights.replaceAll("HAT", "SEA");
    const block = (id: string, content: unknown) => ({ type: "tool_result", tool_use_id: id, content });
    const request: WireRequest = {
      wire: "messages",
      body: {
        model: "claude-sonnet-4-5",
        messages: [
          user("Which flight?"),
          { role: "assistant", content: ["a", "b", "c"].map((id) => ({ type: "tool_use", id, ...asked })) },
          {
            role: "user",
            content: [
              block("a", flights),
              block("b", [{ type: "text", text: others, cache_control: { type: "ephemeral" } }]),
              { ...block("c", flights), is_error: true },
            ],
          },
        ],
      },
    };

    const { request: compiled, report } = await engineWith().compile(request, alone, {
      maxInputTokens: 5000,
    });

    const [a, b, c] = (compiled.body["messages"] as { content: Record<string, unknown>[] }[])[2]!.content;
    expect(String(a!["content"]).length).toBeLessThan(flights.length);
    expect(b!["content"]).toEqual([
      {
        type: "text",
        text: String(a!["content"]).replaceAll("HAT", "SEA"),
        cache_control: { type: "ephemeral" },
      },
    ]);
    expect(c!["content"]).toBe(flights);
    const said = codecFor("messages").messages(compiled.body);
    const { count } = await loadTokenizer("claude-sonnet-4-5");
    const counted = said.reduce((sum, { text, toolCalls }) => {
      const calls = toolCalls.reduce((all, { name, input }) => all + count(name) + count(input), 0);
      return sum + 4 + count(text) + calls;
    }, 3);
    expect(report.tokensAfter).toBe(counted);
  });

  it("are rewritten in the items of responses", async () => {
    const request: WireRequest = {
      wire: "responses",
      body: {
        model: "gpt-5-mini",
        instructions: "Book flights.",
        input: [
          user("Which flight?"),
          { type: "function_call", call_id: "a", name: "look_up", arguments: "{}" },
          { type: "function_call_output", call_id: "a", output: flights },
        ],
      },
    };

    const { request: compiled } = await engineWith().compile(request, alone, { maxInputTokens: 5000 });

    const [question, call, output] = compiled.body["input"] as Record<string, unknown>[];
    expect([question, call]).toEqual((request.body["input"] as unknown[]).slice(0, 2));
    expect(output).toMatchObject({ type: "function_call_output", call_id: "a" });
    expect(String(output!["output"]).length).toBeLessThan(flights.length);
  });
});
