import { describe, expect, it } from "vitest";
import { responsesCodec as codec } from "../../../src/wires/responses/codec.ts";
import type { WireBody, WireRequest } from "../../../src/wires/wire.ts";

const requestOf = (text: string): WireRequest => ({
  wire: "responses",
  body: JSON.parse(text),
  source: Buffer.from(text),
});
const event = (type: string, told: object = {}) => ({ event: type, data: JSON.stringify({ type, ...told }) });

describe("responsesCodec", () => {
  it("reads instructions and turns as messages, a call with what it led to", () => {
    const messages = codec.messages({
      instructions: "Be short",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Hi" },
            { type: "input_image", image_url: "x" },
          ],
        },
        { type: "reasoning", summary: [] },
        { type: "function_call", call_id: "t1", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "t1", output: "done" },
      ],
    });

    expect(messages).toMatchObject([
      { role: "system", text: "Be short" },
      { role: "user", text: "Hi", mediaParts: 1 },
      { role: "assistant", toolCalls: [{ id: "t1", name: "f", input: "{}" }] },
      { role: "tool", text: "done", toolResultsFor: ["t1"] },
    ]);
  });

  it("keeps the bytes of turns that stay, and the items of one together", () => {
    const request = requestOf(
      '{"instructions":"i","input":[{"role":"user","content":"a"},{"type":"reasoning" ,"summary":[]},{"type":"function_call","call_id":"t","name":"f","arguments":"{}"},{"role":"user", "content":"b"}],"model":"m"}',
    );

    const { source, body } = codec.withMessages(request, [
      { keep: 0 },
      { keep: 2 },
      { insert: "shared" },
      { keep: 3 },
    ]);

    expect(Buffer.from(source ?? []).toString()).toBe(
      '{"instructions":"i","input":[{"type":"reasoning" ,"summary":[]},{"type":"function_call","call_id":"t","name":"f","arguments":"{}"},{"role":"user","content":"shared"},{"role":"user", "content":"b"}],"model":"m"}',
    );
    expect(JSON.parse(Buffer.from(source ?? []).toString())).toEqual(body);
  });

  it("leaves a text as it is where nothing is put before it", () => {
    const request = requestOf('{"input":"Hi" }');

    expect(codec.withMessages(request, [{ keep: 0 }])).toBe(request);
    expect(codec.withMessages(request, [{ insert: "shared" }, { keep: 0 }]).body["input"]).toEqual([
      { role: "user", content: "shared" },
      { type: "message", role: "user", content: "Hi" },
    ]);
  });

  it.each<[what: string, body: WireBody, param: string]>([
    ["no input", {}, "input"],
    ["an input of another type", { input: 1 }, "input"],
    ["an item that is none", { input: [{}, "a"] }, "input[1]"],
    ["instructions of another type", { input: "a", instructions: [] }, "instructions"],
  ])("refuses %s, naming the field", (_what, body, param) => {
    expect(() => codec.check(body)).toThrow(expect.objectContaining({ code: "PC_INVALID_REQUEST", param }));
  });

  it("needs no input to go on from an earlier answer", () => {
    expect(() => codec.check({ previous_response_id: "resp_1" })).not.toThrow();
  });

  it("counts tools that the input adds as tools of the request", () => {
    const tools = [{ type: "function", name: "f", description: "a b c" }];
    const added = { input: [{ type: "additional_tools", role: "developer", tools }] };

    expect(codec.needs(added)).toContain("tools");
    expect(codec.overheadText(added)).toBe(codec.overheadText({ input: "", tools }));
    expect(codec.overheadText(added)).toContain("a b c");
  });

  it.each([
    [
      "a piece of text",
      event("response.output_text.delta", { delta: "a" }),
      { meaningful: true, terminal: false },
    ],
    [
      "a piece without a name of its own",
      { data: '{"type":"response.refusal.delta"}' },
      { meaningful: true, terminal: false },
    ],
    [
      "a call that begins",
      event("response.output_item.added", { item: { type: "function_call" } }),
      { meaningful: true },
    ],
    [
      "a message that begins",
      event("response.output_item.added", { item: { type: "message" } }),
      { meaningful: false },
    ],
    ["its beginning", event("response.created", { response: {} }), { meaningful: false, terminal: false }],
    [
      "its end",
      event("response.completed", { response: { usage: { input_tokens: 3, output_tokens: 2 } } }),
      { terminal: true, usage: { inputTokens: 3, outputTokens: 2, reasoningTokens: undefined } },
    ],
    [
      "an end that a filter made",
      event("response.incomplete", { response: { incomplete_details: { reason: "content_filter" } } }),
      { terminal: true, filtered: true },
    ],
    [
      "a failure",
      event("response.failed", { response: { error: { code: "rate_limit_exceeded", message: "slow" } } }),
      { error: { code: "rate_limit_exceeded", message: "slow" } },
    ],
    [
      "an error",
      event("error", { code: "server_error", message: "gone" }),
      { error: { code: "server_error", message: "gone" } },
    ],
    ["the sentinel", { data: "[DONE]" }, { terminal: true, last: true }],
    ["what is no JSON", { data: "{", event: "response.created" }, { malformed: true }],
  ])("knows %s", (_what, frame, facts) => {
    expect(codec.inspect(frame)).toMatchObject(facts);
  });

  it("collects the answer from the event that completes it", () => {
    const collector = codec.collectAnswer();
    const output = [
      { type: "message", content: [{ type: "output_text", text: "Hello" }] },
      { type: "function_call", call_id: "t", name: "f", arguments: "{}" },
    ];

    collector.add(event("response.output_text.delta", { delta: "Hel" }));
    expect(collector.answer()).toBeUndefined();
    collector.add(event("response.completed", { response: { output } }));

    expect(collector.answer()).toMatchObject({
      role: "assistant",
      text: "Hello",
      toolCalls: [{ id: "t", name: "f" }],
    });
  });

  it.each<[body: WireBody, repeats: string]>([
    [{ temperature: 0 }, "always"],
    [{}, "if-asked"],
    [{ temperature: 0, tools: [{ type: "web_search" }] }, "if-asked"],
    [{ temperature: 0, store: true }, "never"],
    [{ temperature: 0, conversation: "conv_1" }, "never"],
  ])("says of %j that it repeats %s", (body, repeats) => {
    expect(codec.reuse.repeats(body)).toBe(repeats);
  });
});
