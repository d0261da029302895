/** What a call used, from the public entry: in the event, in its cost, and in the words of the wire that was called. */
import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../src/index.ts";
import type { Provider } from "../src/scheduler/index.ts";
import type { Frame, Wire, WireBody } from "../src/wires/wire.ts";
import { chunk, completion } from "./chat-shapes.ts";
import { finish, message, start, textBlock } from "./fixtures/anthropic-messages.ts";
import { generated } from "./fixtures/gemini.ts";

/** The same call as each vendor counts it: 10 uncached, 100 read, 20 written where there is such a thing, 7 out, 3 of them thought. */
const ofAnthropic = {
  input_tokens: 10,
  cache_read_input_tokens: 100,
  cache_creation_input_tokens: 20,
  output_tokens: 7,
  output_tokens_details: { thinking_tokens: 3 },
};
const ofOpenAI = {
  prompt_tokens: 130,
  completion_tokens: 7,
  total_tokens: 137,
  prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 20 },
  completion_tokens_details: { reasoning_tokens: 3 },
};
const ofGoogle = {
  promptTokenCount: 110,
  cachedContentTokenCount: 100,
  candidatesTokenCount: 4,
  thoughtsTokenCount: 3,
  totalTokenCount: 117,
};

interface Vendor {
  readonly whole: object;
  readonly events: readonly (object | string)[];
  readonly write: number;
}

const VENDORS: Readonly<Partial<Record<Wire, Vendor>>> = {
  messages: {
    whole: { ...message, usage: ofAnthropic },
    events: [
      { ...start, message: { ...message, content: [], usage: { ...ofAnthropic, output_tokens: 1 } } },
      ...textBlock(0, "yes"),
      { ...finish("end_turn")[0], usage: ofAnthropic },
      { type: "message_stop" },
    ],
    write: 20,
  },
  chat: {
    whole: { ...completion("yes"), usage: ofOpenAI },
    events: [
      chunk({ role: "assistant", content: "yes" }),
      chunk({}, "stop"),
      { ...chunk({}), choices: [], usage: ofOpenAI },
      "[DONE]",
    ],
    write: 20,
  },
  gemini: {
    whole: generated([{ text: "yes" }], "STOP", { usageMetadata: ofGoogle }),
    events: [generated([{ text: "yes" }], "STOP", { usageMetadata: ofGoogle })],
    write: 0,
  },
};

function providerOf(wire: Wire, { whole, events }: Vendor): Provider {
  async function* frames(): AsyncGenerator<readonly Frame[]> {
    for (const event of events) yield [{ data: typeof event === "string" ? event : JSON.stringify(event) }];
  }
  return {
    name: wire,
    wires: [wire],
    send: async ({ body, wire: asked }) => {
      const head = { status: 200, headers: {} };
      const streams = body["stream"] === true;
      expect(asked).toBe(wire);
      return streams ? { ...head, frames: frames() } : { ...head, body: Buffer.from(JSON.stringify(whole)) };
    },
  };
}

const messages = [{ role: "user", content: "Hi" }];
const CALLERS: Readonly<Partial<Record<Wire, WireBody>>> = {
  chat: { messages },
  messages: { messages, max_tokens: 9 },
  responses: { input: "Hi", store: false },
};

/** Counts in the words of each wire. */
const told = (write: number): Readonly<Partial<Record<Wire, object>>> => ({
  chat: {
    prompt_tokens: 110 + write,
    completion_tokens: 7,
    total_tokens: 117 + write,
    prompt_tokens_details: expect.objectContaining({
      cached_tokens: 100,
      ...(write > 0 && { cache_write_tokens: write }),
    }),
    completion_tokens_details: expect.objectContaining({ reasoning_tokens: 3 }),
  },
  messages: {
    input_tokens: 10,
    cache_read_input_tokens: 100,
    ...(write > 0 && { cache_creation_input_tokens: write }),
    output_tokens: 7,
    output_tokens_details: { thinking_tokens: 3 },
  },
  responses: {
    input_tokens: 110 + write,
    input_tokens_details: expect.objectContaining({ cached_tokens: 100 }),
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 117 + write,
  },
});

/** The last usage in what came: of the answer, or of one of its frames. */
function usageIn(texts: readonly string[]): unknown {
  const found = texts
    .filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text))
    .map((each) => each.usage ?? each.response?.usage ?? undefined)
    .filter((usage) => usage !== undefined && usage !== null);
  return found.at(-1);
}

describe.each(Object.keys(CALLERS) as Wire[])("a caller of %s", (from) => {
  describe.each(Object.keys(VENDORS) as Wire[])("whose call is answered over %s", (to) => {
    it.each([
      ["whole", false],
      ["streamed", true],
    ])(
      "hears %s of sums that add up, and pays for each kind of token once (wire 14, defect 72)",
      async (_how, stream) => {
        const vendor = VENDORS[to]!;
        const events: PromptCompilerEvent[] = [];
        const price = {
          inputPer1M: 1_000_000,
          cachedInputPer1M: 100_000,
          // Who does not tell what was written charges nothing for it.
          ...(vendor.write > 0 && { cacheWritePer1M: 2_000_000 }),
          outputPer1M: 10_000_000,
        };
        const compiler = createPromptCompiler({
          deployments: [{ id: "a", model: "m", provider: providerOf(to, vendor), price }],
          onEvent: (event) => void events.push(event),
        });
        const asked = from === "chat" && stream ? { stream_options: { include_usage: true } } : {};

        const { reply } = await compiler.dispatch({
          wire: from,
          body: { model: "m", ...CALLERS[from], stream, ...asked },
        });
        const texts: string[] = reply.body ? [Buffer.from(reply.body).toString()] : [];
        for await (const frames of reply.frames ?? []) texts.push(...frames.map(({ data }) => data));

        expect(usageIn(texts)).toMatchObject(told(vendor.write)[from]!);
        const end = events.find((event) => event.type === "call-end");
        expect(end).toMatchObject({
          usage: {
            inputTokens: 110 + vendor.write,
            cacheReadTokens: 100,
            outputTokens: 7,
            reasoningTokens: 3,
          },
          costUsd: 10 + 100 * 0.1 + vendor.write * 2 + 7 * 10,
        });
        expect(end?.usage?.cacheWriteTokens ?? 0).toBe(vendor.write);
      },
    );
  });
});
