import { describe, expect, it } from "vitest";
import { adaptChat } from "../../../../src/wires/chat/dialect/adapt.ts";
import type { ChatDialect } from "../../../../src/wires/chat/dialect/dialect.ts";
import type { WireBody } from "../../../../src/wires/wire.ts";
import { givenMemory } from "../../memory.ts";

const user = { role: "user", content: "Hi" };
const call = (id: string) => ({ id, type: "function", function: { name: "f", arguments: "{}" } });

/** The request as the vendor gets it: its bytes, read again; and what was told of it. */
function adapted(body: WireBody, dialect: ChatDialect, { model = "m", memory = givenMemory() } = {}) {
  const source = Buffer.from(JSON.stringify(body));
  const { request, dropped, changed } = adaptChat({ wire: "chat", body, source }, dialect, model, memory);
  const sent = JSON.parse(Buffer.from(request.source!).toString());
  expect(request.body).toEqual(sent);
  return { sent, dropped, changed };
}

describe("a vendor's chat: the request", () => {
  it("is itself, byte for byte, where the row has nothing to change", () => {
    const body = { model: "m", messages: [user], stop: null, max_tokens: 5 };
    const request = { wire: "chat", body, source: Buffer.from(JSON.stringify(body, null, 3)) } as const;

    const { request: sent } = adaptChat(
      request,
      { noDeveloper: true, noCustomTools: true },
      "m",
      givenMemory(),
    );

    expect(sent).toBe(request);
  });

  it.each<[string, WireBody, NonNullable<ChatDialect["outputLimit"]>, WireBody, string[]]>([
    [
      "renamed",
      { max_tokens: 9 },
      { spelled: "max_completion_tokens" },
      { max_completion_tokens: 9 },
      ["max_tokens"],
    ],
    [
      "renamed back",
      { max_completion_tokens: 9 },
      { spelled: "max_tokens" },
      { max_tokens: 9 },
      ["max_completion_tokens"],
    ],
    ["left, spelled right", { max_tokens: 9 }, { spelled: "max_tokens" }, { max_tokens: 9 }, []],
    [
      "sent once, of two",
      { max_tokens: 9, max_completion_tokens: 7 },
      { spelled: "max_tokens" },
      { max_tokens: 9 },
      ["max_completion_tokens"],
    ],
    [
      "left for other models",
      { max_tokens: 9 },
      { spelled: "max_completion_tokens", models: ["gpt-5*"] },
      { max_tokens: 9 },
      [],
    ],
  ])("has its output limit %s (wire 39)", (_, given, outputLimit, expected, told) => {
    const { sent, changed } = adapted({ messages: [user], ...given }, { outputLimit });

    expect(sent).toEqual({ messages: [user], ...expected });
    expect(changed).toEqual(told);
  });

  it("spells the limit as the model that is sent wants it (wire 39)", () => {
    const outputLimit = { spelled: "max_completion_tokens", models: ["gpt-5*"] } as const;

    const { sent } = adapted({ messages: [user], max_tokens: 9 }, { outputLimit }, { model: "gpt-5-mini" });

    expect(sent).toEqual({ messages: [user], max_completion_tokens: 9 });
  });

  it("takes a null limit for none, and tells of nothing (wire 42)", () => {
    const dialect = { outputLimit: { spelled: "max_tokens" }, renames: { seed: "random_seed" } } as const;

    const { sent, changed } = adapted({ messages: [user], max_completion_tokens: null, seed: 4 }, dialect);

    expect(sent).toEqual({ messages: [user], random_seed: 4 });
    expect(changed).toEqual(["seed"]);
  });

  it("has no null where the vendor refuses it (wire 42)", () => {
    const { sent, changed, dropped } = adapted(
      { messages: [user], stop: null, tools: null },
      { noNulls: true },
    );

    expect(sent).toEqual({ messages: [user] });
    expect([...changed, ...dropped]).toEqual([]);
  });

  it("goes without what its model rejects, and says so", () => {
    const dialect = { rejectsByModel: { models: ["grok-4*"], parameters: ["stop"] } };

    expect(adapted({ messages: [user], stop: "x" }, dialect, { model: "grok-4-fast" })).toMatchObject({
      sent: { messages: [user] },
      dropped: ["stop"],
    });
    expect(adapted({ messages: [user], stop: "x" }, dialect, { model: "grok-3" }).dropped).toEqual([]);
  });

  it("says system for developer, and keeps every other byte (wire 36)", () => {
    const text =
      '{ "messages": [ {"role":"developer", "n": 12345678901234567890}, {"role":"user"} ], "x":1.0 }';
    const request = { wire: "chat", body: JSON.parse(text), source: Buffer.from(text) } as const;

    const result = adaptChat(request, { noDeveloper: true }, "m", givenMemory());

    expect(Buffer.from(result.request.source!).toString()).toBe(
      '{ "messages": [{"role":"system", "n": 12345678901234567890},{"role":"user"}], "x":1.0 }',
    );
    expect(result.changed).toEqual(["messages[].role"]);
  });

  it("has text parts joined where the role's content must be a string, and others left (wire 37)", () => {
    const parts = [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ];
    const image = [...parts, { type: "image_url", image_url: { url: "data:," } }];
    const messages = [
      { role: "tool", tool_call_id: "t", content: parts },
      { role: "tool", tool_call_id: "t", content: image },
      { role: "user", content: parts },
    ];

    const { sent, changed } = adapted({ messages }, { plainContent: ["tool"] });

    expect(sent.messages).toEqual([{ ...messages[0], content: "a\nb" }, messages[1], messages[2]]);
    expect(changed).toEqual(["messages[].content"]);
  });

  it("has custom tools as functions of one text, chosen and called by the same names (wire 38)", () => {
    const grammar = { type: "grammar", grammar: { syntax: "lark", definition: "start: /x+/" } };
    const body = {
      messages: [
        user,
        {
          role: "assistant",
          tool_calls: [{ id: "c", type: "custom", custom: { name: "patch", input: 'a "b"' } }],
        },
        { role: "tool", tool_call_id: "c", content: "ok" },
      ],
      tools: [
        { type: "custom", custom: { name: "patch", description: "Patches.", format: grammar } },
        { ...call("x") },
      ],
      tool_choice: { type: "custom", custom: { name: "patch" } },
    };

    const { sent, changed } = adapted(body, { noCustomTools: true });

    expect(sent.tools[0].function.name).toBe("patch");
    expect(sent.tools[0].function.parameters.properties).toEqual({ input: { type: "string" } });
    expect(sent.tools[0].function.description).toContain("start: /x+/");
    expect(sent.tools[1]).toEqual(call("x"));
    expect(sent.tool_choice).toEqual({ type: "function", function: { name: "patch" } });
    expect(sent.messages[1].tool_calls).toEqual([
      { id: "c", type: "function", function: { name: "patch", arguments: '{"input":"a \\"b\\""}' } },
    ]);
    expect(changed).toEqual(["tools", "tool_choice", "messages[].tool_calls"]);
  });

  it("names custom tools among those that are allowed as functions, too (wire 38)", () => {
    const tools = [
      { type: "custom", custom: { name: "p" } },
      { type: "function", function: { name: "f" } },
    ];
    const tool_choice = { type: "allowed_tools", allowed_tools: { mode: "auto", tools } };

    const { sent } = adapted({ messages: [user], tool_choice }, { noCustomTools: true });

    expect(sent.tool_choice.allowed_tools).toEqual({
      mode: "auto",
      tools: [{ type: "function", function: { name: "p" } }, tools[1]],
    });
  });

  it("goes without other vendors' state, and says so (defect 35)", () => {
    const kept = { role: "assistant", content: null, tool_calls: [call("c")] };
    const foreign = {
      ...kept,
      reasoning_content: "hm",
      tool_calls: [{ ...call("c"), extra_content: { google: {} } }],
    };
    const dialect = { refuses: { inMessages: ["reasoning_content"], inToolCalls: ["extra_content"] } };

    const { sent, dropped } = adapted({ messages: [user, foreign] }, dialect);

    expect(sent.messages).toEqual([user, kept]);
    expect(dropped).toEqual(["messages[].reasoning_content", "messages[].tool_calls[].extra_content"]);
  });

  it("has tool-call ids of the right shape, the same one for a call and its result (defect 35)", () => {
    const messages = [
      { role: "assistant", tool_calls: [call("toolu_01AbC"), call("abcdefGH9")] },
      { role: "tool", tool_call_id: "toolu_01AbC", content: "1" },
      { role: "tool", tool_call_id: "abcdefGH9", content: "2" },
    ];
    const dialect = { toolCallIds: { shape: /^[A-Za-z0-9]{9}$/, length: 9 } };

    const [first, second] = [adapted({ messages }, dialect), adapted({ messages }, dialect)];

    const [made, own] = first.sent.messages[0].tool_calls.map(({ id }: { id: string }) => id);
    expect(made).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(own).toBe("abcdefGH9");
    expect(first.sent.messages.slice(1).map((each: WireBody) => each["tool_call_id"])).toEqual([made, own]);
    expect(second).toEqual(first);
  });

  it("closes tool calls that have no result, behind those that have (defect 35)", () => {
    const messages = [
      { role: "assistant", tool_calls: [call("a"), call("b")] },
      { role: "tool", tool_call_id: "b", content: "done" },
      user,
    ];

    const { sent, changed } = adapted({ messages }, { noOpenToolCalls: true });

    expect(sent.messages).toEqual([
      messages[0],
      messages[1],
      { role: "tool", tool_call_id: "a", content: expect.stringMatching(/^No result/) },
      user,
    ]);
    expect(changed).toEqual(["messages[]"]);
  });
});

describe("a vendor's own state with tool calls (defect 68)", () => {
  const wantsBack = { ofMessage: ["reasoning_content", "reasoning_details"], ofToolCall: ["extra_content"] };
  const state = {
    reasoning_content: "First the weather.",
    extra_content: { google: { thought_signature: "sig" } },
  };
  const assistant = { role: "assistant", content: null, tool_calls: [call("c1")] };

  it("is put back on the next turn where the client dropped it, after a whole answer", () => {
    const memory = givenMemory();
    const { reasoning_content, extra_content } = state;
    const message = { ...assistant, reasoning_content, tool_calls: [{ ...call("c1"), extra_content }] };

    const { answer } = adaptChat({ wire: "chat", body: { messages: [user] } }, { wantsBack }, "m", memory);
    const body = { choices: [{ index: 0, message }] };

    expect(answer!(body)).toBe(body);
    expect(adapted({ messages: [user, assistant] }, { wantsBack }, { memory })).toEqual({
      sent: { messages: [user, message] },
      dropped: [],
      changed: ["messages[].reasoning_content", "messages[].tool_calls"],
    });
  });

  it("is put together from a stream, whose frames go through as they are", () => {
    const memory = givenMemory();
    const deltas = [
      { reasoning_content: "First " },
      { reasoning_content: "the weather." },
      { reasoning_details: [{ index: 0, type: "reasoning.text", text: "Fi" }] },
      { reasoning_details: [{ index: 0, type: "reasoning.text", text: "rst", signature: "s" }] },
      { tool_calls: [{ index: 0, ...call("c1"), extra_content: state.extra_content }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
    ];
    const { frames } = adaptChat({ wire: "chat", body: { messages: [user] } }, { wantsBack }, "m", memory);
    const { push } = frames!();

    for (const delta of deltas) {
      const frame = { data: JSON.stringify({ choices: [{ index: 0, delta }] }) };
      expect(push(frame)).toEqual([frame]);
    }
    push({ data: "[DONE]" });

    const [, message] = adapted({ messages: [user, assistant] }, { wantsBack }, { memory }).sent.messages;
    expect(message.reasoning_content).toBe("First the weather.");
    expect(message.reasoning_details).toEqual([
      { index: 0, type: "reasoning.text", text: "First", signature: "s" },
    ]);
    expect(message.tool_calls[0].extra_content).toEqual(state.extra_content);
  });

  it("stays as the client kept it", () => {
    const memory = givenMemory();
    memory.set("c1", { message: { reasoning_content: "of the memory" }, call: {} });
    const kept = { ...assistant, reasoning_content: "of the client" };

    expect(adapted({ messages: [kept] }, { wantsBack }, { memory })).toMatchObject({
      sent: { messages: [kept] },
      changed: [],
    });
  });

  it("is what the row says where nobody remembers it, and nothing else", () => {
    const { sent } = adapted(
      { messages: [user, assistant] },
      { wantsBack: { ...wantsBack, ifForgotten: "" } },
    );

    expect(sent.messages[1]).toEqual({ ...assistant, reasoning_content: "", reasoning_details: "" });
    expect(adapted({ messages: [user, assistant] }, { wantsBack }).sent.messages[1]).toEqual(assistant);
  });
});
