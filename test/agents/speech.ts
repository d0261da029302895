/** Each wire as a scripted model speaks it: what tools it is offered, which of them were run, and its two answers. */

import { chunksOf, completion } from "../chat-shapes.ts";
import { finish, start, streamOf, textBlock, toolBlock } from "../fixtures/anthropic-messages.ts";
import { generated } from "../fixtures/gemini.ts";
import { asking, askingChunks } from "../interop/given.ts";
import { json, stream, type UpstreamAnswer, type UpstreamRequest } from "../upstream.ts";

// biome-ignore lint/suspicious/noExplicitAny: a script looks into bodies of every shape
type Body = any;

/** A tool as the model is told of it, and as it calls it. */
export interface Offered {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly custom?: boolean | undefined;
}

export interface Speech {
  offers(body: Body): readonly Offered[];
  /** What names each result of a tool: the id of its call, or in Gemini, which has none, the tool. */
  results(body: Body): readonly string[];
  call(request: UpstreamRequest, id: string, tool: Offered, input: object | string): UpstreamAnswer;
  say(request: UpstreamRequest, text: string): UpstreamAnswer;
}

/** Where a wire has no custom tools, their text is the one argument of a function. */
const argumentsOf = (input: object | string): object => (typeof input === "string" ? { input } : input);

const chat: Speech = {
  offers: ({ tools = [] }) => tools.map(({ function: { name } }: Body) => ({ name })),
  results: ({ messages }) =>
    messages.filter(({ role }: Body) => role === "tool").map(({ tool_call_id }: Body) => tool_call_id),
  call(request, id, { name }, input) {
    const asked = { id, name, arguments: argumentsOf(input) };
    return request.json.stream ? stream(askingChunks(asked)) : asking(asked);
  },
  say: (request, text) => (request.json.stream ? stream(chunksOf(text)) : json(completion(text))),
};

const messages: Speech = {
  offers: ({ tools = [] }) => tools.map(({ name }: Body) => ({ name })),
  results: (body) =>
    body.messages
      .flatMap(({ content }: Body) => (Array.isArray(content) ? content : []))
      .filter(({ type }: Body) => type === "tool_result")
      .map(({ tool_use_id }: Body) => tool_use_id),
  call: (_request, id, { name }, input) =>
    streamOf([start, ...toolBlock(0, id, name, JSON.stringify(argumentsOf(input))), ...finish("tool_use")]),
  say: (_request, text) => streamOf([start, ...textBlock(0, text), ...finish("end_turn")]),
};

const gemini: Speech = {
  offers: ({ tools = [] }) =>
    tools.flatMap(({ functionDeclarations = [] }: Body) =>
      functionDeclarations.map(({ name }: Body) => ({ name })),
    ),
  results: ({ contents }) =>
    contents
      .flatMap(({ parts }: Body) => parts)
      .flatMap(({ functionResponse }: Body) => functionResponse?.name ?? []),
  call: (_request, _id, { name }, input) =>
    stream([generated([{ functionCall: { name, args: argumentsOf(input) } }], "STOP")]),
  say: (_request, text) => stream([generated([{ text }], "STOP")]),
};

const responses: Speech = {
  offers: ({ tools = [], input }) => {
    const added = input.filter(({ type }: Body) => type === "additional_tools");
    return [...tools, ...added.flatMap((item: Body) => item.tools)].flatMap(toOffered);
  },
  results: ({ input }) =>
    input.filter(({ type }: Body) => /_call_output$/.test(type)).map(({ call_id }: Body) => call_id),
  call(_request, call_id, { name, namespace, custom }, input) {
    const named = { call_id, name, ...(namespace !== undefined && { namespace }) };
    return responding(
      custom
        ? { type: "custom_tool_call", id: "ctc_1", ...named, input }
        : { type: "function_call", id: "fc_1", ...named, arguments: JSON.stringify(input) },
    );
  },
  say: (_request, text) =>
    responding({
      type: "message",
      id: "msg_1",
      role: "assistant",
      content: [{ type: "output_text", text, annotations: [] }],
    }),
};

function toOffered({ type, name, tools = [] }: Body): readonly Offered[] {
  if (type !== "namespace") return [{ name, custom: type === "custom" }];
  return tools.map((tool: Body) => ({ name: tool.name, namespace: name, custom: tool.type === "custom" }));
}

/** By the wire that is spoken. */
export const speeches = { chat, messages, gemini, responses } as const;

/** The events of a response with one item. */
function responding(item: object) {
  const head = { id: "resp_1", object: "response", created_at: 1, model: "served-model", output: [] };
  const whole = { ...item, status: "completed" };
  const usage = { input_tokens: 11, output_tokens: 2, total_tokens: 13 };
  const completed = { ...head, status: "completed", output: [whole], usage };
  const events = [
    { type: "response.created", response: { ...head, status: "in_progress" } },
    { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress" } },
    { type: "response.output_item.done", output_index: 0, item: whole },
    { type: "response.completed", response: completed },
  ];
  return streamOf(events.map((event, sequence_number) => ({ ...event, sequence_number })));
}
