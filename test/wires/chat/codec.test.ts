import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatCodec } from "../../../src/wires/chat/codec.ts";
import type { WireRequest } from "../../../src/wires/wire.ts";

const chunk = (delta: object, more: object = {}): string =>
  JSON.stringify({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: null, logprobs: null }],
    ...more,
  });

describe("chatCodec.outputLimit", () => {
  it.each<[string, object, number | undefined]>([
    ["nothing, where the request does not say", {}, undefined],
    ["its newer field", { max_completion_tokens: 100 }, 100],
    ["its older field", { max_tokens: 50 }, 50],
    ["the newer of both, which is the one that holds", { max_completion_tokens: 100, max_tokens: 50 }, 100],
    ["all of several answers together", { max_tokens: 50, n: 3 }, 150],
    ["nothing, where only the number of answers is said", { n: 3 }, undefined],
    ["nothing, where it says no number", { max_completion_tokens: null, max_tokens: "50" }, undefined],
  ])("is %s", (_what, body, limit) => {
    expect(chatCodec.outputLimit({ model: "m", messages: [], ...body })).toBe(limit);
  });
});

describe("chatCodec.inspect", () => {
  it.each([
    ["text", chunk({ content: "Hello" }), true],
    ["text with a null usage beside it", chunk({ content: "Hello" }, { usage: null }), true],
    ["text that speaks of an error in JSON", chunk({ content: '{"error":{"message":"x"}}' }), true],
    ["a role alone", chunk({ role: "assistant", content: "", refusal: null }), false],
    ["an obfuscation alone", chunk({ obfuscation: "xyz" }), false],
    ["a refusal", chunk({ refusal: "No" }), true],
    ["reasoning under a vendor's name", chunk({ reasoning_details: [{ text: "hm" }] }), true],
    [
      "a tool call",
      chunk({ tool_calls: [{ index: 0, id: "t", function: { name: "f", arguments: "" } }] }),
      true,
    ],
    ["an empty list of tool calls", chunk({ tool_calls: [] }), false],
    [
      "Azure's filter results, without choices (wire 24)",
      '{"id":"","choices":[],"prompt_filter_results":[]}',
      false,
    ],
  ])("tells of %s whether something was said", (_name, data, meaningful) => {
    const facts = chatCodec.inspect({ data });

    expect(facts.meaningful).toBe(meaningful);
    expect(facts.terminal).toBe(false);
    expect(facts.error).toBeUndefined();
  });

  it("takes the finish reason as the end and the sentinel as the last frame", () => {
    const finish = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';

    expect(chatCodec.inspect({ data: finish })).toMatchObject({ terminal: true });
    expect(chatCodec.inspect({ data: finish }).last).toBeUndefined();
    expect(chatCodec.inspect({ data: "[DONE]" })).toMatchObject({ terminal: true, last: true });
  });

  it("reads what was written to a prompt cache, and for how long, as LiteLLM tells it (defect 72)", () => {
    const prompt_tokens_details = {
      cache_creation_tokens: 9,
      cache_creation_token_details: { ephemeral_5m_input_tokens: 6, ephemeral_1h_input_tokens: 3 },
    };
    const usage = { prompt_tokens: 12, completion_tokens: 2, total_tokens: 14, prompt_tokens_details };

    expect(chatCodec.inspectBody({ usage }).usage).toMatchObject({
      cacheWriteTokens: 9,
      cacheWrite1hTokens: 3,
    });
  });

  it("reads usage from any chunk, and tells the chunk that has nothing else (wire 23, defect 70)", () => {
    const usage = {
      prompt_tokens: 5,
      completion_tokens: 2,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 3 },
    };

    const alone = chatCodec.inspect({ data: JSON.stringify({ choices: [], usage }) });
    const onFinish = chatCodec.inspect({ data: chunk({ content: "x" }, { usage }) });

    expect(alone.usageOnly).toBe(true);
    expect(alone.usage).toEqual({
      inputTokens: 5,
      cacheReadTokens: 3,
      cacheWriteTokens: undefined,
      cacheWrite1hTokens: undefined,
      outputTokens: 2,
      reasoningTokens: undefined,
    });
    expect(onFinish.usageOnly).toBe(false);
    expect(onFinish.usage?.outputTokens).toBe(2);
  });

  it.each([
    ["an error object", '{"error":{"message":"overloaded","code":529}}', "overloaded", "529"],
    ["an error string", '{"error":"boom"}', "boom", undefined],
    ["an error beside text", chunk({ content: "x" }, { error: { message: "m", type: "t" } }), "m", "t"],
    [
      "OpenRouter's finish reason",
      '{"choices":[{"delta":{},"finish_reason":"error"}]}',
      "the answer ended with an error",
      undefined,
    ],
  ])("finds %s inside a 200 (defect 11)", (_name, data, message, code) => {
    expect(chatCodec.inspect({ data }).error).toEqual({ message, code });
  });

  it.each(["{oops", "[]", "1", ""])("calls a chunk that is no JSON object malformed: %j", (data) => {
    expect(chatCodec.inspect({ data })).toEqual({ meaningful: false, terminal: false, malformed: true });
  });
});

describe("chatCodec.check", () => {
  it.each([
    ["no messages", {}, "messages", "missing_required_parameter"],
    ["messages that are no array", { messages: "hi" }, "messages", "invalid_type"],
    ["no message", { messages: [] }, "messages", "empty_array"],
    ["a message without a role", { messages: [{ content: "x" }] }, "messages[0].role", "invalid_type"],
    [
      "a number for content",
      { messages: [{ role: "user", content: 1 }] },
      "messages[0].content",
      "invalid_type",
    ],
  ])("refuses %s, naming the field", (_name, body, param, wireCode) => {
    expect(() => chatCodec.check(body)).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param, wireCode }),
    );
  });

  it("accepts every role, content form and unknown field that clients send (wire 36, 37)", () => {
    const messages = [
      { role: "developer", content: "d" },
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "image_url", image_url: { url: "u" } },
        ],
      },
      {
        role: "assistant",
        tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "1", content: [{ type: "text", text: "r" }], name: "f" },
      { role: "assistant", content: null, refusal: "no", reasoning_content: "…" },
    ];

    expect(() => chatCodec.check({ messages, top_k: 3 })).not.toThrow();
  });
});

describe("chatCodec.messages", () => {
  it("reads text, tool calls, results and media in words of no wire", () => {
    const body = {
      messages: [
        { role: "developer", content: "be brief" },
        {
          role: "user",
          content: [{ type: "text", text: "a" }, { type: "image_url" }, { type: "text", text: "b" }],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "1", type: "function", function: { name: "f", arguments: '{"x":1}' } },
            { id: "2", type: "custom", custom: { name: "patch", input: "***" } },
          ],
        },
        { role: "tool", tool_call_id: "1", content: "42" },
      ],
    };

    expect(chatCodec.messages(body)).toEqual([
      { role: "system", text: "be brief", toolCalls: [], toolResultsFor: [], mediaParts: 0 },
      { role: "user", text: "a\nb", toolCalls: [], toolResultsFor: [], mediaParts: 1 },
      {
        role: "assistant",
        text: "",
        toolCalls: [
          { id: "1", name: "f", input: '{"x":1}' },
          { id: "2", name: "patch", input: "***" },
        ],
        toolResultsFor: [],
        mediaParts: 0,
      },
      { role: "tool", text: "42", toolCalls: [], toolResultsFor: ["1"], mediaParts: 0 },
    ]);
  });

  it("ties the deprecated function calls to their results by name", () => {
    const body = {
      messages: [
        { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
        { role: "function", name: "f", content: "1" },
      ],
    };

    const [call, result] = chatCodec.messages(body);

    expect(result?.toolResultsFor).toEqual([call?.toolCalls[0]?.id]);
  });
});

describe("chatCodec.withMessages", () => {
  const text =
    '{"model":"m","messages":[ {"role":"user","content":"a","n":1.0}, {"role":"user","content":"b"} ],"top_k":5}';

  it("keeps the bytes of kept messages and writes inserted ones as the user's", () => {
    const edited = chatCodec.withMessages(fromText(text), [{ insert: 'say "hi"' }, { keep: 0 }]);

    expect(Buffer.from(edited.source!).toString()).toBe(
      '{"model":"m","messages":[{"role":"user","content":"say \\"hi\\""},{"role":"user","content":"a","n":1.0}],"top_k":5}',
    );
    expect(edited.body).toEqual(JSON.parse(Buffer.from(edited.source!).toString()));
  });

  it("does the same on a request without bytes", () => {
    const edited = chatCodec.withMessages({ wire: "chat", body: JSON.parse(text) }, [{ keep: 1 }]);

    expect(edited.source).toBeUndefined();
    expect(edited.body["messages"]).toEqual([{ role: "user", content: "b" }]);
  });
});

describe("chatCodec.forDeployment", () => {
  it("sets the model and asks for the usage of a stream (wire 23)", () => {
    const edited = chatCodec.forDeployment(fromText('{"model":"a","stream":true}'), {
      model: "b",
      dropped: [],
    });

    expect(Buffer.from(edited.source!).toString()).toBe(
      '{"model":"b","stream":true,"stream_options":{"include_usage":true}}',
    );
  });

  it("leaves a request that needs nothing as it is", () => {
    const request = fromText('{"model":"a","stream":true,"stream_options":{"include_usage":true}}');

    expect(chatCodec.forDeployment(request, { model: "a", dropped: [] })).toBe(request);
  });

  it("takes out what the deployment rejects, the usage option too", () => {
    const request = fromText(
      '{"model":"a","stream":true,"stream_options":{"include_usage":true},"logit_bias":{}}',
    );

    const edited = chatCodec.forDeployment(request, {
      model: "a",
      dropped: ["logit_bias", "stream_options"],
    });

    expect(edited.body).toEqual({ model: "a", stream: true });
  });
});

describe("chatCodec.collectAnswer", () => {
  it("puts together text and interleaved tool calls, told by their index (defect 66)", () => {
    const collector = chatCodec.collectAnswer();

    for (const delta of [
      { role: "assistant", content: "Let me " },
      { content: "look." },
      { tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 1, id: "b", function: { name: "g", arguments: "[" } }] },
      {
        tool_calls: [
          { index: 0, function: { arguments: "{}" } },
          { index: 1, function: { arguments: "]" } },
        ],
      },
    ]) {
      collector.add({ data: chunk(delta) });
    }
    collector.add({ data: "[DONE]" });

    expect(collector.answer()).toEqual({
      role: "assistant",
      text: "Let me look.",
      toolCalls: [
        { id: "a", name: "f", input: "{}" },
        { id: "b", name: "g", input: "[]" },
      ],
      toolResultsFor: [],
      mediaParts: 0,
    });
  });

  it("gives the same text wherever the chunks are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (pieces) => {
        const collector = chatCodec.collectAnswer();

        for (const content of pieces) collector.add({ data: chunk({ content }) });

        expect(collector.answer()?.text ?? "").toBe(pieces.join(""));
      }),
    );
  });

  it("has no answer where nothing was said", () => {
    const collector = chatCodec.collectAnswer();

    collector.add({ data: chunk({ role: "assistant", content: "" }) });

    expect(collector.answer()).toBeUndefined();
  });
});

describe("what a hostile side sends", () => {
  it.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "a role named %s is an unknown role, and counts as the user's",
    (role) => {
      const [message] = chatCodec.messages({ messages: [{ role, content: "hi" }] });

      expect(message?.role).toBe("user");
    },
  );

  it.each([
    ["an object that cannot be text", '{"toString":1,"valueOf":1}'],
    ["arrays a hundred thousand deep", "[".repeat(100_000) + "]".repeat(100_000)],
  ])("an error whose code is %s is an error without a code", (_what, code) => {
    const { error } = chatCodec.inspect({ data: `{"error":{"message":"no","code":${code}}}` });

    expect(error).toEqual({ message: "no", code: undefined });
  });

  it("a tool call with a huge index takes no longer than any other, and keeps its place", () => {
    const collector = chatCodec.collectAnswer();
    for (const index of [4_294_967_294, -1, 2]) {
      const tool_calls = [{ index, id: `c${index}`, function: { name: "f", arguments: "{}" } }];
      collector.add({ data: JSON.stringify({ choices: [{ index: 0, delta: { tool_calls } }] }) });
    }

    expect(collector.answer()?.toolCalls.map(({ id }) => id)).toEqual(["c-1", "c2", "c4294967294"]);
  });
});

describe("chatCodec.withReport", () => {
  it("adds the report to an answer whose other bytes stay", () => {
    const answer = Buffer.from('{"id":"x", "usage":{"t":1.0}}');

    expect(Buffer.from(chatCodec.withReport(answer, { tokensAfter: 1 })).toString()).toBe(
      '{"id":"x", "usage":{"t":1.0},"pc":{"tokensAfter":1}}',
    );
  });
});

function fromText(text: string): WireRequest {
  return { wire: "chat", body: JSON.parse(text), source: Buffer.from(text) };
}
