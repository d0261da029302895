import { describe, expect, it } from "vitest";
import { completionsToChat } from "../../../src/wires/completions/to-chat.ts";
import type { WireBody } from "../../../src/wires/wire.ts";
import { noMemory } from "../memory.ts";

const translate = (body: WireBody) =>
  completionsToChat.translate({ wire: "completions", body, headers: { "openai-beta": "x" } }, noMemory, 0);

const chunk = (index: number, delta: object, finish_reason: string | null = null, more: object = {}) => ({
  data: JSON.stringify({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index, delta, finish_reason, logprobs: null }],
    ...more,
  }),
});

describe("completionsToChat", () => {
  it.each([
    ["text", "Say hello"],
    ["one text in an array, as LangChain sends it", ["Say hello"]],
  ])("makes a prompt of %s what the user says, and keeps every other field (wire 1)", (_what, prompt) => {
    const { request, dropped } = translate({ model: "m", prompt, max_tokens: 5, stop: ["."], odd: { a: 1 } });

    expect(request).toEqual({
      wire: "chat",
      headers: { "openai-beta": "x" },
      body: {
        model: "m",
        messages: [{ role: "user", content: "Say hello" }],
        max_tokens: 5,
        stop: ["."],
        odd: { a: 1 },
      },
    });
    expect(dropped).toEqual([]);
  });

  it.each([
    ["several prompts", ["one", "two"]],
    ["token ids", [1, 2, 3]],
    ["arrays of token ids", [[1, 2, 3]]],
  ])("refuses %s, naming the field", (_what, prompt) => {
    expect(() => translate({ model: "m", prompt })).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param: "prompt" }),
    );
  });

  it("names what a chat cannot be asked for, and asks for the rest", () => {
    const { request, dropped } = translate({
      model: "m",
      prompt: "a",
      suffix: "b",
      logprobs: 2,
      best_of: null,
    });

    expect(dropped).toEqual(["suffix", "logprobs"]);
    expect(request.body).toEqual({ model: "m", messages: [{ role: "user", content: "a" }] });
  });

  it("turns a whole answer into text, choice by choice, with its usage", () => {
    const { answer } = translate({ model: "m", prompt: "a", n: 2 });
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const choices = ["x", "y"].map((content, index) => ({
      index,
      message: { role: "assistant", content, refusal: null },
      finish_reason: index === 0 ? "stop" : "length",
      logprobs: null,
    }));

    const told = answer({ id: "c1", object: "chat.completion", created: 1, model: "m", choices, usage });

    expect(told).toEqual({
      id: "c1",
      object: "text_completion",
      created: 1,
      model: "m",
      choices: [
        { text: "x", index: 0, logprobs: null, finish_reason: "stop" },
        { text: "y", index: 1, logprobs: null, finish_reason: "length" },
      ],
      usage,
    });
  });

  it("turns chunks into chunks of text, echoes the prompt before the first of each choice, and passes the sentinel on", () => {
    const frames = translate({ model: "m", prompt: "a ", echo: true, stream: true }).frames();
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

    const told = [
      chunk(0, { role: "assistant", content: "x" }),
      chunk(0, { content: "y" }),
      chunk(0, {}, "stop"),
      { data: JSON.stringify({ id: "c1", created: 1, model: "m", choices: [], usage }) },
      { data: "[DONE]" },
    ]
      .flatMap((frame) => frames.push(frame))
      .concat(frames.end());

    const texts = told.slice(0, -1).map(({ data }) => JSON.parse(data));
    expect(texts.slice(0, 3).map(({ choices }) => choices[0])).toEqual([
      { text: "a x", index: 0, logprobs: null, finish_reason: null },
      { text: "y", index: 0, logprobs: null, finish_reason: null },
      { text: "", index: 0, logprobs: null, finish_reason: "stop" },
    ]);
    expect(texts[3]).toMatchObject({ object: "text_completion", choices: [], usage });
    expect(told.at(-1)).toEqual({ data: "[DONE]" });
  });

  it("passes on what reports an error and what cannot be read", () => {
    const frames = translate({ model: "m", prompt: "a", stream: true }).frames();
    const odd = [{ data: '{"error":{"message":"no"}}' }, { data: "{half" }];

    expect(odd.flatMap((frame) => frames.push(frame))).toEqual(odd);
  });
});
