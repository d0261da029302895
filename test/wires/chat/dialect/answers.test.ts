import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptChat } from "../../../../src/wires/chat/dialect/adapt.ts";
import { CustomInput } from "../../../../src/wires/chat/dialect/custom-input.ts";
import type { ChatDialect } from "../../../../src/wires/chat/dialect/dialect.ts";
import type { WireBody } from "../../../../src/wires/wire.ts";
import { givenMemory } from "../../memory.ts";

const TOOLS = [{ type: "custom", custom: { name: "patch" } }];

function wayBack(dialect: ChatDialect, tools: unknown = undefined) {
  const body = { messages: [{ role: "user", content: "Hi" }], ...(tools !== undefined && { tools }) };
  return adaptChat({ wire: "chat", body }, dialect, "m", givenMemory());
}

/** What the caller gets of a stream of these chunks. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into chunks of every shape
function streamed(chunks: readonly (WireBody | "[DONE]")[], dialect: ChatDialect, tools?: unknown): any[] {
  const { push, end } = wayBack(dialect, tools).frames!();
  const frames = chunks.flatMap((chunk) =>
    push({ data: chunk === "[DONE]" ? chunk : JSON.stringify(chunk) }),
  );
  return [...frames, ...end()].map(({ data }) => (data === "[DONE]" ? data : JSON.parse(data)));
}

const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };
const delta = (said: object, more: object = {}) => ({
  ...head,
  choices: [{ index: 0, delta: said, ...more }],
});
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const calls = (chunks: readonly { choices?: { delta: { tool_calls?: object[] } }[] }[]) =>
  chunks.flatMap(({ choices = [] }) => choices.flatMap((choice) => choice.delta.tool_calls ?? []));

describe("a vendor's sparse answers", () => {
  const sparse: ChatDialect = { sparseAnswers: true };

  it("get finish_reason and logprobs on every chunk, as xAI leaves them out (wire 20)", () => {
    const [first, last] = streamed(
      [delta({ role: "assistant", content: "Hi" }), delta({}, { finish_reason: "stop" })],
      sparse,
    );

    expect(first.choices[0]).toEqual({
      index: 0,
      delta: { role: "assistant", content: "Hi" },
      finish_reason: null,
      logprobs: null,
    });
    expect(last.choices[0]).toMatchObject({ finish_reason: "stop", logprobs: null });
  });

  it("say the role on the first delta of each choice, and only there (wire 21, defect 67)", () => {
    const chunks = [
      delta({ content: "a" }),
      delta({ role: "assistant", content: "b" }),
      delta({}, { finish_reason: "stop" }),
    ];

    const roles = streamed(chunks, sparse).map(({ choices: [choice] }) => choice.delta.role);

    expect(roles).toEqual(["assistant", undefined, undefined]);
  });

  it("say the same id, created and model on every chunk (wire 20)", () => {
    const chunks = [
      delta({ content: "a" }),
      { choices: [{ delta: { content: "b" } }] },
      { ...delta({}, { finish_reason: "stop" }), id: "other" },
    ];

    const heads = streamed(chunks, sparse).map(({ choices: _, ...rest }) => rest);

    expect(heads).toEqual([head, head, head]);
  });

  it("count parallel calls that all come with the index 0 (wire 22, defect 66)", () => {
    // Ollama: whole calls, in one chunk or several (https://github.com/ollama/ollama/issues/15457).
    const whole = (id: string) => ({
      index: 0,
      id,
      type: "function",
      function: { name: "f", arguments: `{"id":"${id}"}` },
    });
    const chunks = [
      delta({ tool_calls: [whole("a"), whole("b")] }),
      delta({ tool_calls: [whole("c")] }),
      delta({}, { finish_reason: "stop" }),
    ];

    const got = streamed(chunks, sparse);

    expect(calls(got)).toEqual([{ ...whole("a") }, { ...whole("b"), index: 1 }, { ...whole("c"), index: 2 }]);
    expect(got.at(-1).choices[0].finish_reason).toBe("tool_calls");
  });

  it("keep the pieces of a call together, without its id and name again (wire 22, defect 66)", () => {
    const piece = (args: string, more: object = {}) =>
      delta({ tool_calls: [{ ...more, function: { name: "f", arguments: args } }] });
    const chunks = [
      piece("", { id: "a", index: 1 }),
      piece('{"x"', { id: "a", index: 1 }),
      piece(":1}", { index: 1 }),
    ];

    expect(calls(streamed(chunks, sparse))).toEqual([
      { index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } },
      { index: 0, function: { arguments: '{"x"' } },
      { index: 0, function: { arguments: ":1}" } },
    ]);
  });

  it("have arguments as text where the vendor sends an object", () => {
    const call = { index: 0, id: "a", function: { name: "f", arguments: { x: 1 } } };

    expect(calls(streamed([delta({ tool_calls: [call] })], sparse))).toMatchObject([
      { function: { arguments: '{"x":1}' } },
    ]);
    expect(wayBack(sparse).answer!({ choices: [{ message: { tool_calls: [call] } }] })).toMatchObject({
      choices: [
        { message: { tool_calls: [{ id: "a", type: "function", function: { arguments: '{"x":1}' } }] } },
      ],
    });
  });

  it.each([
    ["on the last chunk with text", [delta({ content: "a" }, { finish_reason: "stop" }) as WireBody]],
    [
      "on two chunks",
      [{ ...delta({ content: "a" }), usage: { prompt_tokens: 1 } }, delta({}, { finish_reason: "stop" })],
    ],
  ])("tell usage once, on a chunk of its own, where it came %s (wire 23, defects 69, 70)", (_, chunks) => {
    const last = { ...chunks.at(-1), usage };

    const got = streamed([...chunks.slice(0, -1), last, "[DONE]"], sparse);

    expect(got.slice(-2)).toEqual([{ ...head, choices: [], usage }, "[DONE]"]);
    expect(got.slice(0, -2).every((chunk) => !("usage" in chunk))).toBe(true);
  });

  it("are finished where the vendor says only that the stream is over (wire 21)", () => {
    expect(streamed([delta({ content: "a" }), "[DONE]"], sparse).at(-2).choices).toEqual([
      { index: 0, delta: {}, logprobs: null, finish_reason: "stop" },
    ]);
  });

  it("are finished once per choice (wire 21)", () => {
    const chunks = [
      delta({ content: "a" }, { finish_reason: "stop" }),
      delta({}, { finish_reason: "stop" }),
      "[DONE]" as const,
    ];

    expect(streamed(chunks, sparse).map((chunk) => chunk.choices?.length)).toEqual([1, undefined]);
  });

  it("pass a chunk without choices that comes first, as Azure's does (wire 24)", () => {
    const leading = {
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [],
      prompt_filter_results: [{ prompt_index: 0 }],
    };

    const [first, second] = streamed([leading, delta({ content: "a" })], sparse);

    expect(first).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    expect(second).toMatchObject(head);
  });

  it("have every field of a whole answer (wire 10–13)", () => {
    const body = {
      id: "x",
      created: 1,
      model: "m",
      choices: [{ message: { content: "Hi", tool_calls: [] } }],
    };

    expect(wayBack(sparse).answer!(body)).toEqual({
      ...body,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          logprobs: null,
          finish_reason: "stop",
          message: { role: "assistant", content: "Hi", refusal: null },
        },
      ],
    });
  });

  it("leave an error in the stream as it is", () => {
    const error = { error: { message: "no" } };

    expect(streamed([error], sparse)).toEqual([error]);
  });
});

describe("wrapped custom tools in answers (wire 38)", () => {
  const wrapped: ChatDialect = { noCustomTools: true };
  const call = {
    id: "c",
    type: "function",
    function: { name: "patch", arguments: '{"input":"a \\"b\\"\\n🙂"}' },
  };

  it("are custom tools again in a whole answer; functions stay functions", () => {
    const other = { id: "d", type: "function", function: { name: "f", arguments: "{}" } };
    const { answer } = wayBack(wrapped, TOOLS);

    expect(answer!({ choices: [{ message: { tool_calls: [call, other] } }] })).toEqual({
      choices: [
        {
          message: {
            tool_calls: [{ id: "c", type: "custom", custom: { name: "patch", input: 'a "b"\n🙂' } }, other],
          },
        },
      ],
    });
  });

  it("come back itself where there is none in it", () => {
    const body = { choices: [{ message: { content: "Hi" } }] };

    expect(wayBack(wrapped, TOOLS).answer!(body)).toBe(body);
  });

  it("stream as they come, however the arguments are cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.array(fc.nat(60)), (text, cuts) => {
        const written = ` { "input" : ${JSON.stringify(text)} }`;
        const edges = [
          0,
          ...cuts.map((cut) => Math.min(cut, written.length)).sort((a, b) => a - b),
          written.length,
        ];
        const pieces = edges.slice(1).map((end, index) => written.slice(edges[index], end));
        const chunks = [
          delta({
            tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "patch", arguments: "" } }],
          }),
          ...pieces.map((piece) => delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
          delta({}, { finish_reason: "tool_calls" }),
        ];

        const got = calls(streamed(chunks, wrapped, TOOLS)) as { custom: { input: string } }[];

        expect(got[0]).toEqual({ index: 0, id: "c", type: "custom", custom: { name: "patch", input: "" } });
        expect(got.map(({ custom }) => custom.input).join("")).toBe(text);
      }),
    );
  });

  it("give what a model wrote without the wrapping, before the choice is finished", () => {
    const chunks = [
      delta({
        tool_calls: [{ index: 0, id: "c", function: { name: "patch", arguments: "*** Begin Patch" } }],
      }),
      delta({}, { finish_reason: "tool_calls" }),
    ];

    const got = streamed(chunks, wrapped, TOOLS);

    expect(calls(got).at(-1)).toEqual({ index: 0, custom: { input: "*** Begin Patch" } });
    expect(got.at(-1).choices[0].finish_reason).toBe("tool_calls");
  });
});

describe("CustomInput", () => {
  it("gives each piece of text as soon as it is there", () => {
    const input = new CustomInput();

    expect(['{"in', 'put":"a', "b\\", "n\\u00", 'e9c"}', "}"].map((piece) => input.push(piece))).toEqual([
      "",
      "a",
      "b",
      "\n",
      "éc",
      "",
    ]);
    expect(input.end()).toBe("");
  });

  it("takes line breaks that a model did not escape", () => {
    const input = new CustomInput();

    expect(input.push('{"input":"a\nb"}')).toBe("a\nb");
  });
});
