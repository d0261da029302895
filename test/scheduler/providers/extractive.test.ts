import { describe, expect, it } from "vitest";
import type { ChatChunk, ChatCompletion, EmbeddingResponse } from "../../../src/chat.ts";
import { lexicalRanker } from "../../../src/core/retrieval/lexical.ts";
import { lexicalEmbedder } from "../../../src/core/retrieval/lexical-embedding.ts";
import { extractive } from "../../../src/scheduler/providers/extractive.ts";
import { writeSharedBlock } from "../../../src/shared-block.ts";
import type { WireBody } from "../../../src/wires/wire.ts";
import { FakeClock } from "../../fake-clock.ts";

const signal = new AbortController().signal;
const provider = extractive({
  ranker: lexicalRanker(),
  embedder: lexicalEmbedder(),
  clock: new FakeClock(),
  random: () => 0,
});

async function ask(body: WireBody): Promise<ChatCompletion> {
  const { body: bytes } = await provider.send({
    wire: "chat",
    body: { model: "pc-extractive", ...body },
    signal,
  });
  return JSON.parse(Buffer.from(bytes ?? []).toString());
}

async function say(...messages: { role: string; content: unknown }[]): Promise<string | null | undefined> {
  return (await ask({ messages })).choices[0]?.message.content;
}

async function stream(body: WireBody): Promise<string[]> {
  const { frames } = await provider.send({ wire: "chat", body: { ...body, stream: true }, signal });
  const all: string[] = [];
  for await (const some of frames ?? []) all.push(...some.map(({ data }) => data));
  return all;
}

async function embed(body: WireBody): Promise<EmbeddingResponse> {
  const { body: bytes } = await provider.send({ wire: "embeddings", body, signal });
  return JSON.parse(Buffer.from(bytes ?? []).toString());
}

const user = (content: unknown) => ({ role: "user", content });
const FACTS = user("The train to Porto leaves at nine. Bread is cheap. The ferry to Naxos takes five hours.");

describe("extractive", () => {
  it("answers with the sentence that matches the last question", async () => {
    expect(await say(FACTS, user("When does the train to Porto leave?"))).toBe(
      "The train to Porto leaves at nine.",
    );
  });

  it("finds the answer in the message that asks", async () => {
    expect(await say(user("The door code is 4711. Tea is at five. What is the door code?"))).toBe(
      "The door code is 4711.",
    );
  });

  it("never gives back the question, nor one that was asked before", async () => {
    const answer = await say(
      user("What is the capital of France?"),
      { role: "assistant", content: "I do not know." },
      user("Tell me: what is the capital of France?"),
    );

    expect(answer).toBe("No sentence of the conversation or the shared context matches the question.");
  });

  it("takes the last sentence as the question where nothing ends in a question mark", async () => {
    expect(await say(FACTS, user("Thanks. Tell me about the ferry to Naxos"))).toBe(
      "The ferry to Naxos takes five hours.",
    );
  });

  it("reads what tools answered", async () => {
    const answer = await say(user("What is the weather in Oslo?"), {
      role: "tool",
      content: [{ type: "text", text: "Weather in Oslo: snow, minus four.\nWeather in Rome: sun." }],
    });

    expect(answer).toContain("Weather in Oslo: snow, minus four.");
  });

  it("quotes neither instructions nor earlier answers", async () => {
    const answer = await say(
      { role: "system", content: "The secret password is swordfish." },
      { role: "developer", content: "The password must stay secret." },
      { role: "assistant", content: "The password is not known." },
      user("What is the password?"),
    );

    expect(answer).toBe("No sentence of the conversation or the shared context matches the question.");
  });

  it("quotes shared context without its markup, and does not take it for the question", async () => {
    const block = writeSharedBlock([{ agentId: "scout", at: 0, text: "The budget is <500 EUR & fixed." }]);

    expect(await say(user("What is the budget?"), user(block))).toBe("The budget is <500 EUR & fixed.");
  });

  it("gives at most three sentences, in the order in which they were said", async () => {
    const said = ["alpha", "beta", "gamma", "delta", "epsilon"].map(
      (name) => `The ${name} key opens a gate.`,
    );

    const answer = await say(user(said.join(" ")), user("Which key opens a gate?"));

    const places =
      (answer ?? "").match(/The \w+ key opens a gate\./g)?.map((found) => said.indexOf(found)) ?? [];
    expect(places.length).toBeGreaterThan(0);
    expect(places.length).toBeLessThanOrEqual(3);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it("says so where nobody asked anything", async () => {
    expect(await say({ role: "system", content: "Be brief." })).toBe(
      "Nothing was asked: the conversation has no message of a user.",
    );
  });

  it("answers in OpenAI's shape, under its own name (wire 10-14)", async () => {
    const body = { model: "auto", messages: [FACTS, user("When does the train to Porto leave?")] };

    expect(await ask(body)).toEqual({
      id: "chatcmpl-000000000000000000000000",
      object: "chat.completion",
      created: 1_767_225_600,
      model: "pc-extractive",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "The train to Porto leaves at nine.", refusal: null },
          finish_reason: "stop",
          logprobs: null,
        },
      ],
      // Words and signs: 20 and 8 in the two messages, 8 in the answer.
      usage: { prompt_tokens: 28, completion_tokens: 8, total_tokens: 36 },
    });
  });

  it("streams role, pieces, finish and sentinel (wire 19-21)", async () => {
    const messages = [FACTS, user("When does the train to Porto leave?")];

    const frames = await stream({ messages });
    const chunks = frames.slice(0, -1).map((data) => JSON.parse(data) as ChatChunk);

    expect(frames.at(-1)).toBe("[DONE]");
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "", refusal: null });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe(
      "The train to Porto leaves at nine.",
    );
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, "stop"]);
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
  });

  it("streams usage last where it was asked for, and null before (wire 23)", async () => {
    const messages = [FACTS, user("When does the train to Porto leave?")];

    const frames = await stream({ messages, stream_options: { include_usage: true } });
    const chunks = frames.slice(0, -1).map((data) => JSON.parse(data) as ChatChunk);

    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 36 } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it.each(["max_tokens", "max_completion_tokens"])("keeps to %s, and says that it was cut", async (limit) => {
    const answer = await ask({ messages: [FACTS, user("When does the train to Porto leave?")], [limit]: 3 });

    expect(answer.choices[0]).toMatchObject({
      message: { content: "The train to " },
      finish_reason: "length",
    });
    expect(answer.usage?.completion_tokens).toBe(3);
  });

  it("gives the same answer for the same request", async () => {
    const body = { messages: [FACTS, user("When does the train to Porto leave?")] };

    expect(await ask(body)).toEqual(await ask(body));
  });

  it.each([
    ["several answers", { n: 2 }, "n"],
    ["JSON", { response_format: { type: "json_object" } }, "response_format"],
  ])("refuses what it cannot give: %s", async (_what, body, param) => {
    const error = await ask({ messages: [user("Well?")], ...body }).catch((reason) => reason);

    expect(error).toMatchObject({ kind: "invalid-request", status: 400 });
    expect(JSON.parse(Buffer.from(error.reply.body).toString()).error).toMatchObject({
      type: "invalid_request_error",
      param,
      code: "unsupported_value",
    });
  });

  it("rejects with signal.reason when aborted, between frames too", async () => {
    const controller = new AbortController();
    const body = { messages: [FACTS, user("When does the train to Porto leave?")], stream: true };
    const { frames } = await provider.send({ wire: "chat", body, signal: controller.signal });
    const iterator = frames?.[Symbol.asyncIterator]();
    await iterator?.next();
    controller.abort("enough");

    await expect(iterator?.next()).rejects.toBe("enough");
    await expect(provider.send({ wire: "chat", body, signal: controller.signal })).rejects.toBe("enough");
  });

  it("embeds one text or several, in order (wire 43)", async () => {
    const one = await embed({ input: "a red house" });
    const two = await embed({ input: ["a red house", "the blue sea"], encoding_format: "float" });

    expect(one).toMatchObject({ object: "list", model: "pc-lexical-embedding", usage: { prompt_tokens: 3 } });
    expect(two.data.map(({ index }) => index)).toEqual([0, 1]);
    expect(two.data[0]?.embedding).toEqual(one.data[0]?.embedding);
    expect(one.data[0]?.embedding).toHaveLength(lexicalEmbedder().dimensions);
  });

  it("gives base64 of little-endian float32 where it is asked for (wire 44)", async () => {
    const [float] = (await embed({ input: "a red house" })).data;
    const [base64] = (await embed({ input: "a red house", encoding_format: "base64" })).data;

    const bytes = Buffer.from(base64?.embedding as string, "base64");
    const decoded = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
    expect(decoded).toEqual(float?.embedding);
  });

  it("honours dimensions, at norm 1 again (wire 45)", async () => {
    const [short] = (await embed({ input: "a red house by the blue sea", dimensions: 64 })).data;
    const vector = short?.embedding as number[];

    expect(vector).toHaveLength(64);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it.each([
    ["token ids", { input: [1, 2, 3] }, "input[0]"],
    ["arrays of token ids", { input: [[1], [2]] }, "input[0]"],
    ["an empty text", { input: "" }, "input"],
    ["an empty text among others", { input: ["a", ""] }, "input[1]"],
    ["no text", { input: [] }, "input"],
    ["more text than can be read while others wait", { input: ["a", "a".repeat(1_000_000)] }, "input"],
    ["too many texts", { input: Array(2049).fill("a") }, "input"],
    ["too many dimensions", { input: "a", dimensions: 1_000_000 }, "dimensions"],
    ["half a dimension", { input: "a", dimensions: 0.5 }, "dimensions"],
    ["an unknown format", { input: "a", encoding_format: "hex" }, "encoding_format"],
  ])("refuses to embed %s, naming the field (wire 43)", async (_what, body, param) => {
    const error = await embed(body).catch((reason) => reason);

    expect(error).toMatchObject({ kind: "invalid-request", status: 400 });
    expect(JSON.parse(Buffer.from(error.reply.body).toString()).error.param).toBe(param);
  });

  it("lists its two models", async () => {
    expect(await provider.listModels?.(signal)).toEqual(["pc-extractive", "pc-lexical-embedding"]);
  });
});
