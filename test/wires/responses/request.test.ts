import { describe, expect, it } from "vitest";
import type { WireBody } from "../../../src/wires/wire.ts";
import { completion, translate } from "./given.ts";

const messagesOf = (input: unknown, more: object = {}) =>
  translate({ input, ...more }).request.body["messages"];
const fn = (name: string, more: object = {}) => ({
  type: "function",
  name,
  parameters: { type: "object" },
  ...more,
});

describe("a request of responses, as a chat", () => {
  it.each<[what: string, input: unknown, messages: unknown]>([
    ["a text", "Hi", [{ role: "user", content: "Hi" }]],
    ["a message without its type", [{ role: "user", content: "Hi" }], [{ role: "user", content: "Hi" }]],
    [
      "a developer's message, which few who speak chat know (wire 36)",
      [{ type: "message", role: "developer", content: [{ type: "input_text", text: "Be short" }] }],
      [{ role: "system", content: "Be short" }],
    ],
    [
      "text, image and file",
      [
        {
          role: "user",
          content: [
            { type: "input_text", text: "See" },
            { type: "input_image", image_url: "https://a/b.png", detail: "low" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" },
          ],
        },
      ],
      [
        {
          role: "user",
          content: [
            { type: "text", text: "See" },
            { type: "image_url", image_url: { url: "https://a/b.png", detail: "low" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
          ],
        },
      ],
    ],
    [
      "reasoning, text and parallel calls in one message, and each output behind them",
      [
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }] },
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "Wait", annotations: [] }],
        },
        { type: "function_call", call_id: "t1", name: "f", arguments: '{"a":1}' },
        { type: "function_call", call_id: "t2", name: "g", namespace: "crm", arguments: "{}" },
        { type: "function_call_output", call_id: "t1", output: "one" },
        { type: "function_call_output", call_id: "t2", output: [{ type: "input_text", text: "two" }] },
      ],
      [
        {
          role: "assistant",
          content: "Wait",
          reasoning_content: "Hm",
          tool_calls: [
            { id: "t1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
            { id: "t2", type: "function", function: { name: "crm__g", arguments: "{}" } },
          ],
        },
        { role: "tool", tool_call_id: "t1", content: "one" },
        { role: "tool", tool_call_id: "t2", content: "two" },
      ],
    ],
    [
      "a custom tool's call and output (wire 57)",
      [
        { type: "custom_tool_call", call_id: "t1", name: "patch", input: "*** Begin" },
        { type: "custom_tool_call_output", call_id: "t1", output: "done" },
      ],
      [
        {
          role: "assistant",
          content: null,
          tool_calls: [
            { id: "t1", type: "function", function: { name: "patch", arguments: '{"input":"*** Begin"}' } },
          ],
        },
        { role: "tool", tool_call_id: "t1", content: "done" },
      ],
    ],
    [
      "a refusal",
      [{ type: "message", role: "assistant", content: [{ type: "refusal", refusal: "No" }] }],
      [{ role: "assistant", content: null, refusal: "No" }],
    ],
    [
      "two answers one after the other",
      [
        { role: "assistant", content: "One" },
        { role: "assistant", content: "Two" },
      ],
      [
        { role: "assistant", content: "One" },
        { role: "assistant", content: "Two" },
      ],
    ],
  ])("says %s", (_what, input, messages) => {
    const { request, dropped } = translate({ input });

    expect(request.body["messages"]).toEqual(messages);
    expect(request.headers).toEqual({ "openai-beta": "x" });
    expect(dropped).toEqual([]);
  });

  it("puts the instructions before the conversation", () => {
    expect(messagesOf("Hi", { instructions: "Be short" })).toEqual([
      { role: "system", content: "Be short" },
      { role: "user", content: "Hi" },
    ]);
  });

  it.each<[what: string, said: WireBody, chat: object]>([
    ["max_output_tokens", { max_output_tokens: 5 }, { max_tokens: 5 }],
    ["reasoning.effort", { reasoning: { effort: "low", summary: "auto" } }, { reasoning_effort: "low" }],
    ["text.verbosity", { text: { verbosity: "low" } }, { verbosity: "low" }],
    [
      "text.format as JSON",
      { text: { format: { type: "json_object" } } },
      { response_format: { type: "json_object" } },
    ],
    [
      "text.format with a schema",
      {
        text: {
          format: {
            type: "json_schema",
            name: "n",
            schema: { type: "object" },
            strict: true,
            description: null,
          },
        },
      },
      {
        response_format: {
          type: "json_schema",
          json_schema: { name: "n", schema: { type: "object" }, strict: true },
        },
      },
    ],
    ["top_logprobs", { top_logprobs: 2 }, { logprobs: true, top_logprobs: 2 }],
    ["included logprobs", { include: ["message.output_text.logprobs"] }, { logprobs: true }],
    [
      "what both call the same",
      {
        temperature: 0,
        top_p: 1,
        user: "u",
        prompt_cache_key: "k",
        service_tier: "flex",
        stream: true,
        odd: { a: 1 },
      },
      {
        temperature: 0,
        top_p: 1,
        user: "u",
        prompt_cache_key: "k",
        service_tier: "flex",
        stream: true,
        odd: { a: 1 },
      },
    ],
    ["what is kept and repeated by us", { store: true, metadata: { a: "b" } }, {}],
    [
      "what is left to its default",
      { truncation: "disabled", background: false, top_logprobs: 0, temperature: null },
      {},
    ],
  ])("says %s in a chat's words", (_what, said, chat) => {
    const { request, dropped } = translate(said);

    const { model, messages, ...rest } = request.body;
    expect(rest).toEqual(chat);
    expect(dropped).toEqual([]);
  });

  it("offers functions, tools of a namespace by both names, and a custom tool as a function of one text (wire 57)", () => {
    const { request, dropped } = translate({
      tools: [
        fn("f", { description: "d", strict: true }),
        { type: "namespace", name: "crm", description: "", tools: [fn("find")] },
        {
          type: "custom",
          name: "patch",
          description: "Patches",
          format: { type: "grammar", syntax: "lark", definition: "start: x" },
        },
      ],
      parallel_tool_calls: false,
    });

    expect(request.body["tools"]).toMatchObject([
      {
        type: "function",
        function: { name: "f", description: "d", parameters: { type: "object" }, strict: true },
      },
      { type: "function", function: { name: "crm__find" } },
      {
        function: {
          name: "patch",
          description: "Patches\n\nThe input follows this lark grammar:\nstart: x",
          parameters: { properties: { input: { type: "string" } }, required: ["input"] },
        },
      },
    ]);
    expect(request.body["parallel_tool_calls"]).toBe(false);
    expect(dropped).toEqual([]);
  });

  it("offers what the input adds to the tools, each once, and knows a call of it by both its names (wire 57)", () => {
    const space = (...tools: object[]) => ({ type: "namespace", name: "functions", description: "", tools });
    const adding = (...tools: object[]) => ({ type: "additional_tools", role: "developer", tools });
    const translated = translate({
      tools: [fn("f")],
      input: [
        adding(space({ type: "custom", name: "exec" }), fn("f", { description: "said last" })),
        { role: "user", content: "Hi" },
        adding({ type: "web_search" }),
      ],
    });

    const { tools, messages } = translated.request.body;
    expect(tools).toMatchObject([
      { function: { name: "f", description: "said last" } },
      { function: { name: "functions__exec" } },
    ]);
    expect(messages).toEqual([{ role: "user", content: "Hi" }]);
    expect(translated.dropped).toEqual(["input[2].tools[0]"]);
    const calling = {
      id: "t",
      type: "function",
      function: { name: "functions__exec", arguments: '{"input":"x"}' },
    };
    expect(translated.answer(completion({ tool_calls: [calling] }, "tool_calls"))["output"]).toMatchObject([
      { type: "custom_tool_call", namespace: "functions", name: "exec", input: "x", call_id: "t" },
    ]);
  });

  it("keeps the names of two long namespaced tools apart, and within what a name may have", () => {
    const name = "x".repeat(60);
    const tools = ["one", "two"].map((space) => ({
      type: "namespace",
      name: `mcp__${space}`,
      description: "",
      tools: [fn(name)],
    }));

    const offered = translate({ tools }).request.body["tools"] as { function: { name: string } }[];

    const names = offered.map((tool) => tool.function.name);
    expect(new Set(names).size).toBe(2);
    expect(names.every((each) => /^[\w-]{1,64}$/.test(each))).toBe(true);
  });

  it.each<[choice: unknown, chat: unknown, offered: readonly string[]]>([
    ["required", "required", ["f", "crm__find"]],
    [{ type: "function", name: "f" }, { type: "function", function: { name: "f" } }, ["f", "crm__find"]],
    [
      { type: "function", name: "find", namespace: "crm" },
      { type: "function", function: { name: "crm__find" } },
      ["f", "crm__find"],
    ],
    [
      { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }] },
      "required",
      ["f"],
    ],
  ])("chooses by %j", (tool_choice, chat, offered) => {
    const tools = [fn("f"), { type: "namespace", name: "crm", description: "", tools: [fn("find")] }];

    const { body } = translate({ tools, tool_choice }).request;

    expect(body["tool_choice"]).toEqual(chat);
    expect((body["tools"] as { function: { name: string } }[]).map((tool) => tool.function.name)).toEqual(
      offered,
    );
  });

  it.each<[said: WireBody, dropped: readonly string[]]>([
    [{ tools: [{ type: "web_search" }, fn("f")] }, ["tools[0]"]],
    [{ tools: [{ type: "web_search" }], tool_choice: "required" }, ["tools[0]", "tool_choice"]],
    [{ tools: [fn("f", { defer_loading: true })] }, ["tools[0].defer_loading"]],
    [{ tools: [fn("f")], tool_choice: { type: "web_search_preview" } }, ["tool_choice"]],
    [
      { truncation: "auto", background: true, client_metadata: { a: "b" } },
      ["background", "client_metadata", "truncation"],
    ],
    [{ include: ["reasoning.encrypted_content"] }, ["include[0]"]],
    [{ reasoning: { effort: "low", context: "all_turns" } }, ["reasoning.context"]],
    [
      {
        input: [
          { type: "web_search_call", id: "ws_1" },
          { role: "user", content: "Hi" },
        ],
      },
      ["input[0]"],
    ],
    [
      {
        input: [
          { type: "compaction", encrypted_content: "x" },
          { role: "user", content: "Hi" },
        ],
      },
      ["input[0]"],
    ],
    [
      { input: [{ role: "user", content: [{ type: "input_image", file_id: "file-1" }] }] },
      ["input[0].content[0]"],
    ],
    [
      {
        input: [
          {
            type: "reasoning",
            id: "r",
            summary: [{ type: "summary_text", text: "Hm" }],
            encrypted_content: "x",
          },
          { type: "function_call", call_id: "t", name: "f", arguments: "{}" },
        ],
      },
      ["input[0].encrypted_content"],
    ],
    [
      {
        input: [
          { type: "reasoning", id: "r", summary: [] },
          { role: "assistant", content: "Yes" },
        ],
      },
      ["input[0]"],
    ],
  ])("names what a chat cannot say of %j", (said, dropped) => {
    expect(translate(said).dropped).toEqual(dropped);
  });

  it.each<[what: string, said: WireBody, param: string]>([
    ["a conversation of a vendor's", { conversation: "conv_1" }, "conversation"],
    ["a vendor's answer to go on from", { previous_response_id: "resp_abc" }, "previous_response_id"],
    ["a prompt that a vendor keeps", { prompt: { id: "p" } }, "prompt"],
    ["an item that a vendor keeps", { input: [{ type: "item_reference", id: "msg_1" }] }, "input"],
  ])("refuses %s: nothing would be known of it", (_what, said, param) => {
    expect(() => translate(said)).toThrow(expect.objectContaining({ code: "PC_INVALID_REQUEST", param }));
  });
});

describe("a chat's whole answer, as a response", () => {
  it("repeats every field that strict clients demand, as asked or as left to defaults (wire 57)", () => {
    const asked = {
      instructions: "Be short",
      max_output_tokens: 5,
      temperature: 0,
      metadata: { a: "b" },
      tools: [{ type: "function", name: "f" }],
      tool_choice: "auto",
      prompt_cache_key: "k",
      text: { format: { type: "json_object" } },
      store: false,
    };

    const response = translate(asked).answer(completion({ content: "Hello" }));

    expect(response).toMatchObject({
      ...asked,
      object: "response",
      status: "completed",
      error: null,
      incomplete_details: null,
      tools: [{ type: "function", name: "f", strict: null, parameters: null }],
      presence_penalty: 0,
      frequency_penalty: 0,
      top_logprobs: 0,
      top_p: 1,
      max_tool_calls: null,
      safety_identifier: null,
      parallel_tool_calls: true,
      previous_response_id: null,
      truncation: "disabled",
      text: { format: { type: "json_object" }, verbosity: "medium" },
    });
    expect(response["completed_at"]).toEqual(expect.any(Number));
    expect(response["usage"]).toBeUndefined();
  });

  it("cites what the chat cites", () => {
    const annotations = [
      { type: "url_citation", url_citation: { url: "https://a", title: "A", start_index: 0, end_index: 5 } },
    ];

    const response = translate({}).answer(completion({ content: "Hello", annotations }));

    expect(response["output"]).toMatchObject([
      {
        content: [
          {
            annotations: [
              { type: "url_citation", url: "https://a", title: "A", start_index: 0, end_index: 5 },
            ],
          },
        ],
      },
    ]);
  });
});
