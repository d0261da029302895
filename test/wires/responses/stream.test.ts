import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { responsesCodec } from "../../../src/wires/responses/codec.ts";
import { chunk, completion, done, eventsOf, translate, usageChunk } from "./given.ts";

const call = (index: number, name: string | undefined, args: string, id?: string) =>
  chunk({
    tool_calls: [
      { index, ...(id && { id, type: "function" }), function: { ...(name && { name }), arguments: args } },
    ],
  });

describe("a chat's stream, as responses", () => {
  it("begins, adds the item and its part, says the text and closes all of it in order (wire 55)", () => {
    const { events, names, sentinels } = eventsOf([
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hel" }),
      chunk({ content: "lo" }),
      chunk({}, "stop"),
      usageChunk,
      done,
    ]);

    expect(names).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.at(-1).response).toMatchObject({
      status: "completed",
      model: "m-1",
      output: [
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "Hello", annotations: [] }],
        },
      ],
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 15,
      },
    });
    expect(sentinels).toEqual([{ data: "[DONE]" }]);
  });

  it("summarises what the model thought in an item of its own, before what it says", () => {
    const { events, names } = eventsOf([
      chunk({ reasoning_content: "Let me " }),
      chunk({ reasoning_content: "see" }),
      chunk({ content: "Yes" }),
      chunk({}, "stop"),
      done,
    ]);

    expect(names.slice(2, 8)).toEqual([
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
    ]);
    expect(events.at(-1).response.output).toMatchObject([
      { type: "reasoning", summary: [{ type: "summary_text", text: "Let me see" }] },
      { type: "message" },
    ]);
  });

  it("hands on arguments as they come, of calls that are said in turns", () => {
    const { events } = eventsOf([
      call(0, "f", "", "t1"),
      call(1, "g", '{"b":', "t2"),
      call(0, undefined, '{"a":1}'),
      call(1, undefined, "2}"),
      chunk({}, "tool_calls"),
      done,
    ]);

    const deltas = events.filter(({ type }) => type === "response.function_call_arguments.delta");
    expect(deltas.map(({ output_index, delta }) => [output_index, delta])).toEqual([
      [1, '{"b":'],
      [0, '{"a":1}'],
      [1, "2}"],
    ]);
    expect(events.at(-1).response.output).toMatchObject([
      { type: "function_call", call_id: "t1", name: "f", arguments: '{"a":1}', status: "completed" },
      { type: "function_call", call_id: "t2", name: "g", arguments: '{"b":2}', status: "completed" },
    ]);
  });

  it("gives a custom tool its text, and a tool of a namespace both its names", () => {
    const { events } = eventsOf(
      [
        call(0, "patch", '{"inp', "t1"),
        call(0, undefined, 'ut":"*** Begin"}'),
        call(1, "crm__find", "{}", "t2"),
        chunk({}, "tool_calls"),
        done,
      ],
      {
        tools: [
          { type: "custom", name: "patch" },
          { type: "namespace", name: "crm", description: "", tools: [{ type: "function", name: "find" }] },
        ],
      },
    );

    expect(events.filter(({ type }) => type.startsWith("response.custom_tool_call_input"))).toMatchObject([
      { delta: "*** Begin" },
      { input: "*** Begin" },
    ]);
    expect(events.at(-1).response.output).toMatchObject([
      { type: "custom_tool_call", call_id: "t1", name: "patch", input: "*** Begin" },
      { type: "function_call", call_id: "t2", namespace: "crm", name: "find" },
    ]);
  });

  it("says a refusal as one", () => {
    const { events, names } = eventsOf([chunk({ refusal: "I will not" }), chunk({}, "stop"), done]);

    expect(names).toContain("response.refusal.delta");
    expect(events.at(-1).response.output[0].content).toEqual([{ type: "refusal", refusal: "I will not" }]);
  });

  it.each([
    ["length", "max_output_tokens"],
    ["content_filter", "content_filter"],
  ])("ends an answer cut short by %s as incomplete, and says why", (finish, reason) => {
    const { events } = eventsOf([chunk({ content: "Hel" }), chunk({}, finish), done]);

    expect(events.at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { status: "incomplete", incomplete_details: { reason }, completed_at: null },
    });
    expect(events.at(-1).response.output[0].status).toBe("incomplete");
  });

  it("reports an error between the chunks as an event of the wire (wire 56)", () => {
    const failing = {
      data: JSON.stringify({ error: { message: "too busy", code: "server_is_overloaded" } }),
    };

    const { events } = eventsOf([chunk({ content: "Hel" }), failing]);

    expect(events.at(-1)).toEqual({
      type: "error",
      code: "server_is_overloaded",
      message: "too busy",
      param: null,
      sequence_number: events.length - 1,
    });
  });

  it("says nothing of an end where the chat broke off", () => {
    const { names } = eventsOf([chunk({ content: "Hel" })]);

    expect(names.at(-1)).toBe("response.output_text.delta");
  });

  const deltas = fc.oneof(
    fc.record({ content: fc.string() }),
    fc.record({ reasoning_content: fc.string() }),
    fc.record({ refusal: fc.string() }),
    fc.record({
      tool_calls: fc.array(
        fc.record(
          {
            index: fc.nat(2),
            id: fc.string(),
            function: fc.record(
              { name: fc.constantFrom("f", "patch"), arguments: fc.string() },
              { requiredKeys: [] },
            ),
          },
          { requiredKeys: [] },
        ),
      ),
    }),
    fc.dictionary(fc.string(), fc.jsonValue()),
  );
  const tails = fc.subarray([chunk({}, "stop"), usageChunk, done]);

  it("numbers events from 0 without a gap, ends once, and tells of every item what its last event says", () => {
    fc.assert(
      fc.property(fc.array(deltas), tails, (said, tail) => {
        const { events } = eventsOf([...said.map((delta) => chunk(delta)), ...tail], {
          tools: [{ type: "custom", name: "patch" }],
        });

        const ends = events.filter(({ type }) => /^response\.(?:completed|incomplete|failed)$/.test(type));
        const items = events.filter(({ type }) => type === "response.output_item.done");
        expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
        expect(ends.length).toBe(tail.includes(done) || (tail.length > 0 && tail[0] !== usageChunk) ? 1 : 0);
        const byPlace = items.toSorted((left, right) => left.output_index - right.output_index);
        expect(ends[0]?.response.output ?? []).toEqual(ends.length ? byPlace.map(({ item }) => item) : []);
      }),
    );
  });

  it("is, put together, what the whole answer is", () => {
    const message = {
      content: "Hello",
      reasoning_content: "Hm",
      tool_calls: [{ id: "t1", type: "function", function: { name: "f", arguments: "{}" } }],
    };

    const { events } = eventsOf([chunk(message, "tool_calls"), done]);
    const whole = translate({}).answer(completion(message, "tool_calls"));

    const withoutIds = (response: object) =>
      JSON.parse(JSON.stringify(response).replaceAll(/_pc[0-9a-f]{40}/g, "_"));
    expect(withoutIds(events.at(-1).response)).toEqual(withoutIds(whole));
  });
});

describe("responsesCodec", () => {
  it("ends a stream that failed with an error and response.failed, numbered on from the last event (wire 56)", () => {
    const begun = {
      data: JSON.stringify({
        type: "response.created",
        sequence_number: 0,
        response: { id: "r", status: "in_progress" },
      }),
    };
    const last = { data: JSON.stringify({ type: "response.output_text.delta", sequence_number: 7 }) };
    const body = responsesCodec.errorBody({
      status: 503,
      message: "gone",
      type: "server_error",
      code: "server_is_overloaded",
      param: null,
    });

    const frames = responsesCodec.errorFrames(body, { first: begun, last });

    expect(frames.map(({ event, data }) => [event, JSON.parse(data)])).toEqual([
      [
        "error",
        { type: "error", code: "server_is_overloaded", message: "gone", param: null, sequence_number: 8 },
      ],
      [
        "response.failed",
        {
          type: "response.failed",
          sequence_number: 9,
          response: { id: "r", status: "failed", error: { code: "server_error", message: "gone" } },
        },
      ],
    ]);
  });
});
