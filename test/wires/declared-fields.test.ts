import { describe, expect, it } from "vitest";
import { chatRequest } from "../../src/wires/chat/schemas.ts";
import { translationTo } from "../../src/wires/index.ts";
import { messagesRequest } from "../../src/wires/messages/schemas.ts";
import { responseRequest } from "../../src/wires/responses/schemas.ts";
import type { Wire, WireBody } from "../../src/wires/wire.ts";
import { noMemory } from "./memory.ts";

const hi = [{ role: "user", content: "Hi" }];
const chatTool = { type: "function", function: { name: "f", parameters: { type: "object" } } };
const schema = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false };

/** A request of each wire with nothing to spare, and for each of its fields a value that says something. */
interface Sample {
  readonly declared: readonly string[];
  readonly base: WireBody;
  readonly fields: WireBody;
}

const ofGeneration: WireBody = {
  model: "another",
  stream: true,
  temperature: 0.5,
  top_p: 0.9,
  user: "u",
  safety_identifier: "s",
  prompt_cache_key: "k",
  service_tier: "flex",
  store: true,
  metadata: { a: "b" },
};

const SAMPLES: Readonly<Partial<Record<Wire, Sample>>> = {
  chat: {
    declared: Object.keys(chatRequest.shape),
    base: { model: "m", messages: hi, tools: [chatTool] },
    fields: {
      ...ofGeneration,
      messages: [...hi, { role: "assistant", content: "x" }, ...hi],
      max_tokens: 9,
      max_completion_tokens: 9,
      stop: ["END"],
      n: 2,
      seed: 1,
      tools: [chatTool, { ...chatTool, function: { name: "g" } }],
      tool_choice: "required",
      parallel_tool_calls: false,
      response_format: { type: "json_schema", json_schema: { name: "a", schema } },
      stream_options: { include_usage: true },
      reasoning_effort: "high",
      verbosity: "low",
      logit_bias: { "1": 1 },
      logprobs: true,
      top_logprobs: 2,
      presence_penalty: 1,
      frequency_penalty: 1,
      modalities: ["text", "audio"],
      audio: { voice: "alloy", format: "wav" },
      prediction: { type: "content", content: "x" },
      web_search_options: {},
    },
  },
  messages: {
    declared: Object.keys(messagesRequest.shape),
    base: { model: "m", messages: hi, tools: [{ name: "f", input_schema: { type: "object" } }] },
    fields: {
      model: "another",
      messages: [...hi, { role: "assistant", content: "x" }, ...hi],
      max_tokens: 9,
      system: "Be brief.",
      stream: true,
      tools: [{ name: "g", input_schema: { type: "object" } }],
      tool_choice: { type: "any" },
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ["END"],
      thinking: { type: "enabled", budget_tokens: 2_000 },
      output_config: { format: { type: "json_schema", schema } },
      metadata: { user_id: "u" },
      service_tier: "standard_only",
      cache_control: { type: "ephemeral" },
      container: "c",
      context_management: { edits: [] },
      mcp_servers: [{ name: "s" }],
      inference_geo: "eu",
      speed: "fast",
    },
  },
  responses: {
    declared: Object.keys(responseRequest.shape),
    base: { model: "m", input: hi, tools: [{ type: "function", name: "f", parameters: {} }] },
    fields: {
      ...ofGeneration,
      input: "Something else",
      instructions: "Be brief.",
      max_output_tokens: 9,
      tools: [{ type: "function", name: "g", parameters: {} }],
      tool_choice: "required",
      parallel_tool_calls: false,
      text: { format: { type: "json_schema", name: "a", schema } },
      reasoning: { effort: "high" },
      max_tool_calls: 1,
      top_logprobs: 2,
      truncation: "auto",
      background: true,
      include: ["message.output_text.logprobs"],
      previous_response_id: "resp_1",
    },
  },
};

/** What changes nothing that is sent, and is done here. */
const DONE_HERE: Readonly<Partial<Record<Wire, Readonly<Record<string, string>>>>> = {
  chat: { stream_options: "usage is asked for in any case, and taken out where the caller did not ask" },
  responses: {
    previous_response_id: "the conversation stands in front before a call is translated",
    store: "answers are kept here, where no vendor does",
    metadata: "it is in the response, and kept with it",
  },
};

/** What cannot be asked for at all on a way. */
const REFUSED: Readonly<Record<string, readonly string[]>> = { "chat messages": ["n"] };

const WAYS: readonly (readonly [Wire, Wire])[] = [
  ["chat", "messages"],
  ["chat", "gemini"],
  ["messages", "chat"],
  ["messages", "gemini"],
  ["responses", "chat"],
  ["responses", "messages"],
  ["responses", "gemini"],
];

describe.each(WAYS)("%s → %s", (from, to) => {
  const { declared, base, fields } = SAMPLES[from]!;
  const translate = (body: WireBody) => {
    const translation = translationTo(from, [to]);
    if (translation === undefined || translation === "none") throw new Error(`no way from ${from} to ${to}`);
    return translation.translate({ wire: from, body }, noMemory, 1);
  };

  it("has a sample of every field that a request declares", () => {
    expect(declared.filter((name) => !(name in fields))).toEqual([]);
  });

  it.each(Object.keys(fields).filter((name) => !(name in (DONE_HERE[from] ?? {}))))(
    "keeps %s, or names what is left out of it, or refuses it by name: never in silence",
    (name) => {
      const plain = translate(base);
      const telling = () => translate({ ...base, [name]: fields[name] });
      if (REFUSED[`${from} ${to}`]?.includes(name)) {
        expect(telling).toThrow(expect.objectContaining({ code: "PC_INVALID_REQUEST" }));
        return;
      }

      const { request, dropped } = telling();

      const isKept = JSON.stringify(request.body) !== JSON.stringify(plain.request.body);
      // By way of a chat it is named in a chat's words.
      const isNamed = dropped.some((path) => !plain.dropped.includes(path));
      expect({ name, told: isKept || isNamed }).toEqual({ name, told: true });
    },
  );
});
