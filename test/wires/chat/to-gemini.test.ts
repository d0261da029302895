import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseReader } from "../../../src/scheduler/providers/sse.ts";
import { chatCodec } from "../../../src/wires/chat/codec.ts";
import { geminiCodec } from "../../../src/wires/gemini/codec.ts";
import type { VendorMemory } from "../../../src/wires/vendor-memory.ts";
import type { Frame, WireBody } from "../../../src/wires/wire.ts";
import { anyText } from "../../any-text.ts";
import { answer, calling, completeStreams, generated, SIGNATURE, TEXT } from "../../fixtures/gemini.ts";
import { cutAt } from "../../upstream.ts";
import { NOW, result, toGemini, user } from "../gemini/given.ts";
import { givenMemory } from "../memory.ts";

const frame = (event: object): Frame => ({ data: JSON.stringify(event) });

/** What a stream of these events is in chat's words. */
function streamed(events: readonly object[], body: WireBody = {}, memory?: VendorMemory) {
  const frames = toGemini({ stream: true, ...body }, memory).frames();
  const told = [...events.flatMap((event) => frames.push(frame(event))), ...frames.end()];
  expect(told.at(-1)).toEqual({ data: "[DONE]" });
  return told.slice(0, -1).map(({ data }) => JSON.parse(data));
}

const choicesOf = (chunks: readonly { choices: readonly object[] }[]) =>
  chunks.flatMap(({ choices }) => choices);

const USAGE = {
  prompt_tokens: 12,
  completion_tokens: 27,
  total_tokens: 39,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 20 },
};

describe("a whole answer of Gemini, as a chat completion", () => {
  it("has every required field, and usage whose total is the sum (wire 10, wire 12, wire 14)", () => {
    expect(toGemini({}).answer(answer)).toEqual({
      id: "chatcmpl-resp-1",
      object: "chat.completion",
      created: NOW,
      model: "gemini-2.5-flash",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: TEXT, refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: USAGE,
    });
  });

  it("has tool calls with arguments as text, ids that are always the same, thoughts beside, and signatures (wire 13, defect 68)", () => {
    const told = () =>
      (toGemini({}).answer(calling)["choices"] as { message: { tool_calls: { id: string }[] } }[])[0]!;
    const [one, other] = told().message.tool_calls;

    expect(told()).toEqual({
      index: 0,
      message: {
        role: "assistant",
        content: null,
        refusal: null,
        reasoning_content: "I look that up.",
        tool_calls: [
          {
            id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
            type: "function",
            function: { name: "weather", arguments: '{"city":"Wien"}' },
            extra_content: { google: { thought_signature: SIGNATURE } },
          },
          {
            id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
            type: "function",
            function: { name: "weather", arguments: '{"city":"Graz"}' },
          },
        ],
      },
      logprobs: null,
      finish_reason: "tool_calls",
    });
    expect(told().message.tool_calls[0]?.id).toBe(one?.id);
    expect(other?.id).not.toBe(one?.id);
  });

  it("has other ids in another turn, though the call is the same and the answer has no name", () => {
    const unnamed = { ...calling, responseId: undefined };
    const idIn = (messages: readonly object[]) =>
      chatCodec.answer(toGemini({ messages }).answer(unnamed))?.toolCalls[0]?.id;

    expect(idIn([user("a")])).not.toBe(idIn([user("a"), user("b"), user("c")]));
  });

  it("keeps Gemini's own ids of calls", () => {
    const named = generated([{ functionCall: { id: "g-1", name: "f", args: {} } }], "STOP");

    expect(chatCodec.answer(toGemini({}).answer(named))?.toolCalls).toEqual([
      { id: "g-1", name: "f", input: "{}" },
    ]);
  });

  it("unwraps what was called with free text (wire 38)", () => {
    const called = generated([{ functionCall: { name: "patch", args: { input: "*** x" } } }], "STOP");
    const tools = [{ type: "custom", custom: { name: "patch" } }];

    expect(toGemini({ tools }).answer(called)).toMatchObject({
      choices: [
        {
          message: { tool_calls: [{ type: "custom", custom: { name: "patch", input: "*** x" } }] },
          finish_reason: "tool_calls",
        },
      ],
    });
  });

  it("calls a function where the caller speaks of functions", () => {
    expect(toGemini({ functions: [{ name: "weather" }] }).answer(calling)).toMatchObject({
      choices: [
        {
          message: { content: null, function_call: { name: "weather", arguments: '{"city":"Wien"}' } },
          finish_reason: "function_call",
        },
      ],
    });
  });

  it.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "content_filter"],
    ["RECITATION", "content_filter"],
    ["BLOCKLIST", "content_filter"],
    ["PROHIBITED_CONTENT", "content_filter"],
    ["SPII", "content_filter"],
    ["IMAGE_SAFETY", "content_filter"],
    ["LANGUAGE", "stop"],
    ["OTHER", "stop"],
  ])("that ended with %s has the finish reason %s (wire 11)", (reason, expected) => {
    expect(toGemini({}).answer(generated([{ text: "x" }], reason))).toMatchObject({
      choices: [{ finish_reason: expected }],
    });
  });

  it("has a choice for each candidate (wire 16)", () => {
    const candidates = ["a", "b"].map((text, index) => ({
      index,
      content: { parts: [{ text }] },
      finishReason: "STOP",
    }));

    expect(toGemini({ n: 2 }).answer({ ...answer, candidates })).toMatchObject({
      choices: [
        { index: 0, message: { content: "a" } },
        { index: 1, message: { content: "b" } },
      ],
    });
  });

  it("has the probabilities of its tokens, in bytes too (wire 26)", () => {
    const chosen = { token: "ü", tokenId: 5, logProbability: -0.5 };
    const logprobsResult = {
      chosenCandidates: [chosen],
      topCandidates: [{ candidates: [chosen, { token: "u" }] }],
    };
    const [candidate] = generated([{ text: "ü" }], "STOP").candidates;

    expect(toGemini({}).answer({ ...answer, candidates: [{ ...candidate, logprobsResult }] })).toMatchObject({
      choices: [
        {
          logprobs: {
            content: [
              {
                token: "ü",
                logprob: -0.5,
                bytes: [0xc3, 0xbc],
                top_logprobs: [
                  { token: "ü", logprob: -0.5, bytes: [0xc3, 0xbc] },
                  { token: "u", logprob: 0, bytes: [0x75] },
                ],
              },
            ],
            refusal: null,
          },
        },
      ],
    });
  });

  it("shows images that it made", () => {
    const shown = generated(
      [{ text: "See" }, { inlineData: { mimeType: "image/png", data: "AA==" } }],
      "STOP",
    );

    expect(toGemini({}).answer(shown)).toMatchObject({
      choices: [
        {
          message: {
            content: "See",
            images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }],
          },
        },
      ],
    });
  });

  it("tells no usage where there is none", () => {
    expect(toGemini({}).answer({ ...answer, usageMetadata: undefined })).not.toHaveProperty("usage");
  });
});

describe("a streamed answer of Gemini, as chunks of a chat", () => {
  it("begins with the role, ends with a finish reason, usage and the sentinel, and is one answer throughout (wire 20, wire 21, wire 23)", () => {
    const chunks = streamed([generated([{ text: "Hel" }]), generated([{ text: "lo" }], "STOP")]);

    expect(choicesOf(chunks)).toEqual([
      {
        index: 0,
        delta: { role: "assistant", content: "", refusal: null },
        finish_reason: null,
        logprobs: null,
      },
      { index: 0, delta: { content: "Hel" }, finish_reason: null, logprobs: null },
      { index: 0, delta: { content: "lo" }, finish_reason: null, logprobs: null },
      { index: 0, delta: {}, finish_reason: "stop", logprobs: null },
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE });
    for (const { id, object, created, model } of chunks) {
      expect([id, object, created, model]).toEqual([
        "chatcmpl-resp-1",
        "chat.completion.chunk",
        NOW,
        "gemini-2.5-flash",
      ]);
    }
  });

  it("gives each tool call a number, its head and then its arguments, over all events (wire 22, defect 66)", () => {
    const another = generated([{ functionCall: { name: "now", args: {} } }], "STOP");
    const deltas = choicesOf(
      streamed([
        { ...calling, candidates: [{ ...calling.candidates[0], finishReason: undefined }] },
        another,
      ]),
    )
      .map((choice) => (choice as { delta: { tool_calls?: object[] } }).delta)
      .flatMap(({ tool_calls = [] }) => tool_calls);
    const id = expect.stringMatching(/^call_/);

    expect(deltas).toEqual([
      {
        index: 0,
        id,
        type: "function",
        function: { name: "weather", arguments: "" },
        extra_content: { google: { thought_signature: SIGNATURE } },
      },
      { index: 0, function: { arguments: '{"city":"Wien"}' } },
      { index: 1, id, type: "function", function: { name: "weather", arguments: "" } },
      { index: 1, function: { arguments: '{"city":"Graz"}' } },
      { index: 2, id, type: "function", function: { name: "now", arguments: "" } },
      { index: 2, function: { arguments: "{}" } },
    ]);
  });

  it("says once why it ended, though some models say so in every event", () => {
    const reasons = choicesOf(
      streamed([generated([{ text: "a" }], "STOP"), generated([{ text: "b" }], "MAX_TOKENS")]),
    )
      .map((choice) => (choice as { finish_reason: unknown }).finish_reason)
      .filter((reason) => reason !== null);

    expect(reasons).toEqual(["length"]);
  });

  it("keeps choices apart (wire 26)", () => {
    const said = (index: number, text: string) => ({
      ...generated([{ text }]),
      candidates: [{ index, content: { parts: [{ text }] } }],
    });

    const texts = choicesOf(streamed([said(0, "a"), said(1, "x"), said(0, "b")])).map((choice) => {
      const { index, delta } = choice as { index: number; delta: { content?: string; role?: string } };
      return [index, delta.role ?? delta.content];
    });

    expect(texts).toEqual([
      [0, "assistant"],
      [0, "a"],
      [1, "assistant"],
      [1, "x"],
      [0, "b"],
      [0, undefined],
      [1, undefined],
    ]);
  });

  it.each([
    [
      "an error",
      { error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } },
      { message: "overloaded", code: "UNAVAILABLE" },
    ],
    [
      "an error in an array (wire 48)",
      [{ error: { code: 429, message: "slow", status: "RESOURCE_EXHAUSTED" } }],
      { message: "slow", code: "RESOURCE_EXHAUSTED" },
    ],
    [
      "a blocked prompt",
      { promptFeedback: { blockReason: "SAFETY" } },
      { message: "the prompt was blocked: SAFETY", code: "content_filter" },
    ],
    [
      "a call that cannot be run",
      generated([], "MALFORMED_FUNCTION_CALL"),
      { message: "the answer ended with MALFORMED_FUNCTION_CALL", code: "MALFORMED_FUNCTION_CALL" },
    ],
  ])("tells of %s as of an error (wire 28, defect 11)", (_what, event, error) => {
    const [told] = toGemini({ stream: true }).frames().push(frame(event));

    expect(chatCodec.inspect(told!).error).toEqual(error);
    expect(geminiCodec.inspect(frame(event)).error).toEqual(error);
  });

  it("passes on what cannot be read", () => {
    expect(toGemini({ stream: true }).frames().push({ data: "{half" })).toEqual([{ data: "{half" }]);
  });

  it("says the same wherever its bytes are cut, and the same as whole (defect 15)", () => {
    const bytes = completeStreams["as Gemini"]!;
    const whole = chatCodec.answer(toGemini({}).answer(answer));

    for (let at = 0; at <= bytes.length; at += 1) {
      const [reader, frames, collector] = [
        createSseReader(),
        toGemini({ stream: true }).frames(),
        chatCodec.collectAnswer(),
      ];
      const arrived = [...cutAt(bytes, at).flatMap((part) => reader.push(part)), ...reader.end()];
      for (const told of [...arrived.flatMap((each) => frames.push(each)), ...frames.end()])
        collector.add(told);

      expect(collector.answer(), `cut at ${at}`).toEqual(whole);
    }
  });
});

describe("a second turn with Gemini (defect 68)", () => {
  const signedParts = [
    { functionCall: { name: "weather", args: { city: "Wien" } }, thoughtSignature: SIGNATURE },
    { functionCall: { name: "weather", args: { city: "Graz" } } },
  ];
  const model = "gemini-3-pro-preview";

  /** The next request of a client, which may have dropped what it does not know. */
  const next = (message: WireBody, memory: VendorMemory, strip: boolean) => {
    const calls = message["tool_calls"] as { id: string; extra_content?: object }[];
    const kept = calls.map(({ extra_content, ...call }) =>
      strip || !extra_content ? call : { ...call, extra_content },
    );
    const messages = [
      user("Hi"),
      { role: "assistant", content: null, tool_calls: kept },
      ...calls.map(({ id }) => result(id)),
    ];
    return toGemini({ model, messages }, memory).asked["contents"];
  };

  it.each([
    ["a client that keeps what it got, and the memory is gone", false, false],
    ["a client that drops it, from the memory", true, true],
  ])("has its signature from %s", (_who, strip, remembers) => {
    const memory = givenMemory();
    const told = toGemini({ model }, memory).answer(calling) as { choices: { message: WireBody }[] };

    const contents = next(told.choices[0]!.message, remembers ? memory : givenMemory(), strip);

    expect(contents).toContainEqual({ role: "model", parts: signedParts });
  });

  it("has it after a stream too", () => {
    const memory = givenMemory();
    const collector = chatCodec.collectAnswer();
    const frames = toGemini({ model, stream: true }, memory).frames();
    for (const told of [...frames.push(frame(calling)), ...frames.end()]) collector.add(told);
    const tool_calls = collector.answer()?.toolCalls.map(({ id, name, input }) => ({
      id,
      type: "function",
      function: { name, arguments: input },
    }));

    expect(next({ tool_calls }, memory, true)).toContainEqual({ role: "model", parts: signedParts });
  });
});

interface Part {
  readonly text?: string;
  readonly functionCall?: { readonly name: string; readonly args: object };
  readonly functionResponse?: { readonly response: { readonly output: string } };
}

/** Every part that is sent, in order. */
function geminiParts({ contents }: WireBody): readonly Part[] {
  return (contents as { parts: Part[] }[]).flatMap(({ parts }) => parts);
}

describe("chat → Gemini → chat", () => {
  const said = anyText.filter((text) => text !== "");
  const args = fc.dictionary(fc.string(), fc.oneof(anyText, fc.integer(), fc.boolean()), { maxKeys: 3 });
  const name = fc.constantFrom("weather", "now", "look_up");

  it("keeps what every message says, calls and results included", () => {
    const turn = fc.oneof(
      said.map((content) => [user(content)]),
      said.map((content) => [{ role: "assistant", content }]),
      fc
        .tuple(
          name,
          args,
          said.filter((text) => !text.trimStart().startsWith("{")),
        )
        .map(([called, given, content]) => [
          {
            role: "assistant",
            content: null,
            tool_calls: [
              { id: "c", type: "function", function: { name: called, arguments: JSON.stringify(given) } },
            ],
          },
          { role: "tool", tool_call_id: "c", content },
        ]),
    );
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 6 }), (turns) => {
        const messages = [user("Hi"), ...turns.flat()];
        const { asked, dropped } = toGemini({ messages });

        const before = chatCodec.messages({ messages });
        const parts = geminiParts(asked);

        expect(parts.map(({ text }) => text ?? "").join("")).toBe(
          before
            .filter(({ role }) => role !== "tool")
            .map(({ text }) => text)
            .join(""),
        );
        expect(parts.flatMap(({ functionResponse }) => functionResponse?.response.output ?? [])).toEqual(
          before.filter(({ role }) => role === "tool").map(({ text }) => text),
        );
        expect(
          parts.flatMap(({ functionCall }) => (functionCall ? [[functionCall.name, functionCall.args]] : [])),
        ).toEqual(
          before.flatMap(({ toolCalls }) => toolCalls.map((call) => [call.name, JSON.parse(call.input)])),
        );
        expect(dropped).toEqual([]);
      }),
    );
  });

  it("keeps every declared field of an answer, whole and streamed alike", () => {
    const part = fc.oneof(
      said.map((text) => ({ text })),
      said.map((text) => ({ text, thought: true })),
      fc.record({ functionCall: fc.record({ name, args }) }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const given = generated(parts, "STOP");
        const whole = chatCodec.answer(toGemini({}).answer(given));
        const frames = toGemini({ stream: true }).frames();
        const collector = chatCodec.collectAnswer();
        const events = parts.map((each, index) =>
          generated([each], index === parts.length - 1 ? "STOP" : undefined),
        );
        for (const told of [...events.flatMap((event) => frames.push(frame(event))), ...frames.end()])
          collector.add(told);

        const spoken = parts.filter((each) => "text" in each && !("thought" in each));
        expect(whole?.text).toBe(spoken.map((each) => ("text" in each ? each.text : "")).join(""));
        expect(whole?.toolCalls.map((call) => [call.name, JSON.parse(call.input)])).toEqual(
          parts.flatMap((each) =>
            "functionCall" in each ? [[each.functionCall.name, each.functionCall.args]] : [],
          ),
        );
        const streamedAnswer = collector.answer() ?? { ...whole, text: "", toolCalls: [] };
        expect([streamedAnswer.text, streamedAnswer.toolCalls]).toEqual([whole?.text, whole?.toolCalls]);
      }),
    );
  });
});
