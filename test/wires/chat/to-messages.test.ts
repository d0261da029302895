import { describe, expect, it } from "vitest";
import { createSseReader } from "../../../src/scheduler/providers/sse.ts";
import { chatToMessages } from "../../../src/wires/chat/to-messages.ts";
import { codecFor } from "../../../src/wires/index.ts";
import type { VendorMemory } from "../../../src/wires/vendor-memory.ts";
import type { Frame, WireBody } from "../../../src/wires/wire.ts";
import {
  type Event,
  events,
  finish,
  message,
  start,
  TEXT,
  textBlock,
  thinkingBlock,
  toolBlock,
  toSse,
} from "../../fixtures/anthropic-messages.ts";
import { givenMemory, noMemory } from "../memory.ts";

const NOW = 1_700_000_000;
const hi = { role: "user", content: "Hi" };

const translate = (body: WireBody, memory: VendorMemory = noMemory) =>
  chatToMessages.translate(
    { wire: "chat", body: { model: "claude-sonnet-4-5", messages: [hi], ...body } },
    memory,
    NOW,
  );

const asked = (body: WireBody, memory?: VendorMemory) => translate(body, memory).request.body;

const toChunks = (each: readonly Event[], body: WireBody = {}, memory?: VendorMemory) => {
  const frames = translate(body, memory).frames();
  return [...each.flatMap((event) => frames.push({ data: JSON.stringify(event) })), ...frames.end()];
};
const deltas = (chunks: readonly Frame[]) =>
  chunks.filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data).choices[0]?.delta);

const call = (id: string, name = "f", args = "{}") => ({
  id,
  type: "function",
  function: { name, arguments: args },
});
const result = (tool_call_id: string, content: unknown = "ok") => ({ role: "tool", tool_call_id, content });

describe("chatToMessages, the conversation", () => {
  it("puts system and developer messages beside the messages, wherever they stood", () => {
    const body = asked({
      messages: [{ role: "system", content: "One." }, hi, { role: "developer", content: "Two." }],
    });

    expect(body["system"]).toEqual([
      { type: "text", text: "One." },
      { type: "text", text: "Two." },
    ]);
    expect(body["messages"]).toEqual([hi]);
  });

  it("merges results of parallel calls into one user message, first in it, in the order of the calls (pitfall 9)", () => {
    const { messages } = asked({
      messages: [
        hi,
        { role: "assistant", content: null, tool_calls: [call("a"), call("b")] },
        result("b", "B"),
        result("a", [{ type: "text", text: "A" }]),
        { role: "user", content: "And now?" },
      ],
    });

    expect(messages).toEqual([
      hi,
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "a", name: "f", input: {} },
          { type: "tool_use", id: "b", name: "f", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: "A" },
          { type: "tool_result", tool_use_id: "b", content: "B" },
          { type: "text", text: "And now?" },
        ],
      },
    ]);
  });

  it("closes a call without a result, and tells a result without a call as what the user says (defect 35)", () => {
    const { messages } = asked({
      messages: [hi, { role: "assistant", tool_calls: [call("a")] }, result("gone", "Lost"), hi],
    });

    expect(messages).toMatchObject([
      hi,
      { role: "assistant" },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: expect.stringContaining("interrupted") },
          { type: "text", text: expect.stringContaining("gone") },
          { type: "text", text: "Lost" },
          { type: "text", text: "Hi" },
        ],
      },
    ]);
  });

  it("gives ids of a foreign shape the same other one, at the call and at its result (defect 35)", () => {
    const foreign = `call|${"x".repeat(80)}`;

    const text = JSON.stringify(
      asked({ messages: [hi, { role: "assistant", tool_calls: [call(foreign)] }, result(foreign)] }),
    );

    const [, used] = /"id":"([\w-]+)"/.exec(text) ?? [];
    expect(text).toContain(`"tool_use_id":"${used}"`);
    expect(text).not.toContain(foreign);
  });

  it("keeps users and assistants in turn, begins with the user, and leaves out blocks without words", () => {
    const { messages } = asked({
      messages: [
        { role: "assistant", content: "Hello  " },
        { role: "user", content: "" },
        {
          role: "user",
          content: [
            { type: "text", text: " " },
            { type: "text", text: "a" },
          ],
        },
        { role: "user", content: "b" },
        { role: "assistant", content: "c \n" },
      ],
    });

    expect(messages).toEqual([
      { role: "user", content: "(nothing)" },
      { role: "assistant", content: "Hello  " },
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      { role: "assistant", content: "c" },
    ]);
  });

  it("says images and files in blocks, keeps cache_control, and names what has none", () => {
    const cache_control = { type: "ephemeral", ttl: "1h" };
    const { request, dropped } = translate({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Look", cache_control },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "high" } },
            { type: "image_url", image_url: { url: "https://example.com/a.png" } },
            { type: "file", file: { filename: "a.txt", file_data: "data:text/plain;base64,aGk=" } },
            { type: "file", file: { file_id: "file-1" } },
            { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
          ],
        },
      ],
    });

    expect(request.body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Look", cache_control },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
          { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
          {
            type: "document",
            source: { type: "text", media_type: "text/plain", data: "hi" },
            title: "a.txt",
          },
        ],
      },
    ]);
    expect(dropped).toEqual([
      "messages[0].content[1].image_url.detail",
      "messages[0].content[4]",
      "messages[0].content[5]",
    ]);
  });

  it("understands the deprecated functions", () => {
    const body = asked({
      functions: [{ name: "f" }],
      function_call: { name: "f" },
      messages: [
        hi,
        { role: "assistant", content: null, function_call: { name: "f", arguments: "no json" } },
        { role: "function", name: "f", content: "ok" },
      ],
    });

    expect(body).toMatchObject({
      tools: [{ name: "f", input_schema: { type: "object", properties: {} } }],
      tool_choice: { type: "tool", name: "f" },
      messages: [
        hi,
        { content: [{ type: "tool_use", input: { input: "no json" } }] },
        { content: [{ type: "tool_result" }] },
      ],
    });
  });
});

describe("chatToMessages, the fields", () => {
  it.each([
    [{}, { max_tokens: 32_000 }],
    [{ model: "claude-3-haiku-20240307" }, { max_tokens: 4096 }],
    [{ model: "of-somebody-else" }, { max_tokens: 8192 }],
    [{ max_tokens: 5 }, { max_tokens: 5 }],
    [{ max_completion_tokens: 6, max_tokens: 5 }, { max_tokens: 6 }],
    [{ stop: "END" }, { stop_sequences: ["END"] }],
    [{ user: "u", safety_identifier: "s" }, { metadata: { user_id: "s" } }],
    [
      { top_k: 5, thinking: { type: "enabled", budget_tokens: 2000 } },
      { top_k: 5, thinking: { budget_tokens: 2000 } },
    ],
  ])("says %j as %j (wire 39)", (body, expected) => {
    expect(asked(body)).toMatchObject(expected);
  });

  it("names what cannot be said, and says nothing of what says nothing (wire 41, wire 42)", () => {
    const silent = {
      seed: null,
      n: 1,
      logprobs: false,
      presence_penalty: 0,
      store: false,
      modalities: ["text"],
      response_format: { type: "text" },
    };

    expect(
      translate({ seed: 1, logit_bias: { 1: 2 }, stop: [" ", "x"], response_format: { type: "json_object" } })
        .dropped,
    ).toEqual(["seed", "logit_bias", "response_format", "stop"]);
    expect(translate(silent).dropped).toEqual([]);
  });

  it("refuses several answers in one (wire 16)", () => {
    expect(() => translate({ n: 2 })).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param: "n" }),
    );
  });

  it("caps a temperature that is too warm, and says so", () => {
    const { request, dropped } = translate({ temperature: 1.5 });

    expect([request.body["temperature"], dropped]).toEqual([1, ["temperature"]]);
  });

  it.each([
    ["auto", { type: "auto" }],
    ["required", { type: "any" }],
    ["none", { type: "none" }],
    [
      { type: "function", function: { name: "f" } },
      { type: "tool", name: "f" },
    ],
    [
      { type: "custom", custom: { name: "c" } },
      { type: "tool", name: "c" },
    ],
  ])("says the choice %j as %j, and that calls are not to be parallel", (tool_choice, expected) => {
    const tools = [
      { type: "function", function: { name: "f" } },
      { type: "custom", custom: { name: "c" } },
    ];

    expect(asked({ tools, tool_choice })["tool_choice"]).toEqual(expected);
    expect(asked({ tools, tool_choice, parallel_tool_calls: false })["tool_choice"]).toEqual(
      tool_choice === "none" ? expected : { ...expected, disable_parallel_tool_use: true },
    );
  });

  it("offers only the tools that are allowed", () => {
    const tools = ["f", "g"].map((name) => ({ type: "function", function: { name } }));
    const allowed_tools = { mode: "required", tools: [{ type: "function", function: { name: "g" } }] };

    expect(asked({ tools, tool_choice: { type: "allowed_tools", allowed_tools } })).toMatchObject({
      tools: [{ name: "g" }],
      tool_choice: { type: "any" },
    });
  });

  it("closes every object of a schema, which Anthropic demands, and no value", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "array", items: { type: "object" } } },
      default: { type: "object" },
    };

    expect(
      asked({ response_format: { type: "json_schema", json_schema: { name: "x", schema } } })[
        "output_config"
      ],
    ).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: { a: { type: "array", items: { type: "object", additionalProperties: false } } },
          default: { type: "object" },
          additionalProperties: false,
        },
      },
    });
  });
});

describe("chatToMessages, thinking", () => {
  const tools = [{ type: "function", function: { name: "f" } }];
  const loop = [hi, { role: "assistant", tool_calls: [call("a")] }, result("a")];

  it.each([
    ["claude-sonnet-4-5", { reasoning_effort: "low" }, { type: "enabled", budget_tokens: 2048 }, []],
    [
      "claude-sonnet-4-5",
      { reasoning_effort: "high", max_tokens: 5000 },
      { type: "enabled", budget_tokens: 4999 },
      [],
    ],
    ["claude-sonnet-4-5", { reasoning_effort: "high", max_tokens: 1000 }, undefined, ["reasoning_effort"]],
    ["claude-sonnet-4-5", { reasoning_effort: "none" }, { type: "disabled" }, []],
    ["claude-3-5-haiku-20241022", { reasoning_effort: "low" }, undefined, ["reasoning_effort"]],
    [
      "claude-sonnet-4-5",
      { reasoning_effort: "low", tools, tool_choice: "required" },
      undefined,
      ["reasoning_effort"],
    ],
    [
      "claude-sonnet-4-5",
      { reasoning_effort: "low", temperature: 0, top_p: 0.5 },
      { type: "enabled", budget_tokens: 2048 },
      ["temperature", "top_p"],
    ],
    ["claude-sonnet-4-5", { reasoning_effort: "low", messages: loop }, undefined, ["reasoning_effort"]],
    ["claude-opus-4-7", { reasoning_effort: "low", messages: loop }, { type: "adaptive" }, []],
  ])("asks %s, given %j, for %j", (model, body, thinking, dropped) => {
    const translated = translate({ model, ...body });

    expect(translated.request.body["thinking"]).toEqual(thinking);
    expect(translated.dropped).toEqual(dropped);
  });

  it("puts signed thinking back with the calls it led to, whole or streamed, and thinks on (defect 35, pitfall 8)", () => {
    const signed = { type: "thinking", thinking: "Hm.", signature: "s" };
    const hidden = { type: "redacted_thinking", data: "x" };
    const used = { type: "tool_use", id: "a", name: "f", input: {} };
    const whole = givenMemory();
    const streamed = givenMemory();

    translate({}, whole).answer({ ...message, content: [signed, hidden, used] });
    toChunks(
      [
        start,
        ...thinkingBlock(0, "s", "Hm", "."),
        { type: "content_block_start", index: 1, content_block: hidden },
        ...toolBlock(2, "a", "f"),
        ...finish("tool_use"),
      ],
      {},
      streamed,
    );

    for (const memory of [whole, streamed]) {
      const body = asked({ reasoning_effort: "low", messages: loop }, memory);
      expect(body["messages"]).toMatchObject([
        hi,
        { role: "assistant", content: [signed, hidden, used] },
        { role: "user" },
      ]);
      expect(body["thinking"]).toMatchObject({ type: "enabled" });
    }
  });

  it("names reasoning that another model had and that cannot be sent", () => {
    const messages = [hi, { role: "assistant", content: "a", reasoning_content: "Hm." }, hi];

    expect(translate({ messages }).dropped).toEqual(["messages[1].reasoning_content"]);
  });
});

describe("chatToMessages, the answer", () => {
  it.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["pause_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["tool_use", "tool_calls"],
    ["refusal", "content_filter"],
    ["of_tomorrow", "stop"],
  ])("ends with %s as %s, whole and streamed (wire 11)", (stop_reason, finish_reason) => {
    const whole = translate({}).answer({ ...message, stop_reason });
    const streamed = toChunks([start, ...textBlock(0, "x"), ...finish(stop_reason)]).map(({ data }) => data);

    expect(whole).toMatchObject({ choices: [{ finish_reason }] });
    expect(streamed.join()).toContain(`"finish_reason":"${finish_reason}"`);
  });

  it("has every field that is demanded, and sums that add up (wire 10–14)", () => {
    expect(translate({}).answer(message)).toEqual({
      id: "msg_01",
      object: "chat.completion",
      created: NOW,
      model: "claude-served-1",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: TEXT, refusal: null },
          finish_reason: "stop",
          logprobs: null,
        },
      ],
      usage: {
        prompt_tokens: 129,
        completion_tokens: 7,
        total_tokens: 136,
        prompt_tokens_details: {
          cached_tokens: 100,
          cache_write_tokens: 20,
          cache_creation_token_details: { ephemeral_1h_input_tokens: 5 },
        },
      },
    });
  });

  it("streams chunk by chunk: the role first, calls numbered, arguments as they come, usage before the sentinel (wire 20–23)", () => {
    const chunks = toChunks([
      start,
      { type: "ping" },
      ...thinkingBlock(0, "s", "Hm."),
      ...textBlock(1, "Let ", "me."),
      ...toolBlock(2, "a", "f", '{"x"', ":1}"),
      ...toolBlock(3, "b", "g"),
      ...finish("tool_use"),
    ]);

    expect(deltas(chunks)).toEqual([
      { role: "assistant", content: "", refusal: null },
      { reasoning_content: "Hm." },
      { content: "Let " },
      { content: "me." },
      { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"x"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: ":1}" } }] },
      { tool_calls: [{ index: 1, id: "b", type: "function", function: { name: "g", arguments: "" } }] },
      { tool_calls: [{ index: 1, function: { arguments: "{}" } }] },
      {},
      undefined,
    ]);
    expect(JSON.parse(chunks.at(-2)!.data)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 129, completion_tokens: 7 },
    });
    expect(chunks.at(-1)).toEqual({ data: "[DONE]" });
  });

  it("gives a custom tool its free text back, whole and streamed (wire 38)", () => {
    const tools = [{ type: "custom", custom: { name: "patch" } }];
    const used = { type: "tool_use", id: "a", name: "patch", input: { input: "*** \n" } };

    const whole = translate({ tools }).answer({ ...message, content: [used] });
    const streamed = toChunks(
      [start, ...toolBlock(0, "a", "patch", '{"input":', '"*** \\n"}'), ...finish("tool_use")],
      { tools },
    );

    expect(whole).toMatchObject({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [{ id: "a", type: "custom", custom: { name: "patch", input: "*** \n" } }],
          },
        },
      ],
    });
    expect(deltas(streamed).flatMap((delta) => delta?.tool_calls ?? [])).toEqual([
      { index: 0, id: "a", type: "custom", custom: { name: "patch", input: "" } },
      { index: 0, custom: { input: "*** \n" } },
    ]);
  });

  it("tells an error in the stream as one, and no sentinel after it (wire 28)", () => {
    const chunks = toChunks([start, { type: "error", error: { type: "overloaded_error", message: "m" } }]);

    expect(codecFor("chat").inspect(chunks.at(-1)!)).toMatchObject({
      error: { message: "m", code: "overloaded_error" },
    });
  });

  it("streams the same wherever the bytes are cut (wire 34)", () => {
    const bytes = new TextEncoder().encode(toSse(events));
    const all = toChunks(events).map(({ data }) => data);

    for (let cut = 1; cut < bytes.length; cut++) {
      const [sse, frames] = [createSseReader(), translate({}).frames()];
      const read = [...sse.push(bytes.subarray(0, cut)), ...sse.push(bytes.subarray(cut)), ...sse.end()];
      expect(
        [...read.flatMap((frame) => frames.push(frame)), ...frames.end()].map(({ data }) => data),
      ).toEqual(all);
    }
  });
});
