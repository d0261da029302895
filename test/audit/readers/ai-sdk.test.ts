import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import {
  convertToModelMessages,
  generateText,
  type ModelMessage,
  simulateReadableStream,
  stepCountIs,
  streamText,
  tool,
  type UIMessage,
} from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { aiSdk } from "../../../src/audit/readers/ai-sdk.ts";
import { readerFor } from "../../../src/audit/readers/index.ts";
import { readAll } from "./read.ts";

const asked = "When does the ferry leave?";
const messages: ModelMessage[] = [{ role: "user", content: asked }];
const tools = {
  timetable: tool({ inputSchema: z.object({ port: z.string() }), execute: async () => ({ leaves: "9:40" }) }),
};

const counted = (input: number, read: number) => ({
  inputTokens: { total: input, noCache: input - read, cacheRead: read, cacheWrite: 0 },
  outputTokens: { total: 6, text: 4, reasoning: 2 },
});
const call = {
  type: "tool-call" as const,
  toolCallId: "call_1",
  toolName: "timetable",
  input: '{"port":"Split"}',
};

/** Looks into the timetable, and answers. */
function ferryModel(): MockLanguageModelV3 {
  const finished = (unified: "tool-calls" | "stop") => ({ unified, raw: unified });
  const answers = [
    { parts: [call], finishReason: finished("tool-calls"), usage: counted(1200, 0) },
    { parts: undefined, finishReason: finished("stop"), usage: counted(1300, 1024) },
  ];
  let made = 0;
  const next = () => answers[made++ % 2]!;
  return new MockLanguageModelV3({
    modelId: "gpt-5",
    doGenerate: async () => {
      const { parts, ...rest } = next();
      return { content: parts ?? [{ type: "text", text: "At 9:40." }], warnings: [], ...rest };
    },
    doStream: async () => {
      const { parts, ...rest } = next();
      const text = [
        { type: "text-start" as const, id: "1" },
        { type: "text-delta" as const, id: "1", delta: "At 9:40." },
        { type: "text-end" as const, id: "1" },
      ];
      const chunks = [
        { type: "stream-start" as const, warnings: [] },
        ...(parts ?? text),
        { type: "finish" as const, ...rest },
      ];
      return { stream: simulateReadableStream({ chunks, initialDelayInMs: null, chunkDelayInMs: null }) };
    },
  });
}

/** What two handlers of one `generateText` write down. */
async function generatedLogs() {
  const steps: string[] = [];
  const whole: string[] = [];
  await generateText({
    model: ferryModel(),
    messages,
    tools,
    stopWhen: stepCountIs(3),
    onStepFinish: (step) => void steps.push(JSON.stringify({ messages, ...step })),
    onFinish: (event) => void whole.push(JSON.stringify({ messages, ...event })),
  });
  return { steps, whole };
}

/** A chat as `useChat` keeps it, with the usage that a route puts into the metadata. */
async function keptChat(): Promise<readonly UIMessage[]> {
  let ids = 0;
  let chat: UIMessage[] = [{ id: "question-1", role: "user", parts: [{ type: "text", text: asked }] }];
  for (const question of ["And back?", undefined]) {
    const result = streamText({
      model: ferryModel(),
      messages: await convertToModelMessages(chat),
      tools,
      stopWhen: stepCountIs(3),
    });
    const stream = result.toUIMessageStream({
      originalMessages: chat,
      generateMessageId: () => `answer-${++ids}`,
      messageMetadata: ({ part }) =>
        part.type === "finish" ? { usage: part.totalUsage, model: "gpt-5", createdAt: 1000 } : undefined,
      onFinish: ({ messages }) => {
        chat = messages;
      },
    });
    for await (const _ of stream);
    if (question)
      chat = [...chat, { id: "question-2", role: "user", parts: [{ type: "text", text: question }] }];
  }
  return chat;
}

const answeredInChat = [
  { role: "user", content: asked },
  {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "call_1", type: "function", function: { name: "timetable", arguments: '{"port":"Split"}' } },
    ],
  },
  { role: "tool", tool_call_id: "call_1", content: '{"leaves":"9:40"}' },
];

describe("logs of the AI SDK", () => {
  it("tell of a call in each line of onStepFinish, with what the steps before answered", async () => {
    const { steps } = await generatedLogs();

    const calls = readAll(aiSdk, steps);

    expect(steps.map((line) => readerFor(JSON.parse(line))?.format)).toEqual(["ai-sdk", "ai-sdk"]);
    expect(calls.map(({ messages }) => messages)).toEqual([answeredInChat.slice(0, 1), answeredInChat]);
    expect(calls.map(({ usage }) => usage)).toEqual(
      [
        [1200, 0],
        [1300, 1024],
      ].map(([inputTokens, cacheReadTokens]) => ({
        inputTokens,
        cacheReadTokens,
        cacheWriteTokens: 0,
        outputTokens: 6,
        reasoningTokens: 2,
      })),
    );
    expect(calls[0]).toMatchObject({ model: "gpt-5", session: calls[1]?.session, isSum: false });
    expect(calls[0]?.at).toBe(Date.parse(JSON.parse(steps[0] ?? "").response.timestamp));
  });

  it("tell of the same calls in the line of onFinish, with the same ids", async () => {
    const { steps, whole } = await generatedLogs();

    expect(readerFor(JSON.parse(whole[0] ?? ""))?.format).toBe("ai-sdk");
    const line = { line: 1 };
    expect(readAll(aiSdk, whole)).toEqual(readAll(aiSdk, steps).map((each) => ({ ...each, ...line })));
    expect(readAll(aiSdk, whole)[0]?.id).toMatch(/./);
  });

  it("tell of the sum of a call's steps, where they keep no more", () => {
    const usage = { inputTokens: 2500, outputTokens: 12, cachedInputTokens: 1024 };
    const line = { modelId: "gpt-5", timestamp: "2026-01-05T09:00:00Z", prompt: asked, system: "Be brief." };

    expect(readAll(aiSdk, [{ ...line, text: "At 9:40.", totalUsage: usage }])).toMatchObject([
      {
        model: "gpt-5",
        at: Date.UTC(2026, 0, 5, 9),
        isSum: true,
        usage: { inputTokens: 2500, cacheReadTokens: 1024 },
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: asked },
        ],
      },
    ]);
  });

  it("end with the answer where messages were written down after it", () => {
    const usage = { inputTokens: 9, outputTokens: 1 };
    const after = [...messages, { role: "assistant", content: [{ type: "text", text: "At 9:40." }] }];

    expect(readAll(aiSdk, [{ messages: after, usage }])[0]?.messages).toEqual(messages);
  });

  it("may have the messages of the chat beside the answer, as a route is given them", async () => {
    const chat = await keptChat();
    const usage = { inputTokens: 9, outputTokens: 1 };

    const [call] = readAll(aiSdk, [
      { chatId: "chat-1", messages: chat.slice(0, 3), text: "At 9:40.", usage },
    ]);

    expect(call).toMatchObject({ session: "chat-1", isSum: false });
    expect(call?.messages).toEqual([
      ...answeredInChat,
      { role: "assistant", content: "At 9:40." },
      { role: "user", content: "And back?" },
    ]);
  });

  it("go by the body that went to the provider, its tools with it", async () => {
    const answer = { type: "message", id: "msg_1", role: "assistant", model: "claude-haiku-4-5" };
    const usage = {
      input_tokens: 7,
      cache_read_input_tokens: 2000,
      cache_creation_input_tokens: 100,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 100 },
      output_tokens: 3,
    };
    const anthropic = createAnthropic({
      apiKey: "key",
      fetch: async () =>
        Response.json({
          ...answer,
          content: [{ type: "text", text: "At 9:40." }],
          stop_reason: "end_turn",
          usage,
        }),
    });
    const completion = {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model: "gpt-5",
      choices: [{ index: 0, message: { role: "assistant", content: "At 9:40." }, finish_reason: "stop" }],
      usage: { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 },
    };
    const openai = createOpenAI({ apiKey: "key", fetch: async () => Response.json(completion) });
    const lines: string[] = [];
    for (const model of [anthropic("claude-haiku-4-5"), openai.chat("gpt-5")]) {
      const onStepFinish = (step: object) => void lines.push(JSON.stringify(step));
      await generateText({ model, system: "Be brief.", prompt: asked, tools, onStepFinish });
    }

    const calls = readAll(aiSdk, lines);

    for (const { messages, tools } of calls) {
      expect(messages[0]).toMatchObject({ content: "Be brief." });
      expect(JSON.stringify(messages[1])).toContain(asked);
      expect(tools).toMatchObject([{ function: { name: "timetable" } }]);
    }
    expect(calls.map(({ id }) => id)).toEqual(["msg_1", "chatcmpl-1"]);
    expect(calls[0]?.usage).toMatchObject({
      inputTokens: 2107,
      cacheReadTokens: 2000,
      cacheWriteTokens: 100,
      cacheWrite1hTokens: 100,
    });
    expect(calls[1]?.usage?.inputTokens).toBe(20);
  });

  it("refuse a call of which they do not keep what was sent", () => {
    const line = { request: {}, text: "At 9:40.", usage: { inputTokens: 1, outputTokens: 1 } };

    expect(() => aiSdk.open("a").push(line, 1)).toThrow("neither messages, nor a prompt");
  });
});

describe("chats of the AI SDK", () => {
  it("were called for once for each step of an answer, and charged with the last", async () => {
    const chat = await keptChat();

    const calls = readAll(
      aiSdk,
      chat.map((message) => JSON.stringify(message)),
    );

    expect(chat.map((message) => readerFor(message)?.format)).toEqual(Array(4).fill("ai-sdk"));
    expect(calls.map(({ messages }) => messages.length)).toEqual([1, 3, 5, 7]);
    expect(calls[1]?.messages).toEqual(answeredInChat);
    expect(calls[2]?.messages.slice(3)).toEqual([
      { role: "assistant", content: "At 9:40." },
      { role: "user", content: "And back?" },
    ]);
    expect(calls.map(({ usage, isSum }) => [usage?.inputTokens, isSum])).toEqual([
      [undefined, false],
      [2500, true],
      [undefined, false],
      [2500, true],
    ]);
    expect(calls[1]).toMatchObject({ model: "gpt-5", at: 1000, usage: { cacheReadTokens: 1024 } });
    expect(new Set(calls.map(({ session }) => session))).toEqual(new Set(["a.jsonl"]));
  });

  it("are the same kept whole, and go on where they are told of again", async () => {
    const chat = await keptChat();

    const grown = readAll(aiSdk, [
      { id: "chat-1", messages: chat.slice(0, 2) },
      { id: "chat-1", messages: chat },
    ]);

    expect(readerFor(chat)?.format).toBe("ai-sdk");
    expect(readerFor({ id: "chat-1", messages: chat })?.format).toBe("ai-sdk");
    expect(readAll(aiSdk, [chat]).map(({ messages }) => messages.length)).toEqual([1, 3, 5, 7]);
    expect(new Set(grown.map(({ id }) => id)).size).toBe(4);
    expect(grown.slice(0, 2).map(({ id }) => id)).toEqual(grown.slice(2, 4).map(({ id }) => id));
  });

  it("forget what an answer given anew has undone", async () => {
    const [question, answer] = await keptChat();

    const calls = readAll(aiSdk, [question, answer, answer]);

    expect(calls.map(({ messages }) => messages.length)).toEqual([1, 3, 1, 3]);
  });

  it("send what a tool failed with, and files, and leave out what is only shown", () => {
    const parts = [
      { type: "data-weather", data: {} },
      { type: "step-start" },
      { type: "reasoning", text: "Hm." },
      {
        type: "dynamic-tool",
        toolName: "t",
        toolCallId: "c",
        state: "output-error",
        input: {},
        errorText: "No.",
      },
    ];
    const picture = {
      type: "file",
      mediaType: "image/png",
      url: "https://example.com/a.png",
    };
    const question = { id: "1", role: "user", parts: [{ type: "text", text: asked }, picture] };
    const again = {
      id: "3",
      role: "assistant",
      parts: [{ type: "text", text: "Sorry." }],
    };

    const calls = readAll(aiSdk, [question, { id: "2", role: "assistant", parts }, again]);

    expect(calls.map(({ messages }) => messages.length)).toEqual([1, 3]);
    expect(calls[1]?.messages).toMatchObject([
      {
        content: [
          { type: "text", text: asked },
          { type: "image_url", image_url: { url: picture.url } },
        ],
      },
      { content: null, tool_calls: [{ id: "c" }] },
      { role: "tool", content: "No." },
    ]);
  });
});

describe("logs in other words", () => {
  const chat = [
    { role: "user", content: asked },
    { role: "assistant", content: "At 9:40." },
  ];
  const completion = { object: "chat.completion", choices: [], usage: { prompt_tokens: 1 } };
  const ours = { inputTokens: 1, outputTokens: 1 };

  it.each([
    ["messages", { messages: chat }],
    ["a transcript", chat],
    ["results of tools", { messages: answeredInChat }],
    ["parts of content", { messages: [{ role: "user", content: [{ type: "text", text: asked }] }] }],
    ["a request with its response", { request: { messages: chat }, response: completion }],
    ["counts beside them", { request: { messages: chat }, response: completion, usage: ours }],
    ["counts beside messages", { messages: chat, response: completion, usage: ours }],
    ["a batch", { custom_id: "1", body: { messages: chat } }],
    ["Anthropic's counts", { messages: chat, usage: { input_tokens: 1, output_tokens: 1 } }],
  ])("are not taken for the AI SDK's: %s", (_, record) => {
    expect(aiSdk.recognises(record)).toBe(false);
    expect(readerFor(record)?.format).toBe("openai");
  });

  it.each([
    ["Gemini's contents", { role: "user", parts: [{ text: asked }] }],
    ["Claude Code's", { type: "user", uuid: "u", sessionId: "s", message: { role: "user", content: "Hi" } }],
    ["Codex's", { type: "response_item", payload: { type: "message", role: "user", content: [] } }],
  ])("are not taken for the AI SDK's: %s", (_, record) => {
    expect(aiSdk.recognises(record)).toBe(false);
  });
});
