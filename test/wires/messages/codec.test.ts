import { describe, expect, it } from "vitest";
import { codecFor } from "../../../src/wires/index.ts";
import { laterUsage } from "../../../src/wires/later-usage.ts";
import type { WireBody, WireRequest } from "../../../src/wires/wire.ts";
import {
  blockDelta,
  blockStart,
  events,
  finish,
  message,
  start,
  TEXT,
  toolBlock,
} from "../../fixtures/anthropic-messages.ts";

const codec = codecFor("messages");
const frame = (event: object) => ({ data: JSON.stringify(event) });

const conversation: WireBody = {
  model: "claude-x",
  max_tokens: 100,
  system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
  messages: [
    { role: "user", content: "Weather in Rome?" },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "They want Rome.", signature: "s" },
        { type: "text", text: "Let me look." },
        { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } },
      ],
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "toolu_1",
          content: [
            { type: "text", text: "Sunny" },
            { type: "image", source: {} },
          ],
        },
        { type: "text", text: "Be quick." },
      ],
    },
    {
      role: "user",
      content: [
        { type: "text", text: "And this?" },
        { type: "document", source: {} },
      ],
    },
  ],
};

const fromText = (text: string): WireRequest => ({
  wire: "messages",
  body: JSON.parse(text),
  source: new TextEncoder().encode(text),
});

describe("messagesCodec", () => {
  it.each([
    ["no messages", {}, "messages"],
    ["messages that are no list", { messages: "Hi" }, "messages"],
    ["an empty list", { messages: [] }, "messages"],
    ["a message without a role", { messages: [{ content: "Hi" }] }, "messages[0].role"],
    ["a message without content", { messages: [{ role: "user" }] }, "messages[0].content"],
  ])("refuses %s, naming the field", (_what, body, param) => {
    expect(() => codec.check(body)).toThrow(expect.objectContaining({ code: "PC_INVALID_REQUEST", param }));
  });

  it("reads the system prompt as the first message, and what holds tool results as the tool's", () => {
    expect(codec.messages(conversation)).toEqual([
      { role: "system", text: "Be brief.", toolCalls: [], toolResultsFor: [], mediaParts: 0 },
      { role: "user", text: "Weather in Rome?", toolCalls: [], toolResultsFor: [], mediaParts: 0 },
      {
        role: "assistant",
        text: "Let me look.",
        toolCalls: [{ id: "toolu_1", name: "weather", input: '{"city":"Rome"}' }],
        toolResultsFor: [],
        mediaParts: 0,
      },
      { role: "tool", text: "Sunny\nBe quick.", toolCalls: [], toolResultsFor: ["toolu_1"], mediaParts: 1 },
      { role: "user", text: "And this?", toolCalls: [], toolResultsFor: [], mediaParts: 1 },
    ]);
  });

  it("keeps the bytes of what is kept, counts the system prompt among it, and inserts as the user", () => {
    const request = fromText(
      '{ "system" : "S", "messages": [ {"role":"user", "content":"a\\u00e9"}, {"role":"user","content":"b"} ], "n": 1.0 }',
    );

    const { source, body } = codec.withMessages(request, [{ keep: 0 }, { insert: "Known." }, { keep: 2 }]);

    expect(new TextDecoder().decode(source)).toBe(
      '{ "system" : "S", "messages": [{"role":"user","content":"Known."},{"role":"user","content":"b"}], "n": 1.0 }',
    );
    expect(body).toEqual(JSON.parse(new TextDecoder().decode(source)));
  });

  it("takes the system prompt out where it is not kept", () => {
    expect(
      codec.withMessages(fromText('{"system":"S","messages":[{"role":"user","content":"a"}]}'), [{ keep: 1 }])
        .body,
    ).toEqual({
      messages: [{ role: "user", content: "a" }],
    });
  });

  it("sends a request as it came but for the model, byte for byte", () => {
    const request = fromText('{ "model":"a",  "messages":[{"role":"user","content":"x"}], "odd":{"k":1.0} }');

    const sent = codec.forDeployment(request, { model: "b", dropped: [] });

    expect(new TextDecoder().decode(sent.source)).toBe(
      '{ "model":"b",  "messages":[{"role":"user","content":"x"}], "odd":{"k":1.0} }',
    );
    expect(codec.forDeployment(request, { model: "a", dropped: [] })).toBe(request);
  });

  it("takes thinking that nobody signed out of it, with the message where nothing is left: whoever checks signatures refuses it (defect 35)", () => {
    const thinking = { type: "thinking", thinking: "hm", signature: "" };
    const signed = { ...thinking, signature: "s" };
    const text = { type: "text", text: "Hi" };
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: [thinking, text] },
      { role: "assistant", content: [thinking] },
      { role: "assistant", content: [signed, text] },
    ];

    const { body } = codec.forDeployment(
      { wire: "messages", body: { model: "m", messages } },
      { model: "m", dropped: [] },
    );

    expect(body["messages"]).toEqual([messages[0], { role: "assistant", content: [text] }, messages[3]]);
  });

  it.each([
    ["nothing but text", { messages: [{ role: "user", content: "x" }] }, []],
    ["frames", { stream: true, messages: [] }, ["streaming"]],
    ["tools", { tools: [{ name: "f" }], messages: [] }, ["tools"]],
    [
      "a schema",
      { output_config: { format: { type: "json_schema", schema: {} } }, messages: [] },
      ["json-schema"],
    ],
    ["eyes, in a tool's result too, and a reader of files", conversation, ["vision", "files"]],
  ])("needs %s where that is asked for", (_what, body, needs) => {
    expect(codec.needs(body)).toEqual(needs);
  });

  it("opens with the system prompt and the first words of the user", () => {
    const opening = codec.opening(conversation);

    expect(opening).toEqual({
      said: [
        ["system", conversation["system"]],
        ["user", "Weather in Rome?"],
      ],
      continued: true,
    });
    expect(codec.opening({ messages: [{ role: "assistant", content: "Hi" }] })).toBeUndefined();
  });

  it.each([
    [
      "how it begins",
      start,
      { meaningful: false, terminal: false, usage: { inputTokens: 129, outputTokens: 1 } },
    ],
    ["a ping", { type: "ping" }, { meaningful: false, terminal: false }],
    ["a block that begins empty", blockStart(0, { type: "text", text: "" }), { meaningful: false }],
    [
      "a call of a tool",
      blockStart(0, { type: "tool_use", id: "t", name: "f", input: {} }),
      { meaningful: true },
    ],
    [
      "thinking that is hidden",
      blockStart(0, { type: "redacted_thinking", data: "x" }),
      { meaningful: true },
    ],
    ["text", blockDelta(0, { type: "text_delta", text: "x" }), { meaningful: true, terminal: false }],
    ["thinking", blockDelta(0, { type: "thinking_delta", thinking: "x" }), { meaningful: true }],
    ["a signature", blockDelta(0, { type: "signature_delta", signature: "x" }), { meaningful: false }],
    [
      "why it ends",
      finish("end_turn")[0]!,
      { meaningful: false, terminal: true, usage: { outputTokens: 7 } },
    ],
    ["a refusal", finish("refusal")[0]!, { terminal: true, filtered: true }],
    ["its end", { type: "message_stop" }, { terminal: true, last: true }],
    [
      "an error",
      { type: "error", error: { type: "overloaded_error", message: "m" } },
      { error: { message: "m", code: "overloaded_error" } },
    ],
    ["an event of tomorrow", { type: "message_note", text: "x" }, { meaningful: false, terminal: false }],
  ])("tells of %s in a stream", (_what, event, facts) => {
    expect(codec.inspect(frame(event))).toMatchObject(facts);
  });

  it("takes what is no JSON for malformed", () => {
    expect(codec.inspect({ data: "{half" })).toMatchObject({ malformed: true });
  });

  it("counts all input, and takes later counts of a stream for those of the whole, never for more (defect 72)", () => {
    const whole = codec.inspectBody(message).usage;
    const streamed = events.map((event) => codec.inspect(frame(event)).usage).reduce(laterUsage, undefined);

    expect(whole).toEqual({
      inputTokens: 129,
      cacheReadTokens: 100,
      cacheWriteTokens: 20,
      cacheWrite1hTokens: 5,
      outputTokens: 7,
      reasoningTokens: undefined,
    });
    expect(streamed).toEqual(whole);
  });

  it("collects from frames what the whole answer says, tool calls too", () => {
    const collector = codec.collectAnswer();
    for (const event of [...events.slice(0, -2), ...toolBlock(1, "toolu_1", "f", '{"x"', ":1}")])
      collector.add(frame(event));

    expect(collector.answer()).toEqual({
      role: "assistant",
      text: TEXT,
      toolCalls: [{ id: "toolu_1", name: "f", input: '{"x":1}' }],
      toolResultsFor: [],
      mediaParts: 0,
    });
    expect(codec.collectAnswer().answer()).toBeUndefined();
    expect(codec.answer(message)?.text).toBe(TEXT);
  });

  it("says the served model, of an answer and of a stream's beginning", () => {
    expect([message, start].map((body) => codec.servedModel(body))).toEqual([
      "claude-served-1",
      "claude-served-1",
    ]);
  });

  it("puts a report where clients pass over it: into the answer, or into a ping", () => {
    const whole = codec.withReport(Buffer.from(JSON.stringify(message)), { tokensBefore: 1 });

    expect(JSON.parse(Buffer.from(whole).toString())).toEqual({ ...message, pc: { tokensBefore: 1 } });
    expect(codec.reportFrame({ tokensBefore: 1 }, frame(start))).toEqual({
      event: "ping",
      data: '{"type":"ping","pc":{"tokensBefore":1}}',
    });
  });

  it("finds the question of plain text, and none where tools or images are", () => {
    const plain = { system: "S", messages: [{ role: "user", content: [{ type: "text", text: "Why?" }] }] };

    expect(codec.reuse.question(plain)).toEqual({
      text: "Why?",
      rest: { system: "S", messages: [{ role: "user", content: "" }] },
    });
    expect(codec.reuse.question(conversation)).toBeUndefined();
    expect(codec.reuse.question({ ...plain, tools: [{ name: "f" }] })).toBeUndefined();
  });

  it.each([
    [{ temperature: 0 }, "always"],
    [{}, "if-asked"],
    [{ temperature: 0, tools: [{ type: "web_search_20250305", name: "web_search" }] }, "if-asked"],
    [{ temperature: 0, container: "c1" }, "never"],
  ])("says of %j that an earlier answer does %s", (body, expected) => {
    expect(codec.reuse.repeats(body)).toBe(expected);
  });

  it.each([
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [502, "api_error"],
    [503, "overloaded_error"],
    [529, "overloaded_error"],
  ])("spells a %i as %s, with the name of the request (wire 58)", (status, type) => {
    const error = { status, message: "m", type: "x", code: null, param: null, requestId: "req_1" };

    expect(codec.errorBody(error)).toEqual({
      type: "error",
      error: { type, message: "m" },
      request_id: "req_1",
    });
  });

  it("says of a conversation that is too long what clients look for", () => {
    const error = { status: 400, message: "m", type: "x", code: "context_length_exceeded", param: null };

    expect(codec.errorBody(error)).toMatchObject({ error: { message: "prompt is too long: m" } });
  });

  it("ends a stream that fails with an event named error", () => {
    const body = codec.errorBody({ status: 529, message: "m", type: "x", code: null, param: null });

    expect(codec.errorFrames(body, {})).toEqual([{ event: "error", data: JSON.stringify(body) }]);
  });
});
