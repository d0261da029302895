import { describe, expect, it } from "vitest";
import { geminiCodec } from "../../../src/wires/gemini/codec.ts";
import type { WireBody } from "../../../src/wires/wire.ts";
import { answer, blockedPrompt, calling, generated, TEXT } from "../../fixtures/gemini.ts";

const text = (role: string, of: string) => ({ role, parts: [{ text: of }] });
const request = (body: WireBody) => ({ wire: "gemini" as const, body });

const conversation = {
  model: "m",
  systemInstruction: { parts: [{ text: "Be brief." }] },
  contents: [
    text("user", "Hi"),
    {
      role: "model",
      parts: [{ text: "hm", thought: true }, { functionCall: { name: "f", args: { a: 1 } } }],
    },
    {
      role: "user",
      parts: [
        { functionResponse: { name: "f", response: { output: "x" } } },
        { inlineData: { mimeType: "image/png", data: "" } },
      ],
    },
  ],
};

describe("geminiCodec", () => {
  it("reads the instruction first, then the contents; thoughts are not said", () => {
    expect(geminiCodec.messages(conversation)).toEqual([
      { role: "system", text: "Be brief.", toolCalls: [], toolResultsFor: [], mediaParts: 0 },
      { role: "user", text: "Hi", toolCalls: [], toolResultsFor: [], mediaParts: 0 },
      {
        role: "assistant",
        text: "",
        toolCalls: [{ id: "function:f", name: "f", input: '{"a":1}' }],
        toolResultsFor: [],
        mediaParts: 0,
      },
      { role: "tool", text: '{"output":"x"}', toolCalls: [], toolResultsFor: ["function:f"], mediaParts: 1 },
    ]);
  });

  it("replaces contents, and keeps the bytes of those that stay", () => {
    const source = Buffer.from(
      '{"contents":[{"role":"user",  "parts":[]},{"role":"model"}],"systemInstruction":{"parts":[]}}',
    );
    const given = { wire: "gemini" as const, body: JSON.parse(source.toString()), source };

    const replaced = geminiCodec.withMessages(given, [{ keep: 0 }, { keep: 1 }, { insert: "Known: x" }]);

    expect(Buffer.from(replaced.source!).toString()).toBe(
      '{"contents":[{"role":"user",  "parts":[]},{"role":"user","parts":[{"text":"Known: x"}]}],"systemInstruction":{"parts":[]}}',
    );
    expect(geminiCodec.withMessages(given, [{ keep: 2 }]).body).toEqual({ contents: [{ role: "model" }] });
  });

  it.each([
    ["none", {}],
    ["an empty list", { contents: [] }],
    ["a text", { contents: "Hi" }],
  ])("refuses contents that are %s", (_what, body) => {
    expect(() => geminiCodec.check(body)).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param: "contents" }),
    );
  });

  it("sees what a request needs, how it begins and how long its answer may be", () => {
    const body = {
      ...conversation,
      stream: true,
      tools: [{}],
      generationConfig: {
        responseJsonSchema: {},
        responseLogprobs: true,
        maxOutputTokens: 10,
        candidateCount: 2,
      },
    };

    expect(geminiCodec.needs(body)).toEqual(["streaming", "tools", "json-schema", "logprobs", "vision"]);
    expect(geminiCodec.outputLimit(body)).toBe(20);
    expect(geminiCodec.opening(body)).toEqual({
      said: [conversation.systemInstruction, ["user", [{ text: "Hi" }]]],
      continued: true,
    });
    expect(geminiCodec.estimateTokens({ contents: [text("user", "a".repeat(400))] })).toBe(100);
    expect(
      geminiCodec.forDeployment(request({ model: "a", x: 1 }), { model: "b", dropped: ["x"] }).body,
    ).toEqual({ model: "b" });
  });

  it.each<[string, object, object]>([
    ["text", generated([{ text: "x" }]), { meaningful: true, terminal: false }],
    ["a thought", generated([{ text: "x", thought: true }]), { meaningful: true, terminal: false }],
    ["a call", calling, { meaningful: true, terminal: true }],
    ["the end", generated([{ text: "" }], "STOP"), { meaningful: false, terminal: true }],
    [
      "the end with a signature",
      generated([{ text: "", thoughtSignature: "s" }], "STOP"),
      { meaningful: false, terminal: true },
    ],
    ["a filter", { candidates: [{ finishReason: "SAFETY", index: 0 }] }, { terminal: true, filtered: true }],
    ["a blocked prompt", blockedPrompt, { meaningful: false, error: { code: "content_filter" } }],
    [
      "an error with a number",
      { error: { code: 500, message: "m" } },
      { error: { message: "m", code: "500" } },
    ],
    [
      "a prompt's feedback beside an answer",
      { ...answer, promptFeedback: { blockReason: "SAFETY" } },
      { meaningful: true },
    ],
  ])("tells of %s in a stream", (_what, event, facts) => {
    expect(geminiCodec.inspect({ data: JSON.stringify(event) })).toMatchObject(facts);
  });

  it("cannot read half an event", () => {
    expect(geminiCodec.inspect({ data: '{"half' })).toMatchObject({ malformed: true });
    expect(geminiCodec.inspect({ data: "[" })).toMatchObject({ malformed: true });
  });

  it("counts thoughts as output, the prompt of tools as input, and what is left out as 0 (defect 72, wire 14)", () => {
    const usageOf = (usageMetadata: object) => geminiCodec.inspectBody({ usageMetadata }).usage;

    expect(
      usageOf({
        promptTokenCount: 10,
        toolUsePromptTokenCount: 5,
        candidatesTokenCount: 2,
        thoughtsTokenCount: 3,
      }),
    ).toMatchObject({
      inputTokens: 15,
      outputTokens: 5,
      reasoningTokens: 3,
      cacheReadTokens: 0,
      cacheWriteTokens: undefined,
    });
    expect(usageOf({ totalTokenCount: 10 })).toBeUndefined();
  });

  it("finds answer and model of a whole answer", () => {
    expect(geminiCodec.answer(answer)).toMatchObject({ role: "assistant", text: TEXT });
    expect(geminiCodec.answer({})).toBeUndefined();
    expect(geminiCodec.servedModel(answer)).toBe("gemini-2.5-flash");
  });

  it("tells of failures as Google does", () => {
    const error = { status: 404, message: "no such model", type: "t", code: null, param: null };

    expect(geminiCodec.errorBody(error)).toEqual({
      error: { code: 404, message: "no such model", status: "NOT_FOUND" },
    });
  });

  it("takes equal requests for one another where nothing is sampled", () => {
    expect(geminiCodec.reuse.repeats({ generationConfig: { temperature: 0 } })).toBe("always");
    expect(geminiCodec.reuse.repeats({ generationConfig: { seed: 1 } })).toBe("always");
    expect(geminiCodec.reuse.repeats({})).toBe("if-asked");
  });
});
