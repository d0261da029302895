import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WireBody } from "../../../src/wires/wire.ts";
import { completion, translate } from "./given.ts";

/** What a chat that repeats its last message answers: all that a request says reaches it, and comes back. */
const echo = ({ messages }: WireBody): WireBody => {
  const [last] = (messages as readonly object[]).slice(-1);
  return completion({ ...last });
};

const words = fc.string({ minLength: 1 });
const name = fc.stringMatching(/^[a-z]{1,8}$/);

const call = fc.oneof(
  fc.record({
    type: fc.constant("function_call"),
    call_id: words,
    name: fc.constant("f"),
    arguments: fc.json(),
  }),
  fc.record({
    type: fc.constant("function_call"),
    call_id: words,
    name: fc.constant("find"),
    namespace: fc.constant("crm"),
    arguments: fc.json(),
  }),
  fc.record({
    type: fc.constant("custom_tool_call"),
    call_id: words,
    name: fc.constant("patch"),
    input: fc.string(),
  }),
);
const message = fc.record({
  type: fc.constant("message"),
  role: fc.constant("assistant"),
  content: words.map((text) => [{ type: "output_text", text, annotations: [], logprobs: [] }]),
});
const reasoning = fc.record({
  type: fc.constant("reasoning"),
  summary: words.map((text) => [{ type: "summary_text", text }]),
});
const turn = fc
  .tuple(
    fc.option(reasoning, { nil: undefined }),
    fc.option(message, { nil: undefined }),
    fc.array(call, { minLength: 1 }),
  )
  .map(([thought, said, calls]) => [thought, said, ...calls].filter((item) => item !== undefined));

const tools = [
  { type: "function", name: "f", parameters: {}, strict: null },
  { type: "namespace", name: "crm", description: "", tools: [{ type: "function", name: "find" }] },
  { type: "custom", name: "patch" },
];

const settings = fc.record(
  {
    instructions: words,
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    top_p: fc.double({ min: 0, max: 1, noNaN: true }),
    max_output_tokens: fc.nat(),
    parallel_tool_calls: fc.boolean(),
    metadata: fc.dictionary(name, fc.string()),
    user: words,
    safety_identifier: words,
    prompt_cache_key: words,
    service_tier: fc.constantFrom("auto", "flex"),
    store: fc.boolean(),
    truncation: fc.constantFrom("auto", "disabled"),
    max_tool_calls: fc.nat(),
    top_logprobs: fc.nat(20),
    tool_choice: fc.constantFrom("auto", "required", "none"),
  },
  { requiredKeys: [] },
);

describe("responses → chat → responses", () => {
  it("keeps every word and name of what the assistant thought, said and called", () => {
    fc.assert(
      fc.property(turn, (items) => {
        const { request, answer, dropped } = translate({ input: items, tools });

        const output = answer(echo(request.body))["output"] as readonly WireBody[];

        expect(dropped).toEqual([]);
        expect(output.map(({ id, status, role, ...item }) => item)).toEqual(
          items.map((item) => Object.fromEntries(Object.entries(item).filter(([key]) => key !== "role"))),
        );
      }),
    );
  });

  it("repeats every field that a request declares, and names each that the chat goes without", () => {
    fc.assert(
      fc.property(settings, (said) => {
        const { request, answer, dropped } = translate({ ...said, tools });

        const response = answer(completion({ content: "Hello" }));

        const { tools: _, ...told } = response;
        expect(told).toMatchObject(said);
        for (const field of ["max_tool_calls"]) if (field in said) expect(dropped).toContain(field);
        for (const field of [
          "temperature",
          "top_p",
          "user",
          "safety_identifier",
          "prompt_cache_key",
          "service_tier",
        ]) {
          if (field in said) expect(request.body[field]).toEqual(said[field as keyof typeof said]);
        }
      }),
    );
  });
});
