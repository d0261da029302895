import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import { type RunningApp, startApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream } from "../upstream.ts";

describe("two upstreams behind one model", () => {
  let first: Upstream;
  let second: Upstream;
  let app: RunningApp;
  let client: OpenAI;

  beforeEach(async () => {
    [first, second] = await Promise.all([startUpstream(), startUpstream()]);
    app = await startApp({
      deployments: [first, second].map(({ url }, index) => ({
        id: `up-${index + 1}`,
        model: "m",
        provider: openaiCompatible({ baseURL: `${url}/v1` }),
      })),
    });
    client = new OpenAI({ apiKey: "none", baseURL: app.baseURL, maxRetries: 0 });
  });
  afterEach(async () => {
    await app.close();
    await Promise.all([first.close().catch(() => undefined), second.close().catch(() => undefined)]);
  });

  const messages = [{ role: "user" as const, content: "Hi" }];

  it("fails none of ten concurrent calls when one is killed under them (defect 28)", async () => {
    first.reply("hang");
    second.reply(json(completion("from the second")));

    const calls = Array.from({ length: 10 }, () => client.chat.completions.create({ model: "m", messages }));
    await first.untilRequests(5);
    await first.close();
    const answers = await Promise.all(calls);

    expect(answers.map(({ choices }) => choices[0]?.message.content)).toEqual(
      Array(10).fill("from the second"),
    );
    expect(first.requests).toHaveLength(5);
    expect(second.requests).toHaveLength(10);
  });

  it("fails none of ten concurrent streams when one is killed before its first content", async () => {
    first.reply(stream([chunk({ role: "assistant", content: "" })], { ending: "stall" }));
    second.reply(stream(chunksOf("from the second")));

    const calls = Array.from({ length: 10 }, () => readStream());
    await first.untilRequests(5);
    await first.close();

    expect(await Promise.all(calls)).toEqual(Array(10).fill("from the second"));
    expect(second.requests).toHaveLength(10);
  });

  it("asks the failed one no more once it has failed three times in a row, and cools down", async () => {
    first.reply(failure(500));
    second.reply(json(completion("ok")));

    for (let call = 0; call < 12; call += 1) await client.chat.completions.create({ model: "m", messages });

    expect(first.requests).toHaveLength(3);
    expect(second.requests).toHaveLength(12);
  });

  it.each(["cut", "reset"] as const)(
    "shows an error, never a clean end nor two answers joined, on a %s after the first content (defects 7, 9)",
    async (ending) => {
      const cut = stream([chunk({ role: "assistant", content: "" }), chunk({ content: "Hello " })], {
        ending,
      });
      first.reply(cut);
      second.reply(cut);

      const response = await fetch(`${app.baseURL}/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "m", messages, stream: true }),
      });
      const text = await response.text();

      expect(response.status).toBe(200);
      expect(text.match(/Hello/g)).toHaveLength(1);
      expect(text).not.toContain("[DONE]");
      expect(JSON.parse(text.trim().split("\n\n").at(-1)!.replace("data: ", ""))).toEqual({
        error: {
          message: expect.any(String),
          type: expect.any(String),
          param: null,
          code: expect.any(String),
        },
      });
      expect(first.requests.length + second.requests.length).toBe(1);
    },
  );

  it("makes the official client throw on a stream that is cut after the first content", async () => {
    const cut = stream([chunk({ content: "Hello " })], { ending: "cut" });
    first.reply(cut);
    second.reply(cut);

    await expect(readStream()).rejects.toThrow(OpenAI.APIError);
    expect(first.requests.length + second.requests.length).toBe(1);
  });

  it("fails over on an error inside a 200, before anything was said (defect 11)", async () => {
    first.reply(
      stream([chunk({ role: "assistant", content: "" }), { error: { message: "overloaded", code: 529 } }]),
    );
    second.reply(stream(chunksOf("well")));

    expect(await readStream()).toBe("well");
    expect(await readStream()).toBe("well");
  });

  it("ends a stream with the upstream's own error, once, where it reports one after the first content", async () => {
    const error = { message: "overloaded, come back", type: "server_error", param: null, code: "529" };
    for (const upstream of [first, second]) {
      upstream.reply(stream([chunk({ content: "Hello " }), { error }, "[DONE]"]));
    }

    const response = await fetch(`${app.baseURL}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", messages, stream: true }),
    });

    const events = (await response.text()).trim().split("\n\n");
    expect(events).toHaveLength(2);
    expect(JSON.parse(events[1]!.replace("data: ", ""))).toEqual({ error });
    expect(first.requests.length + second.requests.length).toBe(1);
  });

  async function readStream(): Promise<string> {
    const chunks = await client.chat.completions.create({ model: "m", messages, stream: true });
    let text = "";
    for await (const { choices } of chunks) text += choices[0]?.delta.content ?? "";
    return text;
  }
});
