import { describe, expect, it } from "vitest";
import type { CallContext } from "../src/chat.ts";
import type { ContextOptions } from "../src/config/compiler-options.ts";
import type { CompileReport } from "../src/core/report.ts";
import { createPromptCompiler } from "../src/index.ts";
import type { Provider } from "../src/scheduler/providers/provider.ts";
import { codecFor } from "../src/wires/index.ts";
import type { Wire, WireBody, WireRequest } from "../src/wires/wire.ts";
import { assistant, system, user } from "./core/conversations.ts";

const ANSWERS: Partial<Record<Wire, object>> = {
  messages: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text: "Yes." }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  },
  chat: {
    id: "c1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }],
  },
  responses: {
    id: "resp_1",
    object: "response",
    status: "completed",
    model: "m",
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Yes." }] }],
  },
};

interface Sent {
  readonly body: WireBody;
  readonly text: string | undefined;
  readonly report: CompileReport | undefined;
}

/** What reaches an upstream that speaks `spoken`, of a request with these bytes. */
async function sentTo(
  spoken: Wire,
  { wire, body }: WireRequest,
  call: CallContext = { maxInputTokens: 5000, sessionId: "s1" },
  context: ContextOptions = {},
): Promise<Sent> {
  let asked: { body: WireBody; source?: Uint8Array } | undefined;
  const provider: Provider = {
    name: "upstream",
    wires: [spoken],
    async send({ body, source }) {
      asked = { body, ...(source && { source }) };
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(ANSWERS[spoken])) };
    },
  };
  const compiler = createPromptCompiler({
    deployments: [{ id: "one", model: "*", provider }],
    context,
  });
  const source = Buffer.from(JSON.stringify(body));
  const { report } = await compiler.dispatch({ wire, body, source }, call);
  return { body: asked!.body, text: asked!.source && Buffer.from(asked!.source).toString(), report };
}

/** The texts that have a mark, in the order of the request. */
function marked(body: WireBody, field: string): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (field in value) found.push(String("text" in value ? value.text : Object.keys(value)));
    for (const each of Object.values(value)) walk(each);
  };
  walk(body);
  return found;
}

const EPHEMERAL = { cache_control: { type: "ephemeral" } };

const anthropic = (more: WireBody = {}): WireRequest => ({
  wire: "messages",
  body: {
    model: "claude-sonnet-4-5",
    max_tokens: 100,
    system: "Be brief.",
    messages: [user("Which hotel?"), assistant("The harbour hotel."), user("Why?")],
    ...more,
  },
});

describe("breakpoints of a prompt cache", () => {
  it("stand behind Anthropic's instructions and latest message, and every other byte is the caller's", async () => {
    const { body, text, report } = await sentTo("messages", anthropic());

    expect(marked(body, "cache_control")).toEqual(["Be brief.", "Why?"]);
    expect(body["system"]).toEqual([{ type: "text", text: "Be brief.", ...EPHEMERAL }]);
    expect(JSON.parse(text!)).toEqual(body);
    expect(text).toContain('{"role":"assistant","content":"The harbour hotel."}');
    expect(report?.segments.filter(({ isBreakpoint }) => isBreakpoint).map(({ id }) => id)).toEqual([
      "m0",
      "m3",
    ]);
  });

  it("stand behind the last frozen block too, and are four at most with the caller's own", async () => {
    const turns = Array.from({ length: 40 }, (_, turn) => [
      user(`Task ${turn} for customer mia_kim_${4000 + turn}, please.`),
      assistant(`Task ${turn} is done. ${"It went very well on the island. ".repeat(8)}`),
    ]).flat();
    const own = [{ type: "text", text: "Be brief.", ...EPHEMERAL }];
    const call = { maxInputTokens: 1000, sessionId: "s1" };
    const messages = [...turns, user("Why?")];

    const without = await sentTo("messages", anthropic({ messages }), call);
    const beside = await sentTo("messages", anthropic({ messages, system: own, ...EPHEMERAL }), call);

    const [instructions, block, latest, ...others] = marked(without.body, "cache_control");
    expect([instructions, latest, others]).toEqual(["Be brief.", "Why?", []]);
    expect(block).toMatch(/^<earlier-messages /);
    // One on the whole request, one on the system prompt: there is room for two.
    expect(marked(beside.body, "cache_control").slice(1)).toEqual(["Be brief.", block, "Why?"]);
  });

  it("give way where the caller has set all four", async () => {
    const system = ["a", "b", "c", "d"].map((text) => ({ type: "text", text, ...EPHEMERAL }));

    const { body } = await sentTo("messages", anthropic({ system }));

    expect(marked(body, "cache_control")).toEqual(["a", "b", "c", "d"]);
  });

  it("go with a chat to Anthropic", async () => {
    const messages = [
      system("Be brief."),
      user("Which hotel?"),
      assistant("The harbour hotel."),
      user("Why?"),
    ];

    const { body } = await sentTo("messages", { wire: "chat", body: { model: "claude-x", messages } });

    expect(marked(body, "cache_control")).toEqual(["Be brief.", "Why?"]);
  });

  it("are OpenAI's own for models that know them, with a name for the conversation, and none for others", async () => {
    const messages = [
      system("Be brief."),
      user("Which hotel?"),
      assistant("The harbour hotel."),
      user("Why?"),
    ];
    const of = (model: string): WireRequest => ({ wire: "chat", body: { model, messages } });

    const known = await sentTo("chat", of("gpt-5.6-mini"));
    const later = await sentTo("chat", of("openai/gpt-6"));
    const older = await Promise.all(
      ["gpt-5.5", "gpt-5-mini", "gpt-4o", "qwen3"].map((each) => sentTo("chat", of(each))),
    );

    expect(marked(known.body, "prompt_cache_breakpoint")).toEqual(["Be brief."]);
    expect(known.body["messages"]).toMatchObject([
      { content: [{ type: "text", text: "Be brief.", prompt_cache_breakpoint: { mode: "explicit" } }] },
      ...messages.slice(1),
    ]);
    expect(known.body["prompt_cache_key"]).toMatch(/^\S{16,64}$/);
    expect(later.body["prompt_cache_key"]).toBe(known.body["prompt_cache_key"]);
    for (const { body } of older) expect(body["messages"]).toEqual(messages);
    for (const { body } of older) expect(body).not.toHaveProperty("prompt_cache_key");
  });

  it("stand on input items of responses, and leave a caller alone who sets all of his own", async () => {
    const input = [
      { role: "developer", content: "Be brief." },
      user("Which hotel?"),
      assistant("The harbour hotel."),
      user("Why?"),
    ];
    const of = (more: WireBody): WireRequest => ({
      wire: "responses",
      body: { model: "gpt-5.6", input, ...more },
    });

    const marks = await sentTo("responses", of({ prompt_cache_key: "mine" }));
    const own = await sentTo("responses", of({ prompt_cache_options: { mode: "explicit" } }));

    expect(marks.body["input"]).toMatchObject([
      { content: [{ type: "input_text", text: "Be brief.", prompt_cache_breakpoint: { mode: "explicit" } }] },
      ...input.slice(1),
    ]);
    expect(marks.body["prompt_cache_key"]).toBe("mine");
    expect(own.body["input"]).toEqual(input);
  });

  it("are not there in a first call, without a budget, or where the host wants none", async () => {
    const first = anthropic({ messages: [user("Which hotel?")] });

    const sent = await Promise.all([
      sentTo("messages", first, { maxInputTokens: 5000 }),
      sentTo("messages", anthropic(), { sessionId: "s1", explain: true }),
      sentTo("messages", anthropic(), { maxInputTokens: 5000 }, { cacheBreakpoints: false }),
    ]);

    expect(sent.map(({ body }) => marked(body, "cache_control"))).toEqual([[], [], []]);
  });

  it("change no word of what is said", async () => {
    const request = anthropic();

    const { body } = await sentTo("messages", request);

    const { messages } = codecFor("messages");
    expect(messages(body)).toEqual(messages(request.body));
  });
});
