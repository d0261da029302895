import { request as httpRequest } from "node:http";
import OpenAI, { toFile } from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PromptCompilerEvent } from "../../../src/index.ts";
import { openaiCompatible, scripted } from "../../../src/scheduler/index.ts";
import { type RunningApp, startApp } from "../../host-app.ts";
import { failure, json, startUpstream, type Upstream } from "../../upstream.ts";

const KEY = "sk-zebra-0123456789";

describe("routes of OpenAI's document that nobody here reads", () => {
  let upstream: Upstream;
  let app: RunningApp;
  let events: PromptCompilerEvent[];

  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  const given = async (options: object = {}) => {
    events = [];
    const provider = openaiCompatible({ baseURL: `${upstream.url}/v1`, apiKey: KEY });
    app = await startApp({
      deployments: [
        { id: "script", model: "other", provider: scripted(["no"]) },
        { id: "whisper", model: "whisper-1", sentModel: "whisper-large", provider },
        { id: "all", model: "*", provider },
      ],
      onEvent: (event: PromptCompilerEvent) => void events.push(event),
      ...options,
    });
    return new OpenAI({ baseURL: app.baseURL, apiKey: "client-key", maxRetries: 0 });
  };
  const sent = () => upstream.requests.at(-1)!;

  it("give audio.speech its bytes, as the upstream's type", async () => {
    const client = await given();
    const sound = Buffer.from([0, 255, 254, 1, 2, 3]);
    upstream.reply({
      headers: { "content-type": "audio/mpeg", "set-cookie": "a=b" },
      body: [sound.subarray(0, 2), sound.subarray(2)],
    });

    const response = await client.audio.speech.create({ model: "tts-1", voice: "alloy", input: "Hi" });

    expect(Buffer.from(await response.arrayBuffer())).toEqual(sound);
    expect(response.headers.get("content-type")).toBe("audio/mpeg");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("x-pc-deployment")).toBe("all");
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    expect(sent()).toMatchObject({
      path: "/v1/audio/speech",
      json: { model: "tts-1", voice: "alloy", input: "Hi" },
    });
    expect(sent().headers.authorization).toBe(`Bearer ${KEY}`);
    expect(JSON.stringify(sent().headers)).not.toContain("client-key");
  });

  it("take audio.transcriptions to the deployment of the form's model, renamed, every other byte as it came", async () => {
    const client = await given();
    const sound = Buffer.alloc(200_000, 7);
    upstream.reply(json({ text: "Hello" }));

    const { text } = await client.audio.transcriptions.create({
      file: await toFile(sound, "a.wav"),
      model: "whisper-1",
    });

    const form = await new Response(sent().body, {
      headers: { "content-type": sent().headers["content-type"]! },
    }).formData();
    expect(text).toBe("Hello");
    expect(form.get("model")).toBe("whisper-large");
    expect(Buffer.from(await (form.get("file") as File).arrayBuffer())).toEqual(sound);
  });

  it("take images and moderations, and a request of no model to the first that forwards", async () => {
    const client = await given();
    upstream.reply(json({ created: 1, data: [{ b64_json: "AA==" }] }));

    expect((await client.images.generate({ model: "gpt-image-1", prompt: "a hat" })).data).toEqual([
      { b64_json: "AA==" },
    ]);
    upstream.reply(json({ id: "modr-1", model: "m", results: [{ flagged: false }] }));
    expect((await client.moderations.create({ input: "Hi" })).results).toEqual([{ flagged: false }]);
    expect(sent().json).toEqual({ input: "Hi" });
    expect(events.filter(({ type }) => type === "attempt-start").at(-1)).toMatchObject({
      deployment: "whisper",
    });
  });

  it("keep method and query: what the vendor keeps is listed and deleted (wire 2)", async () => {
    const client = await given();
    upstream.reply(json({ object: "list", data: [], has_more: false }));
    await client.vectorStores.list({ limit: 3 });
    expect(sent()).toMatchObject({ method: "GET", path: "/v1/vector_stores?limit=3" });

    upstream.reply(json({ id: "vs_1", deleted: true }));
    await client.vectorStores.delete("vs_1");
    expect(sent()).toMatchObject({ method: "DELETE", path: "/v1/vector_stores/vs_1" });

    upstream.reply(json({ object: "list", data: [] }));
    await client.chat.completions.list();
    expect(sent()).toMatchObject({ method: "GET", path: "/v1/chat/completions" });

    upstream.reply(json({ object: "list", data: [] }));
    await client.chat.completions.messages.list("chatcmpl-1");
    expect(sent()).toMatchObject({ method: "GET", path: "/v1/chat/completions/chatcmpl-1/messages" });

    upstream.reply(json({ id: "chatcmpl-1" }));
    await client.chat.completions.retrieve("chatcmpl-1");
    expect(sent()).toMatchObject({ method: "GET", path: "/v1/chat/completions/chatcmpl-1" });
    await client.chat.completions.update("chatcmpl-1", { metadata: { a: "b" } });
    expect(sent()).toMatchObject({ method: "POST", json: { metadata: { a: "b" } } });
    await client.chat.completions.delete("chatcmpl-1");
    expect(sent()).toMatchObject({ method: "DELETE", path: "/v1/chat/completions/chatcmpl-1" });
  });

  it("tell the upstream's refusal as it came, and not its 401 (wire 47)", async () => {
    const client = await given();
    upstream.reply(failure(400, { message: "no voice", param: "voice", code: "bad_voice" }));
    await expect(
      client.audio.speech.create({ model: "tts-1", voice: "x", input: "Hi" }),
    ).rejects.toMatchObject({ status: 400, code: "bad_voice" });

    upstream.reply(failure(401, { message: `Incorrect API key provided: ${KEY}` }));
    await expect(client.moderations.create({ input: "Hi" })).rejects.toMatchObject({
      status: 502,
      message: expect.not.stringContaining("zebra"),
    });
  });

  it("stream both ways: the answer's first bytes are there before its last", async () => {
    await given();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    upstream.reply({
      headers: { "content-type": "audio/pcm" },
      body: (async function* () {
        yield "first";
        await held;
        yield "last";
      })(),
    });

    const response = await post("/audio/speech", { model: "tts-1", input: "Hi" });
    const reader = response.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("first");
    release();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe("last");
    expect((await reader.read()).done).toBe(true);
    await expect.poll(() => events.at(-1)).toMatchObject({ type: "call-end", outcome: "succeeded" });
  });

  it("break off where the upstream does: half a picture is not handed on as a whole one (defect 7)", async () => {
    await given();
    upstream.reply({ headers: { "content-type": "image/png" }, body: "half", ending: "cut" });

    const response = await post("/images/generations", { model: "m", prompt: "x" });

    await expect(response.arrayBuffer()).rejects.toThrow();
    await expect.poll(() => events.at(-1)).toMatchObject({ type: "call-end", outcome: "failed" });
  });

  it("cancel the upstream when the client hangs up (defect 1)", async () => {
    await given();
    upstream.reply("hang");
    const aborted = upstream.aborted;
    const leaving = new AbortController();

    const asked = post("/moderations", { input: "Hi" }, {}, leaving.signal).catch(() => undefined);
    await upstream.untilRequests(upstream.requests.length + 1);
    leaving.abort();
    await asked;

    await upstream.untilAborted(aborted + 1);
  });

  it("never show an upstream's page as one of ours", async () => {
    await given();
    upstream.reply({ headers: { "content-type": "text/html" }, body: "<script>alert(1)</script>" });

    const response = await post("/audio/speech", { model: "tts-1", input: "Hi" });

    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("do not answer for models that nobody forwards", async () => {
    await given({ deployments: [{ id: "script", model: "other", provider: scripted(["no"]) }] });

    const response = await post("/moderations", { input: "Hi" });

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "model_not_found" } });
  });

  it("leave other paths to the host", async () => {
    await given();

    for (const path of ["/organization/admin_api_keys", "/something"]) {
      expect(await (await post(path, {})).text()).toContain("Cannot POST");
    }
  });

  describe("and keys", () => {
    const keys = [
      { key: "plain-key", tenant: "t" },
      { key: "limited-key", tenant: "t", models: ["tts-1"] },
      { key: "stores-key", tenant: "t", routes: ["/v1/vector_stores*"] },
    ];

    it("limit models, in JSON and in a form that names two (defect 51)", async () => {
      await given({ keys });
      upstream.reply(json({}));
      const as = { authorization: "Bearer limited-key" };
      const form = new FormData();
      form.append("model", "tts-1");
      form.append("model", "gpt-4o-transcribe");

      expect((await post("/audio/speech", { model: "tts-1" }, as)).status).toBe(200);
      expect((await post("/audio/speech", { model: "gpt-5" }, as)).status).toBe(403);
      expect((await post("/moderations", { input: "Hi" }, as)).status).toBe(403);
      const twice = await fetch(`${app.baseURL}/audio/transcriptions`, {
        method: "POST",
        headers: as,
        body: form,
      });
      expect(twice.status).toBe(400);
    });

    it("open what the vendor keeps for its whole account only where they name it", async () => {
      await given({ keys });
      upstream.reply(json({ data: [] }));
      const list = (key: string) =>
        fetch(`${app.baseURL}/vector_stores`, { headers: { authorization: `Bearer ${key}` } });

      expect((await list("plain-key")).status).toBe(403);
      expect((await list("stores-key")).status).toBe(200);
    });
  });

  it.each(["/v1/audio/%2e%2e/organization/users", "/v1/audio/..%2forganization", "/v1/audio//x"])(
    "refuse a path that would be another one there: %s",
    async (path) => {
      await given();
      const before = upstream.requests.length;

      const status = await new Promise((resolve, reject) => {
        httpRequest(app.url + path, { path, headers: { authorization: "Bearer x" } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });

      expect(status).toBe(400);
      expect(upstream.requests).toHaveLength(before);
    },
  );

  it("take no page's form: without keys a form has to come with an Authorization header", async () => {
    await given();
    const before = upstream.requests.length;

    const response = await fetch(`${app.baseURL}/audio/transcriptions`, {
      method: "POST",
      body: new FormData(),
    });

    expect(response.status).toBe(401);
    expect(upstream.requests).toHaveLength(before);
  });

  it("refuse an upload above maxFileBytes", async () => {
    await given({ maxFileBytes: 1000 });
    const body = new FormData();
    body.append("file", new Blob([Buffer.alloc(5000)]), "a.wav");

    const response = await fetch(`${app.baseURL}/audio/transcriptions`, {
      method: "POST",
      body,
      headers: { authorization: "Bearer x" },
    });

    expect(response.status).toBe(413);
  });

  const post = (path: string, body: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(`${app.baseURL}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
});
