import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import type { PromptCompilerEvent } from "../../src/telemetry.ts";
import { chunksOf, completion } from "../chat-shapes.ts";
import { type RunningApp, startApp } from "../host-app.ts";
import { json, startUpstream, stream, type Upstream } from "../upstream.ts";

/** Thirty turns about nothing, one of them about the question. */
const messages = [
  { role: "system", content: "Be brief." },
  ...Array.from({ length: 30 }, (_value, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content:
      index === 6 ? "The vault's code is 4711." : `Remark ${index} about the weather over the harbour.`,
  })),
  { role: "user", content: "What is the code of the vault?" },
];
const chat = { model: "gpt-x", messages };

describe("the native call, over a real compiler and upstream", () => {
  let upstream: Upstream;
  let app: RunningApp;
  const events: PromptCompilerEvent[] = [];

  beforeAll(async () => {
    upstream = await startUpstream();
    const provider = openaiCompatible({ baseURL: `${upstream.url}/v1` });
    app = await startApp({
      deployments: [{ id: "up", model: "gpt-x", provider }],
      onEvent: (event) => events.push(event),
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(app.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  it("sends what fits the budget, and answers with the report and its sums in headers", async () => {
    upstream.reply(json(completion("4711")));

    const answer = await post("/v1/pc/context-aware-completion", { ...chat, pc: { max_input_tokens: 120 } });

    const { pc, ...rest } = (await answer.json()) as { pc: { tokensBefore: number; tokensAfter: number } };
    expect(rest).toEqual(completion("4711"));
    expect(pc.tokensAfter).toBeLessThanOrEqual(120);
    expect(answer.headers.get("x-pc-tokens-before")).toBe(String(pc.tokensBefore));
    expect(answer.headers.get("x-pc-tokens-after")).toBe(String(pc.tokensAfter));
    const sent = upstream.requests.at(-1)!.json;
    expect(sent).not.toHaveProperty("pc");
    expect(JSON.stringify(sent.messages)).toContain("4711");
    expect(sent.messages.length).toBeLessThan(messages.length);
  });

  it("streams the report before the sentinel", async () => {
    upstream.reply(stream(chunksOf("4711")));

    const answer = await post("/v1/pc/context-completion", {
      ...chat,
      stream: true,
      pc: { max_input_tokens: 120 },
    });

    const events = (await answer.text()).trimEnd().split("\n\n");
    expect(events.at(-1)).toBe("data: [DONE]");
    expect(JSON.parse(events.at(-2)!.slice("data: ".length)).pc.tokensAfter).toBeLessThanOrEqual(120);
  });

  it("shows in a dry run what would be sent, and sends nothing", async () => {
    const before = upstream.requests.length;

    const answer = await post("/v1/pc/compile", chat, { "x-pc-max-input-tokens": "120" });

    const { request, report } = (await answer.json()) as {
      request: typeof chat;
      report: { tokensAfter: number };
    };
    expect(report.tokensAfter).toBeLessThanOrEqual(120);
    expect(JSON.stringify(request.messages)).toContain("4711");
    expect(upstream.requests).toHaveLength(before);
  });

  it("shares between agents that can only set a base URL", async () => {
    upstream.reply(json(completion("Noted.")));
    const told = { model: "gpt-x", messages: [{ role: "user", content: "The ferry leaves at 9:40." }] };
    const asked = { model: "gpt-x", messages: [{ role: "user", content: "When does the ferry leave?" }] };

    await post("/pc/trip/scout/v1/chat/completions", told);
    const answer = await post("/pc/trip/planner/v1/chat/completions", asked);
    const stranger = await post("/pc/other/planner/v1/chat/completions", asked);

    expect(answer.headers.get("x-pc-context-ids")).toMatch(/ctx_/);
    expect(JSON.stringify(upstream.requests.at(-2)!.json)).toContain("9:40");
    expect(stranger.headers.get("x-pc-context-ids")).toBeNull();
    expect(JSON.stringify(upstream.requests.at(-1)!.json)).not.toContain("9:40");
  });

  it("is named alike in its answer and in events, where it fails too", async () => {
    upstream.reply(json(completion("Hello")));

    const good = await post("/v1/chat/completions", chat);
    const bad = await post("/v1/chat/completions", { ...chat, model: "nobody's" });

    expect(bad.status).toBe(404);
    const ended = events.filter((event) => event.type === "call-end").slice(-2);
    expect(ended.map(({ callId, outcome }) => [callId, outcome])).toEqual([
      [good.headers.get("x-request-id"), "succeeded"],
      [bad.headers.get("x-request-id"), "failed"],
    ]);
  });
});
