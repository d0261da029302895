import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatToMessages } from "../../../src/wires/chat/to-messages.ts";
import { messagesToChat } from "../../../src/wires/messages/to-chat.ts";
import type { WireBody } from "../../../src/wires/wire.ts";
import { noMemory } from "../memory.ts";

const NOW = 1_700_000_000;

const words = fc.string({ minLength: 1 }).map((text) => `w${text}w`);
const name = fc.stringMatching(/^[a-zA-Z][\w-]{0,20}$/);
const toolId = fc.stringMatching(/^call_[a-zA-Z0-9]{8}$/);

const part = fc.oneof(
  words.map((text) => ({ type: "text", text })),
  fc.constant({ type: "image_url", image_url: { url: "https://example.com/a.png" } }),
  fc.constant({ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }),
  fc.constant({ type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" } }),
);
const question = fc
  .oneof(words, fc.array(part, { minLength: 2, maxLength: 4 }))
  .map((content) => ({ role: "user", content }));

/** An assistant's turn: words, or calls and their results, or both. */
const turn = fc
  .record({
    said: fc.option(words, { nil: null }),
    calls: fc.uniqueArray(fc.tuple(toolId, name, fc.dictionary(name, fc.jsonValue()), fc.string()), {
      maxLength: 3,
      selector: ([id]) => id,
    }),
  })
  .filter(({ said, calls }) => said !== null || calls.length > 0)
  .map(({ said, calls }) => [
    {
      role: "assistant",
      content: said,
      ...(calls.length > 0 && {
        tool_calls: calls.map(([id, called, input]) => ({
          id,
          type: "function",
          function: { name: called, arguments: JSON.stringify(input) },
        })),
      }),
    },
    ...calls.map(([id, , , result]) => ({ role: "tool", tool_call_id: id, content: `r${result}` })),
  ]);

const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const tool = fc.record(
  { name, description: words, parameters: fc.constant(schema), strict: fc.constant(true) },
  { requiredKeys: ["name", "parameters"] },
);

const request = fc
  .record(
    {
      model: fc.constant("claude-sonnet-4-6"),
      system: fc.option(words),
      conversation: fc.array(fc.tuple(question, turn), { maxLength: 4 }),
      last: question,
      max_tokens: fc.integer({ min: 1, max: 9_000 }),
      temperature: fc.constantFrom(0, 0.5, 1),
      top_p: fc.constantFrom(0.5, 1),
      stop: fc.array(words, { minLength: 1, maxLength: 4 }),
      tools: fc.uniqueArray(tool, { minLength: 1, maxLength: 3, selector: (each) => each.name }),
      tool_choice: fc.constantFrom("auto", "none", "required"),
      parallel_tool_calls: fc.constant(false),
      user: words,
      service_tier: fc.constantFrom("auto", "default"),
      stream: fc.constant(true),
      response_format: fc.constant({
        type: "json_schema",
        json_schema: { name: "answer", schema, strict: true },
      }),
    },
    { requiredKeys: ["model", "conversation", "last", "max_tokens"] },
  )
  .map(({ system, conversation, last, tools, tool_choice, parallel_tool_calls, ...rest }): WireBody => {
    const choice = {
      ...(tool_choice !== undefined && { tool_choice }),
      // Said of the choice, so that there has to be one; and who chooses no tool cannot choose two.
      ...(parallel_tool_calls === false &&
        tool_choice !== "none" && { tool_choice: tool_choice ?? "auto", parallel_tool_calls }),
    };
    return {
      ...rest,
      messages: [
        ...(system ? [{ role: "system", content: system }] : []),
        ...conversation.flatMap(([asked, answered]) => [asked, ...answered]),
        last,
      ],
      ...(tools && { tools: tools.map((each) => ({ type: "function", function: each })), ...choice }),
    };
  });

describe("chat → messages → chat", () => {
  it("keeps every declared field, and reports none", () => {
    fc.assert(
      fc.property(request, (body) => {
        const there = chatToMessages.translate({ wire: "chat", body }, noMemory, NOW);
        const back = messagesToChat.translate(there.request, noMemory, NOW);

        expect(there.dropped).toEqual([]);
        expect(back.dropped).toEqual([]);
        expect(back.request.body).toEqual(body);
      }),
      { numRuns: 300 },
    );
  });

  it.each(["low", "medium", "high"])("keeps the effort %s, by budget and by word", (reasoning_effort) => {
    for (const model of ["claude-sonnet-4-5", "claude-opus-4-7"]) {
      const body = {
        model,
        messages: [{ role: "user", content: "x" }],
        max_tokens: 30_000,
        reasoning_effort,
      };

      const there = chatToMessages.translate({ wire: "chat", body }, noMemory, NOW);

      expect(messagesToChat.translate(there.request, noMemory, NOW).request.body).toEqual(body);
    }
  });
});
