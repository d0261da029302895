import { describe, expect, it } from "vitest";
import type { Model } from "../../../src/chat.ts";
import type { CompileReport } from "../../../src/core/report.ts";
import { PromptCompilerError } from "../../../src/errors.ts";
import { CHAT, fakeCompiler, send } from "../given.ts";

const model = (id: string): Model => ({ id, object: "model", created: 1, owned_by: "up" });
const models = [model("gpt-x"), model("org/model:tag"), model("claude-y")];
const serving = () => fakeCompiler(undefined, { models: async () => models });

describe("POST /v1/chat/completions", () => {
  it("dispatches a chat request as its caller", async () => {
    const compiler = fakeCompiler();

    await send({ headers: { "x-pc-agent-id": "a" } }, compiler);

    expect(compiler.dispatched[0]).toMatchObject({
      request: { wire: "chat", body: CHAT },
      call: { tenant: "default", agentId: "a", signal: expect.any(AbortSignal) },
    });
  });

  it("shares, under a path with group and agent", async () => {
    const compiler = fakeCompiler();

    await send({ path: "/pc/trip/planner/v1/chat/completions" }, compiler);

    expect(compiler.dispatched[0]?.call).toMatchObject({ group: "trip", agentId: "planner", share: true });
  });
});

describe("POST /v1/embeddings", () => {
  it("dispatches an embedding request", async () => {
    const compiler = fakeCompiler();

    await send({ path: "/v1/embeddings", body: { model: "e", input: ["x"] } }, compiler);

    expect(compiler.dispatched[0]?.request).toMatchObject({
      wire: "embeddings",
      body: { model: "e", input: ["x"] },
    });
  });
});

describe("GET /v1/models", () => {
  it("lists what is served (wire 46)", async () => {
    const sink = await send({ method: "GET", path: "/v1/models" }, serving());

    expect(sink.json).toEqual({ object: "list", data: models });
  });

  it("lists to a key only what it may use", async () => {
    const sink = await send({ method: "GET", path: "/v1/models", headers: { "x-api-key": "k" } }, serving(), {
      keys: [{ key: "k", tenant: "t", models: ["gpt-*"] }],
    });

    expect(sink.json).toEqual({ object: "list", data: [model("gpt-x")] });
  });

  it.each(["/v1/models/org/model:tag", "/v1/models/org%2Fmodel%3Atag"])(
    "finds one by id: %s (wire 1)",
    async (path) => {
      const sink = await send({ method: "GET", path }, serving());

      expect(sink.json).toEqual(model("org/model:tag"));
    },
  );

  it("does not tell a model that is not there from one that is not for this key", async () => {
    const options = { keys: [{ key: "k", tenant: "t", models: ["gpt-*"] }] };
    const ask = (id: string) =>
      send({ method: "GET", path: `/v1/models/${id}`, headers: { "x-api-key": "k" } }, serving(), options);

    const [missing, barred] = [await ask("nope"), await ask("claude-y")];

    expect(missing.status).toBe(404);
    expect(missing.json).toMatchObject({ error: { code: "model_not_found", param: "model" } });
    expect(barred.text).toBe(missing.text.replace("nope", "claude-y"));
  });
});

describe("POST /v1/pc/context-aware-completion", () => {
  it.each(["/v1/pc/context-aware-completion", "/v1/pc/context-completion"])(
    "asks for the report: %s",
    async (path) => {
      const compiler = fakeCompiler();

      await send({ path, body: { ...CHAT, pc: { max_input_tokens: 100 } } }, compiler);

      expect(compiler.dispatched[0]).toMatchObject({
        request: { wire: "chat", body: CHAT },
        call: { explain: true, maxInputTokens: 100 },
      });
    },
  );

  it("does not where the call says otherwise", async () => {
    const compiler = fakeCompiler();

    await send({ path: "/v1/pc/context-completion", body: { ...CHAT, pc: { explain: false } } }, compiler);

    expect(compiler.dispatched[0]?.call.explain).toBe(false);
  });
});

describe("POST /v1/pc/compile", () => {
  const report: CompileReport = {
    tokensBefore: 9,
    tokensAfter: 4,
    predictedCachedTokens: 0,
    maxInputTokens: 5,
    tokenizer: "o200k_base",
    segments: [],
  };

  it("answers with what would be sent, and why, and sends nothing", async () => {
    const compiler = fakeCompiler(undefined, {
      compile: async (request) => ({ request: { ...request, messages: [] }, report }),
    });

    const sink = await send(
      { path: "/v1/pc/compile", body: { ...CHAT, pc: { max_input_tokens: 5 } } },
      compiler,
    );

    expect(sink.json).toEqual({ request: { ...CHAT, messages: [] }, report });
    expect(compiler.dispatched).toEqual([]);
  });

  it("answers 400 where what must be kept is larger than the budget", async () => {
    const compiler = fakeCompiler(undefined, {
      compile: async () => {
        throw new PromptCompilerError("PC_CONTEXT_TOO_LARGE", "must keep 9 tokens");
      },
    });

    const sink = await send({ path: "/v1/pc/compile" }, compiler);

    expect(sink.status).toBe(400);
    expect(sink.json).toMatchObject({ error: { code: "context_length_exceeded" } });
  });
});
