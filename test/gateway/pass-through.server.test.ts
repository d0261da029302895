import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import { type RunningApp, startApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream } from "../upstream.ts";

/** As much of OpenAI's request as one call can hold, and fields of no document (wire 35–42). */
const REQUEST = {
  model: "gpt-x",
  messages: [
    { role: "developer", content: "Be brief.", vendor_note: { a: [1, null, "x"] } },
    {
      role: "user",
      name: "ann",
      content: [{ type: "text", text: "Hi", cache_control: { type: "ephemeral" } }],
    },
    {
      role: "assistant",
      content: "",
      tool_calls: [{ id: "t1", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "t1", content: [{ type: "text", text: "ok 🙂" }] },
    { role: "assistant", content: "Done.", reasoning_content: "…", refusal: null },
    { role: "user", content: "And now?" },
  ],
  temperature: 0.7,
  seed: 42,
  stop: null,
  tools: [{ type: "custom", custom: { name: "apply_patch", format: { type: "grammar" } } }],
  tool_choice: "auto",
  parallel_tool_calls: false,
  response_format: { type: "text" },
  logit_bias: { "50256": -100 },
  metadata: { run: "1" },
  store: false,
  top_k: 7,
  chat_template_kwargs: { enable_thinking: false },
  user: "u",
};

describe("a call that asks for nothing", () => {
  let upstream: Upstream;
  let app: RunningApp;

  beforeAll(async () => {
    upstream = await startUpstream();
    const provider = openaiCompatible({ baseURL: `${upstream.url}/v1`, apiKey: "sk-zebra-6789" });
    app = await startApp({
      deployments: [{ id: "up", model: "gpt-x", sentModel: "served-name", provider }],
      keys: [{ key: "client-key", tenant: "t" }],
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  it("reaches the upstream as it came, but for the model's name and the key (wire 35)", async () => {
    upstream.reply(json(completion("Hello")));

    await post(REQUEST);

    const sent = upstream.requests.at(-1)!;
    expect({ ...sent.json, model: "gpt-x" }).toEqual(REQUEST);
    expect(sent.body.toString()).toBe(JSON.stringify(REQUEST).replace('"gpt-x"', '"served-name"'));
    expect(sent.path).toBe("/v1/chat/completions");
    expect(sent.headers.authorization).toBe("Bearer sk-zebra-6789");
    expect(JSON.stringify(sent.headers)).not.toContain("client-key");
  });

  it("takes the headers of the wire along, and no other (wire 4)", async () => {
    upstream.reply(json(completion("Hello")));
    const ofTheWire = { "openai-beta": "x=1", "idempotency-key": "k1", "x-client-request-id": "c1" };
    const ofTheClient = {
      "openai-organization": "org-theirs",
      "openai-project": "proj-theirs",
      "x-stainless-retry-count": "1",
      "x-stainless-timeout": "600",
      cookie: "a=b",
    };

    const response = await post(REQUEST, { ...ofTheWire, ...ofTheClient });

    expect(response.status).toBe(200);
    const { headers } = upstream.requests.at(-1)!;
    expect(headers).toMatchObject(ofTheWire);
    for (const name of Object.keys(ofTheClient)) expect(headers).not.toHaveProperty(name);
  });

  it("keeps the spelling of numbers, spaces and escapes", async () => {
    upstream.reply(json(completion("Hello")));
    const text =
      '{ "model":"gpt-x","messages":[{"role":"user","content":"\\u00e9"}],\n "seed": 12345678901234567890, "x":1.0 }';

    await post(text);

    expect(upstream.requests.at(-1)!.body.toString()).toBe(text.replace("gpt-x", "served-name"));
  });

  it("gets the upstream's answer, byte for byte", async () => {
    const answer = JSON.stringify(completion("Hello"), null, 2);
    upstream.reply({
      headers: { "content-type": "application/json", "x-ratelimit-remaining-requests": "9" },
      body: answer,
    });

    const response = await post(REQUEST);

    expect(response.status).toBe(200);
    expect(await response.text()).toBe(answer);
    expect(response.headers.get("x-ratelimit-remaining-requests")).toBe("9");
    expect(response.headers.get("x-pc-deployment")).toBe("up");
    expect(response.headers.get("x-pc-served-model")).toBe("served-model");
    expect(response.headers.get("x-pc-attempts")).toBe("1");
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  });

  it("streams with usage asked for upstream, and the extra chunk taken out again (wire 23)", async () => {
    const chunks = chunksOf("Hello wide world");
    upstream.reply(stream(chunks));

    const response = await post({ ...REQUEST, stream: true });

    const events = await eventsOf(response);
    const { stream_options, ...sent } = upstream.requests.at(-1)!.json;
    expect(stream_options).toEqual({ include_usage: true });
    expect({ ...sent, model: "gpt-x" }).toEqual({ ...REQUEST, stream: true });
    expect(events.at(-1)).toBe("[DONE]");
    expect(events.slice(0, -1).map((event) => JSON.parse(event))).toEqual(
      chunks.filter(
        (event) => typeof event === "object" && (event as { choices: unknown[] }).choices.length > 0,
      ),
    );
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  });

  it("streams every chunk as it came where the caller asked for usage itself (wire 19, wire 23)", async () => {
    const chunks = chunksOf("Hello");
    upstream.reply(stream(chunks));
    const asked = {
      ...REQUEST,
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
    };

    const response = await post(asked);

    expect({ ...upstream.requests.at(-1)!.json, model: "gpt-x" }).toEqual(asked);
    const events = await eventsOf(response);
    expect(events).toEqual(
      chunks.map((event) => (typeof event === "string" ? event : JSON.stringify(event))),
    );
  });

  it("streams every delta as it came, of whatever kind (wire 25, wire 26, wire 27)", async () => {
    const deltas = [
      { role: "assistant", content: null, refusal: "I can" },
      { refusal: "not." },
      {
        tool_calls: [{ index: 0, id: "t1", type: "custom", custom: { name: "apply_patch", input: "*** " } }],
      },
      { tool_calls: [{ index: 0, custom: { input: "End" } }] },
      { audio: { id: "a1", data: "AAA=", transcript: "Hi", expires_at: 1 } },
      { reasoning_content: "Let me" },
      { reasoning: "see", reasoning_details: [{ type: "reasoning.text", text: "see", signature: "s" }] },
      { content: "Hi", extra_content: { google: { thought_signature: "c2ln" } } },
    ];
    const logprobs = {
      content: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
      refusal: null,
    };
    const [last, ...rest] = chunk({}, "stop").choices;
    const chunks = [
      ...deltas.map((delta) => ({ ...chunk(delta), obfuscation: "x9Zk" })),
      { ...chunk({}), choices: [{ ...last, index: 1, finish_reason: null, logprobs }, ...rest] },
      chunk({}, "stop"),
    ];
    upstream.reply(stream([...chunks, "[DONE]"]));

    const response = await post({ ...REQUEST, stream: true });

    expect(await eventsOf(response)).toEqual([...chunks.map((each) => JSON.stringify(each)), "[DONE]"]);
  });

  it("generates no obfuscation of its own (wire 25)", async () => {
    upstream.reply(stream(chunksOf("Hello")));

    const response = await post({ ...REQUEST, stream: true, stream_options: { include_obfuscation: true } });

    expect(await response.text()).not.toContain("obfuscation");
  });

  it("is told the model that answered, whole and streamed alike (wire 17)", async () => {
    upstream.reply([json(completion("Hello")), stream(chunksOf("Hello"))]);

    const whole = (await (await post(REQUEST)).json()) as { model: string };
    const streamed = await eventsOf(await post({ ...REQUEST, stream: true }));

    expect(whole.model).toBe("served-model");
    const named = streamed.slice(0, -1).map((event) => JSON.parse(event).model);
    expect(new Set(named)).toEqual(new Set(["served-model"]));
  });

  it.each(["text/plain", "application/vnd.up+json", "application/json; charset=utf-8"])(
    "is told JSON as such where the upstream calls it %s (wire 15)",
    async (type) => {
      upstream.reply({ headers: { "content-type": type }, body: JSON.stringify(completion("Hello")) });

      const response = await post(REQUEST);

      expect(response.headers.get("content-type")).toMatch(/application\/json|\+json/);
      expect(response.headers.get("content-length")).toBe(String((await response.arrayBuffer()).byteLength));
    },
  );

  it("is told of a 200 without a body as of a failure (wire 15)", async () => {
    upstream.reply({ headers: { "content-type": "application/json" }, body: "" });

    const response = await post(REQUEST);

    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  });

  it.each(["reset", "cut"] as const)(
    "ends with an error event, and properly, where the upstream's connection is %s in mid-stream (wire 30)",
    async (ending) => {
      upstream.reply(stream([chunk({ role: "assistant", content: "Hel" })], { ending }));

      const response = await post({ ...REQUEST, stream: true });

      const events = await eventsOf(response);
      expect(JSON.parse(events.at(0) ?? "").choices[0].delta.content).toBe("Hel");
      expect(JSON.parse(events.at(-1) ?? "")).toMatchObject({ error: { message: expect.any(String) } });
    },
  );

  it.each([400, 404, 413, 422])("gets the upstream's %i with its body", async (status) => {
    const body = {
      error: { message: "no", type: "invalid_request_error", param: "seed", code: "odd", extra: 1 },
    };
    upstream.reply(json(body, { status }));
    const before = upstream.requests.length;

    const response = await post(REQUEST);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
    expect(upstream.requests.length - before).toBe(1);
  });

  it("does not get the upstream's 401 as its own, nor any piece of the upstream's key", async () => {
    upstream.reply(
      failure(401, { message: "Incorrect API key provided: sk-ze***6789.", code: "invalid_api_key" }),
    );

    const response = await post(REQUEST);

    expect(response.status).toBe(502);
    expect(await response.text()).not.toMatch(/sk-ze|6789/);
  });

  async function eventsOf(response: Response): Promise<string[]> {
    const events = (await response.text()).split("\n\n").filter(Boolean);
    return events.map((event) => event.replace("data: ", ""));
  }

  function post(body: object | string, more: Record<string, string> = {}): Promise<Response> {
    return fetch(`${app.baseURL}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer client-key", ...more },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }
});
