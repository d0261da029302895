import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { memory, type PromptCompilerOptions } from "../../../src/index.ts";
import { openaiCompatible, scripted } from "../../../src/scheduler/index.ts";
import { type RunningApp, startApp } from "../../host-app.ts";
import { failure, json, startUpstream, type Upstream } from "../../upstream.ts";

const keys = [
  { key: "acme", tenant: "acme" },
  { key: "planner", tenant: "acme", agents: ["planner"] },
  { key: "small", tenant: "acme", models: ["other"] },
  { key: "globex", tenant: "globex" },
];

describe("responses that a vendor keeps", () => {
  let upstream: Upstream;
  let app: RunningApp;
  beforeAll(async () => {
    upstream = await startUpstream();
  });
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  /** Two accounts at the vendor, told apart by their paths; both serve "m". */
  const given = async (more: Partial<PromptCompilerOptions> = {}) => {
    const account = (path: string) =>
      openaiCompatible({ baseURL: `${upstream.url}/${path}`, wires: ["responses", "chat"] });
    app = await startApp({
      deployments: [
        { id: "one", model: "m", sentModel: "m-1", provider: account("one") },
        { id: "two", model: "m", provider: account("two") },
        { id: "chat", model: "chat", provider: scripted(["Hi"]) },
      ],
      retry: { maxAttempts: 1 },
      affinity: false,
      keys,
      ...more,
    });
    return as("acme");
  };
  const as = (apiKey: string, headers: Record<string, string> = {}) =>
    new OpenAI({ baseURL: app.baseURL, apiKey, maxRetries: 0, defaultHeaders: headers });
  const sent = () => upstream.requests.at(-1)!;
  const accountOf = (path: string) => path.split("/")[1]!;
  let made = 0;
  /** Answers one call of each kind with a new id. */
  const replyWithResponse = (more: object = {}) => {
    made += 1;
    const id = `resp_${made}`;
    upstream.reply(json({ id, object: "response", status: "completed", model: "m", output: [], ...more }));
    return id;
  };

  it("are got, listed, cancelled and deleted at the deployment that gave them, byte for byte", async () => {
    const client = await given();

    for (let round = 0; round < 4; round += 1) {
      const id = replyWithResponse();
      await client.responses.create({ model: "m", input: "Hi" });
      const account = accountOf(sent().path);

      expect((await client.responses.retrieve(id, { include: ["reasoning.encrypted_content"] })).id).toBe(id);
      expect(sent()).toMatchObject({
        method: "GET",
        path: `/${account}/responses/${id}?include%5B%5D=reasoning.encrypted_content`,
      });
      await client.responses.inputItems.list(id, { limit: 3 });
      expect(sent()).toMatchObject({
        method: "GET",
        path: `/${account}/responses/${id}/input_items?limit=3`,
      });
      await client.responses.cancel(id);
      expect(sent()).toMatchObject({ method: "POST", path: `/${account}/responses/${id}/cancel` });
      await client.responses.delete(id);
      expect(sent()).toMatchObject({ method: "DELETE", path: `/${account}/responses/${id}` });
    }
  });

  it("are gone on from at the deployment that gave them, also where they were streamed", async () => {
    const client = await given();
    for (let round = 0; round < 4; round += 1) {
      const id = `resp_streamed_${round}`;
      const response = { id, object: "response", status: "completed", model: "m", output: [] };
      const events = ["response.created", "response.completed"].map((type) => ({ type, response }));
      upstream.reply({
        headers: { "content-type": "text/event-stream" },
        body: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
      });
      const streamed = await client.responses.create({ model: "m", input: "Hi", stream: true });
      for await (const { type } of streamed) if (type === "response.created") break;
      const account = accountOf(sent().path);

      replyWithResponse();
      await client.responses.create({ model: "m", input: "More", previous_response_id: id });

      expect(accountOf(sent().path)).toBe(account);
      expect(sent().json).toMatchObject({ previous_response_id: id });
    }
  });

  it("are nobody else's: another tenant's, another agent's and another model's key find nothing of them", async () => {
    await given();
    const id = replyWithResponse();
    await as("acme", { "X-PC-Agent-ID": "writer" }).responses.create({ model: "m", input: "Hi" });
    const before = upstream.requests.length;

    for (const stranger of [as("globex"), as("planner")]) {
      await expect(stranger.responses.retrieve(id)).rejects.toMatchObject({ status: 404, param: "id" });
      await expect(stranger.responses.delete(id)).rejects.toMatchObject({ status: 404 });
      await expect(
        stranger.responses.create({ model: "m", input: "Hi", previous_response_id: id }),
      ).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
    }
    await expect(as("small").responses.retrieve(id)).rejects.toMatchObject({ status: 403 });
    expect(upstream.requests).toHaveLength(before);
  });

  it("that nobody here has seen are not asked for, and gone on from as the caller says", async () => {
    const client = await given();
    const before = upstream.requests.length;
    await expect(client.responses.retrieve("resp_of_before")).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("resp_of_before"),
    });
    expect(upstream.requests).toHaveLength(before);

    replyWithResponse();
    await client.responses.create({ model: "m", input: "Hi", previous_response_id: "resp_of_before" });
    expect(sent().json).toMatchObject({ previous_response_id: "resp_of_before" });
  });

  it("are not known where the caller says store: false", async () => {
    const client = await given();
    const id = replyWithResponse();

    await client.responses.create({ model: "m", input: "Hi", store: false });

    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  it("tell their vendor's refusal as it came", async () => {
    const client = await given();
    const id = replyWithResponse();
    await client.responses.create({ model: "m", input: "Hi" });
    upstream.reply(failure(404, { message: `Response with id '${id}' not found.`, param: "id" }));

    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404, param: "id" });
  });

  it("are answered where the storage fails", async () => {
    const broken = Object.assign(memory(), { batch: () => Promise.reject(new Error("disk full")) });
    const client = await given({ storage: broken });
    const id = replyWithResponse();

    expect((await client.responses.create({ model: "m", input: "Hi" })).id).toBe(id);
  });

  it("are compacted, and counted, by a deployment that speaks responses, under the name it calls the model", async () => {
    const client = await given();
    upstream.reply(json({ id: "cmp_1", object: "response.compaction", output: [], created_at: 1 }));
    await client.responses.compact({ model: "m", input: "Hi" });
    expect(sent()).toMatchObject({
      path: expect.stringMatching(/\/responses\/compact$/),
      json: { model: sent().path.startsWith("/one") ? "m-1" : "m", input: "Hi" },
    });

    const id = replyWithResponse();
    await client.responses.create({ model: "m", input: "Hi" });
    const account = accountOf(sent().path);
    upstream.reply(json({ object: "response.input_tokens", input_tokens: 77 }));
    const counted = await client.responses.inputTokens.count({
      model: "m",
      input: "Hi",
      previous_response_id: id,
    });

    expect(counted.input_tokens).toBe(77);
    expect(sent().path).toBe(`/${account}/responses/input_tokens`);
  });

  it("cannot be compacted elsewhere, and it is said why", async () => {
    const client = await given();
    const first = await client.responses.create({ model: "chat", input: "Hi" });

    await expect(client.responses.compact({ model: "chat", input: "Hi" })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('no deployment forwards calls of "responses" for model "chat"'),
    });
    await expect(
      client.responses.compact({ model: "m", previous_response_id: first.id }),
    ).rejects.toMatchObject({ status: 400, param: "previous_response_id" });
  });
});
