import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../../src/index.ts";
import { vendorFixtures } from "../fixtures/vendors/index.ts";
import type { VendorCase, VendorFixture } from "../fixtures/vendors/vendor-case.ts";
import { startUpstream, type Upstream } from "../upstream.ts";
import { send } from "./given.ts";

const user = { role: "user", content: "Hi" } as const;

/** What the official client made of a call, and what came back to it. */
interface Outcome {
  readonly completion?: unknown;
  readonly error?: unknown;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly ended: Extract<PromptCompilerEvent, { type: "call-end" }>;
}

describe.each(vendorFixtures)("$vendor", (fixture) => {
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterAll(() => upstream.close());

  it.each(fixture.cases)("$quirk", async (given) => {
    upstream.reply(given.answers);

    const { completion, error, text, headers, ended } = await ask(fixture, given, upstream);

    const asks = { ...given.asks };
    expect(upstream.requests.at(-1)!.json).toEqual({
      model: fixture.model,
      messages: [user],
      ...asks,
      ...("stream" in asks && { stream_options: { include_usage: true } }),
      ...given.gets,
    });
    if (given.throws) {
      expect(error).toBeInstanceOf(APIError);
      const { message = /./, ...facts } = given.throws;
      expect(error).toMatchObject({ ...facts, message: expect.stringMatching(message) });
    } else {
      expect(error).toBeUndefined();
      expect(completion).toMatchObject(given.sees ?? {});
      // Who streams and does not ask gets no usage (wire 23).
      if ("stream" in asks && !("stream_options" in asks)) expect(completion).not.toHaveProperty("usage");
    }
    for (const [name, value] of Object.entries(given.headers ?? {}))
      expect(headers[name] ?? null).toBe(value);
    expect(text).toContain(given.says ?? "");
    if (given.usage) expect(ended.usage).toMatchObject(given.usage);
    if (given.cost !== undefined) expect((ended.costUsd ?? Number.NaN) * 1e6).toBeCloseTo(given.cost, 6);
  });
});

describe("the fixtures of vendors", () => {
  it("say where each shape is shown: a page, an issue, or a package in a version", () => {
    for (const { source } of vendorFixtures.flatMap(({ cases }) => cases)) {
      expect(source).toMatch(/https:\/\/\S+|@?[\w/-]+ \d+\.\d+\.\d+/);
    }
  });
});

/** One call through the gateway, by the official client, to one deployment that gets one attempt. */
async function ask(fixture: VendorFixture, { asks = {} }: VendorCase, upstream: Upstream): Promise<Outcome> {
  const { model, price = { inputPer1M: 1, cachedInputPer1M: 0.5, outputPer1M: 2 } } = fixture;
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model, provider: fixture.provider(`${upstream.url}/v1`), price }],
    retry: { maxAttempts: 1 },
    onEvent: (event) => void events.push(event),
  });
  let text = "";
  let headers: Readonly<Record<string, string>> = {};
  const client = new OpenAI({
    apiKey: "none",
    baseURL: "http://127.0.0.1:8787/v1",
    maxRetries: 0,
    fetch: async (_url, init) => {
      const sink = await send({ body: String(init?.body) }, compiler);
      ({ text, headers } = sink);
      return new Response(text, { status: sink.status ?? 0, headers: sink.headers });
    },
  });
  const request = { model, messages: [user], ...asks };
  const called =
    "stream" in asks
      ? client.chat.completions.stream(request as never).finalChatCompletion()
      : client.chat.completions.create(request as never);
  const settled = await called.then(
    (completion: unknown) => ({ completion }),
    (error: unknown) => ({ error }),
  );
  await compiler.close();
  const ended = events.find((event) => event.type === "call-end")!;
  return { ...settled, text, headers, ended };
}
