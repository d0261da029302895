/** A conversation with tools that fails over from a vendor of one wire to a vendor of another, from the public entry. */
import { describe, expect, it } from "vitest";
import { createPromptCompiler, ProviderError } from "../src/index.ts";
import type { Provider } from "../src/scheduler/index.ts";
import { codecFor } from "../src/wires/index.ts";
import type { Frame, Wire, WireBody } from "../src/wires/wire.ts";
import { chunksOf, completion } from "./chat-shapes.ts";
import { events, message, TEXT } from "./fixtures/anthropic-messages.ts";
import { answer as geminiAnswer } from "./fixtures/gemini.ts";

/** What vendors of each wire say to every call, whole and as events. */
const ANSWERS: Readonly<
  Partial<Record<Wire, { readonly whole: object; readonly events: readonly (object | string)[] }>>
> = {
  messages: { whole: message, events },
  chat: { whole: completion(TEXT), events: chunksOf(TEXT) },
  gemini: { whole: geminiAnswer, events: [geminiAnswer] },
};

function givenVendor(wire: Wire, isDown: boolean) {
  const asked: WireBody[] = [];
  async function* frames(): AsyncGenerator<readonly Frame[]> {
    for (const event of ANSWERS[wire]!.events) {
      yield [{ data: typeof event === "string" ? event : JSON.stringify(event) }];
    }
  }
  const provider: Provider = {
    name: wire,
    wires: [wire],
    rejects: wire === "chat" ? ["logit_bias"] : [],
    async send({ body }) {
      asked.push(body);
      if (isDown) throw new ProviderError("overloaded", "down", { status: 529 });
      const head = { status: 200, headers: {} };
      return body["stream"] === true
        ? { ...head, frames: frames() }
        : { ...head, body: Buffer.from(JSON.stringify(ANSWERS[wire]!.whole)) };
    },
  };
  return { provider, asked };
}

const SIGNATURE = "signed-by-somebody-else";
const hi = { role: "user", content: "Weather in Wien and Graz?" };

/** One call is answered, the other was interrupted; ids and signatures are those of vendors that are not asked now. */
const CALLERS: Readonly<Partial<Record<Wire, WireBody>>> = {
  chat: {
    max_completion_tokens: 50,
    logit_bias: { "1": 1 },
    messages: [
      hi,
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: "functions.weather:0",
            type: "function",
            function: { name: "weather", arguments: '{"city":"Wien"}' },
          },
          { id: "functions.weather:1", type: "function", function: { name: "weather", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "functions.weather:0", content: "Sunny" },
      { role: "user", content: "And?" },
    ],
  },
  messages: {
    max_tokens: 50,
    top_k: 5,
    messages: [
      hi,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "I look.", signature: SIGNATURE },
          { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Wien" } },
          { type: "tool_use", id: "toolu_2", name: "weather", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_1", content: "Sunny" },
          { type: "text", text: "And?" },
        ],
      },
    ],
  },
};

type Block = Record<string, unknown>;
const blocks = (list: unknown): Block[] =>
  (list as { content?: unknown; parts?: unknown }[]).flatMap((each) => {
    const content = each.content ?? each.parts;
    return Array.isArray(content) ? (content as Block[]) : [];
  });

/** What a vendor reads: names of calls in order, by what they are matched, and how long an answer may be. */
function readBy(wire: Wire, body: WireBody): { calls: unknown[]; results: unknown[]; limit: unknown } {
  if (wire === "messages") {
    const said = blocks(body["messages"]);
    return {
      calls: said.filter(({ type }) => type === "tool_use").map(({ id }) => id),
      results: said.filter(({ type }) => type === "tool_result").map((each) => each["tool_use_id"]),
      limit: body["max_tokens"],
    };
  }
  if (wire === "gemini") {
    const said = blocks(body["contents"]);
    const named = (field: string) =>
      said.filter((part) => field in part).map((part) => (part[field] as { name: string }).name);
    const { maxOutputTokens } = body["generationConfig"] as { maxOutputTokens: number };
    return { calls: named("functionCall"), results: named("functionResponse"), limit: maxOutputTokens };
  }
  const said = body["messages"] as Block[];
  return {
    calls: said.flatMap(({ tool_calls }) => ((tool_calls ?? []) as { id: string }[]).map(({ id }) => id)),
    results: said.filter(({ role }) => role === "tool").map((each) => each["tool_call_id"]),
    limit: body["max_tokens"] ?? body["max_completion_tokens"],
  };
}

const WAYS: readonly (readonly [caller: Wire, first: Wire, second: Wire])[] = [
  ["chat", "messages", "gemini"],
  ["chat", "chat", "messages"],
  ["chat", "chat", "gemini"],
  ["chat", "gemini", "messages"],
  ["chat", "messages", "chat"],
  ["chat", "gemini", "chat"],
  ["messages", "messages", "chat"],
  ["messages", "messages", "gemini"],
  ["messages", "gemini", "chat"],
  ["messages", "chat", "gemini"],
  ["messages", "chat", "messages"],
  ["messages", "gemini", "messages"],
];

describe.each(WAYS)(
  "a conversation of a caller of %s that goes on from %s to %s",
  (caller, first, second) => {
    it.each([
      ["whole", false],
      ["streamed", true],
    ])(
      "is put into each one's words from the caller's own, and answered %s in the caller's",
      async (_how, stream) => {
        const [down, up] = [givenVendor(first, true), givenVendor(second, false)];
        const compiler = createPromptCompiler({
          deployments: [
            { id: "first", model: "m", provider: down.provider },
            { id: "second", model: "m", provider: up.provider },
          ],
          strategy: { name: "first", pick: (eligible) => eligible[0]! },
          retry: { maxAttempts: 2 },
        });
        const body = { model: "m", ...CALLERS[caller], stream };

        const { deployment, attempts, dropped, reply } = await compiler.dispatch({ wire: caller, body });
        const collector = codecFor(caller).collectAnswer();
        for await (const frames of reply.frames ?? []) for (const frame of frames) collector.add(frame);

        const said = reply.body
          ? codecFor(caller).answer(JSON.parse(Buffer.from(reply.body).toString()))
          : collector.answer();
        expect([deployment, attempts, said?.text]).toEqual(["second", 2, TEXT]);

        for (const [wire, { asked }] of [
          [first, down],
          [second, up],
        ] as const) {
          expect(asked).toHaveLength(1);
          const { calls, results, limit } = readBy(wire, asked[0]!);
          expect(limit).toBe(50);
          expect(calls).toHaveLength(2);
          // Where caller and vendor share a wire nothing is translated: it goes as the caller said it.
          if (wire === caller) expect(asked[0]!["messages"]).toEqual(body["messages" as keyof typeof body]);
          else {
            expect(results).toEqual(calls);
            expect(JSON.stringify(asked)).not.toContain(SIGNATURE);
          }
          if (wire === "messages" && wire !== caller)
            for (const id of calls) expect(id).toMatch(/^[\w-]{1,64}$/);
        }
        const unsaid = caller === "chat" ? "logit_bias" : "top_k";
        expect(dropped.includes(unsaid)).toBe(caller === "chat" || second !== "messages");
      },
    );
  },
);
