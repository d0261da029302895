import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messagesToChat } from "../../../src/wires/messages/to-chat.ts";
import type { Frame, WireBody } from "../../../src/wires/wire.ts";
import { chunk, completion } from "../../chat-shapes.ts";
import { noMemory } from "../memory.ts";

const hi = { role: "user", content: "Hi" };

const translate = (body: WireBody) =>
  messagesToChat.translate(
    {
      wire: "messages",
      body: { model: "m", max_tokens: 9, messages: [hi], ...body },
      headers: { "anthropic-beta": "x" },
    },
    noMemory,
    1,
  );
const asked = (body: WireBody) => translate(body).request.body;

const toEvents = (chunks: readonly object[], body: WireBody = {}) => {
  const frames = translate(body).frames();
  return [...chunks.flatMap((each) => frames.push({ data: JSON.stringify(each) })), ...frames.end()].map(
    ({ event, data }: Frame) => ({ event, ...JSON.parse(data) }),
  );
};

const used = (id: string, input: object = {}) => ({ type: "tool_use", id, name: "f", input });

describe("messagesToChat, the request", () => {
  it("puts the system prompt in front, and leaves Anthropic's headers and marks behind, told by their paths (defect 71)", () => {
    const system = [{ type: "text", text: "S", cache_control: { type: "ephemeral" } }];

    const { request, dropped } = translate({ system, context_management: { edits: [] }, top_k: 3 });

    expect(request).toEqual({
      wire: "chat",
      body: { model: "m", messages: [{ role: "system", content: "S" }, hi], max_tokens: 9 },
    });
    expect(dropped).toEqual(["context_management", "top_k", "system[0].cache_control"]);
  });

  it("makes each result a message of a tool, right behind its call, and shows images of results behind them", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
    const { messages } = asked({
      messages: [
        hi,
        { role: "assistant", content: [{ type: "text", text: "Look." }, used("a", { x: 1 }), used("b")] },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "B" }, image] },
            { type: "tool_result", tool_use_id: "a", content: "A" },
            { type: "text", text: "Go on." },
          ],
        },
      ],
    });

    expect(messages).toEqual([
      hi,
      {
        role: "assistant",
        content: "Look.",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          { id: "b", type: "function", function: { name: "f", arguments: "{}" } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "A" },
      { role: "tool", tool_call_id: "b", content: "B" },
      {
        role: "user",
        content: [
          { type: "text", text: "From the result of tool call b:" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
          { type: "text", text: "Go on." },
        ],
      },
    ]);
  });

  it("closes a call without a result (defect 35)", () => {
    const { messages } = asked({ messages: [hi, { role: "assistant", content: [used("a")] }, hi] });

    expect(messages).toMatchObject([hi, { role: "assistant" }, { role: "tool", tool_call_id: "a" }, hi]);
  });

  it("leaves signed thinking out, which is another vendor's, and gives unsigned reasoning back (defect 35)", () => {
    const thinking = (signature: string) => ({ type: "thinking", thinking: "Hm.", signature });
    const said = (signature: string) => ({
      role: "assistant",
      content: [thinking(signature), { type: "text", text: "a" }],
    });

    const { request, dropped } = translate({ messages: [hi, said("s"), hi, said(""), hi] });

    expect(request.body["messages"]).toEqual([
      hi,
      { role: "assistant", content: "a" },
      hi,
      { role: "assistant", content: "a", reasoning_content: "Hm." },
      hi,
    ]);
    expect(dropped).toEqual(["messages[1].content[0]"]);
  });

  it.each([
    [{ type: "enabled", budget_tokens: 31_999 }, "high"],
    [{ type: "enabled", budget_tokens: 1024 }, "low"],
    [{ type: "adaptive" }, undefined],
  ])("says thinking %j as the effort %s", (thinking, effort) => {
    expect(asked({ thinking })["reasoning_effort"]).toBe(effort);
    expect(asked({ thinking, output_config: { effort: "xhigh" } })["reasoning_effort"]).toBe("xhigh");
  });

  it("offers tools, shortens names that are too long and calls them by their own again, and names tools of the vendor's", () => {
    const long = `mcp__${"x".repeat(80)}`;
    const tools = [
      { name: long, description: "D", input_schema: { type: "object" } },
      { type: "web_search_20250305", name: "web_search" },
    ];

    const translated = translate({ tools, tool_choice: { type: "any", disable_parallel_tool_use: true } });
    const { body } = translated.request;
    const [{ function: called }] = body["tools"] as [{ function: { name: string } }];
    const answer = translated.answer({
      choices: [
        {
          message: { tool_calls: [{ id: "a", function: { name: called.name, arguments: '{"y":2}' } }] },
          finish_reason: "stop",
        },
      ],
    });

    expect(called.name).toMatch(/^[\w-]{64}$/);
    expect(body).toMatchObject({ tool_choice: "required", parallel_tool_calls: false });
    expect(translated.dropped).toEqual(["tools[1]"]);
    expect(answer).toMatchObject({
      content: [{ type: "tool_use", id: "a", name: long, input: { y: 2 } }],
      stop_reason: "tool_use",
    });
  });
});

describe("messagesToChat, the answer", () => {
  it("has every field that clients' types demand, and counts the uncached apart (wire 14)", () => {
    const usage = { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 60 } };

    expect(translate({}).answer({ ...completion("Hello"), usage })).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "Hello" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 5 },
    });
  });

  it.each([
    ["length", "max_tokens"],
    ["content_filter", "refusal"],
    ["tool_calls", "tool_use"],
    ["stop", "end_turn"],
  ])("ends with %s as %s", (finish_reason, stop_reason) => {
    expect(translate({}).answer({ choices: [{ message: { content: "x" }, finish_reason }] })).toMatchObject({
      stop_reason,
    });
    expect(toEvents([chunk({ content: "x" }), chunk({}, finish_reason)]).at(-2)).toMatchObject({
      delta: { stop_reason },
    });
  });

  it("streams event by event, arguments as they come, usage with why it ended", () => {
    const events = toEvents([
      { id: "", choices: [], prompt_filter_results: [] },
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "Hm." }),
      chunk({ content: "Let me." }),
      chunk({ tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: '{"x"' } }] }),
      chunk({ tool_calls: [{ index: 1, id: "b", function: { name: "g", arguments: "" } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: ":1}" } }] }),
      chunk({}, "tool_calls"),
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 2 } },
    ]);

    expect(
      events.map(({ event, index, delta, content_block }) => [event, index, delta ?? content_block?.type]),
    ).toEqual([
      ["message_start", undefined, undefined],
      ["content_block_start", 0, "thinking"],
      ["content_block_delta", 0, { type: "thinking_delta", thinking: "Hm." }],
      ["content_block_delta", 0, { type: "signature_delta", signature: "" }],
      ["content_block_stop", 0, undefined],
      ["content_block_start", 1, "text"],
      ["content_block_delta", 1, { type: "text_delta", text: "Let me." }],
      ["content_block_stop", 1, undefined],
      ["content_block_start", 2, "tool_use"],
      ["content_block_delta", 2, { type: "input_json_delta", partial_json: '{"x"' }],
      ["content_block_start", 3, "tool_use"],
      ["content_block_delta", 2, { type: "input_json_delta", partial_json: ":1}" }],
      ["content_block_stop", 2, undefined],
      ["content_block_stop", 3, undefined],
      ["message_delta", undefined, expect.objectContaining({ stop_reason: "tool_use" })],
      ["message_stop", undefined, undefined],
    ]);
    expect(events.at(-2)).toMatchObject({ usage: { input_tokens: 9, output_tokens: 2 } });
  });

  it.each([
    [
      "all numbered 0",
      [
        { index: 0, id: "a" },
        { index: 0, id: "b" },
      ],
    ],
    ["not numbered", [{ id: "a" }, { id: "b" }]],
  ])("keeps calls apart that are %s (defect 66)", (_what, places) => {
    const chunks = places.map((place) =>
      chunk({ tool_calls: [{ ...place, function: { name: "f", arguments: `{"of":"${place.id}"}` } }] }),
    );

    const events = toEvents([...chunks, chunk({}, "tool_calls")]);

    expect(
      events
        .filter(({ delta }) => delta?.partial_json)
        .map(({ index, delta }) => [index, delta.partial_json]),
    ).toEqual([
      [0, '{"of":"a"}'],
      [1, '{"of":"b"}'],
    ]);
  });

  it("gives a call without an id one", () => {
    const [, begun] = toEvents([
      chunk({ tool_calls: [{ index: 0, function: { name: "f", arguments: "{}" } }] }),
      chunk({}, "tool_calls"),
    ]);

    expect(begun.content_block.id).toMatch(/^toolu_[\w-]+$/);
  });

  it("tells an error in the stream as one, and nothing after it", () => {
    const events = toEvents([chunk({ content: "x" }), { error: { message: "m", code: "server_error" } }]);

    expect(events.at(-1)).toEqual({
      event: "error",
      type: "error",
      error: { type: "server_error", message: "m" },
    });
  });

  it("opens, closes and ends in order, whatever the chunks are", () => {
    const delta = fc.oneof(
      fc.record({ content: fc.string() }),
      fc.record({ reasoning_content: fc.string() }),
      fc.record({
        tool_calls: fc.array(
          fc.record({
            index: fc.nat(3),
            id: fc.constantFrom("a", "b", undefined),
            function: fc.record({ name: fc.constant("f"), arguments: fc.string() }),
          }),
          { maxLength: 2 },
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(delta, { minLength: 1 }), (said) => {
        const events = toEvents([...said.map((each) => chunk(each)), chunk({}, "stop")]);

        const open = new Set<number>();
        for (const { event, index } of events) {
          if (event === "content_block_start") expect(open.has(index)).toBe(false);
          if (event === "content_block_start") open.add(index);
          if (event === "content_block_delta") expect(open.has(index)).toBe(true);
          if (event === "content_block_stop") expect(open.delete(index)).toBe(true);
        }
        expect(open.size).toBe(0);
        expect(events[0].event).toBe("message_start");
        expect(events.slice(-2).map(({ event }) => event)).toEqual(["message_delta", "message_stop"]);
      }),
    );
  });
});
