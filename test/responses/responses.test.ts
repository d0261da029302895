import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { memory } from "../../src/index.ts";
import { openaiCompatible, scripted } from "../../src/scheduler/index.ts";
import { FakeClock } from "../fake-clock.ts";
import { givenCompiler } from "./given.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const notFound = (param: string) => expect.objectContaining({ code: "PC_INVALID_REQUEST", param });

describe("responses over a deployment that speaks chat", () => {
  it("go on from an earlier one: the whole conversation is sent, and instructions are not carried over", async () => {
    const { respond, asked } = givenCompiler();
    const first = await respond({ input: "A?", instructions: "Be short" });
    const second = await respond({ input: "B?", previous_response_id: first.id });

    const third = await respond({
      input: [{ role: "user", content: "C?" }],
      previous_response_id: second.id,
    });

    expect(asked()).toEqual([
      { role: "user", content: "A?" },
      { role: "assistant", content: "one" },
      { role: "user", content: "B?" },
      { role: "assistant", content: "two" },
      { role: "user", content: "C?" },
    ]);
    expect(third["previous_response_id"]).toBe(second.id);
  });

  it("go on from one that was streamed, from the moment of its last event", async () => {
    const kept = memory({ clock: new FakeClock() });
    const slow = Object.assign(memory({ clock: new FakeClock() }), {
      get: (key: string) => kept.get(key),
      batch: async (operations: Parameters<typeof kept.batch>[0]) => {
        for (let turn = 0; turn < 5; turn += 1) await nextTurn();
        await kept.batch(operations);
      },
    });
    const { compiler, respond, asked } = givenCompiler({ storage: slow });
    const { reply } = await compiler.dispatch({
      wire: "responses",
      body: { model: "m", input: "A?", stream: true },
    });

    for await (const frames of reply.frames ?? []) {
      const last = frames.find(({ event }) => event === "response.completed");
      if (last) await respond({ input: "B?", previous_response_id: JSON.parse(last.data).response.id });
    }

    expect(asked()).toEqual([
      { role: "user", content: "A?" },
      { role: "assistant", content: "one" },
      { role: "user", content: "B?" },
    ]);
  });

  it("take an item by its id, as the AI SDK names what was answered", async () => {
    const { respond, asked } = givenCompiler();
    const first = await respond({ input: "A?" });
    const [{ id }] = first["output"] as [{ id: string }];

    await respond({
      input: [
        { role: "user", content: "A?" },
        { type: "item_reference", id },
        { role: "user", content: "B?" },
      ],
    });

    expect(asked()).toEqual([
      { role: "user", content: "A?" },
      { role: "assistant", content: "one" },
      { role: "user", content: "B?" },
    ]);
  });

  it("are there to be got, with what they were asked with, until they are deleted", async () => {
    const { compiler, respond } = givenCompiler();
    const response = await respond({ input: "A?", metadata: { a: "b" } });

    const got = await compiler.responses.get(response.id);
    const items = await compiler.responses.inputItems(response.id);
    const deleted = [
      await compiler.responses.delete(response.id),
      await compiler.responses.delete(response.id),
    ];

    expect(got).toEqual(response);
    expect(items?.data).toEqual([
      {
        id: expect.stringMatching(/^msg_/),
        type: "message",
        role: "user",
        status: "completed",
        content: [{ type: "input_text", text: "A?" }],
      },
    ]);
    expect(deleted).toEqual([true, false]);
    expect(await compiler.responses.get(response.id)).toBeUndefined();
    await expect(respond({ input: "B?", previous_response_id: response.id })).rejects.toThrow(
      notFound("previous_response_id"),
    );
  });

  it("list their input in pages, the last item first unless asked otherwise", async () => {
    const { compiler, respond } = givenCompiler();
    const { id } = await respond({ input: ["1", "2", "3"].map((content) => ({ role: "user", content })) });
    const textsOf = async (query: object) => {
      const { data = [], ...page } = (await compiler.responses.inputItems(id, query)) ?? {};
      return { ...page, texts: data.map(({ content }) => (content as [{ text: string }])[0].text) };
    };

    const [newest, oldest] = [await textsOf({ limit: 2 }), await textsOf({ order: "asc", limit: 2 })];
    const rest = await textsOf({ limit: 2, after: newest.last_id });

    expect([newest.texts, newest.has_more]).toEqual([["3", "2"], true]);
    expect([rest.texts, rest.has_more]).toEqual([["1"], false]);
    expect(oldest.texts).toEqual(["1", "2"]);
    await expect(textsOf({ limit: 0 })).rejects.toThrow(notFound("limit"));
    await expect(textsOf({ after: "msg_x" })).rejects.toThrow(notFound("after"));
  });

  it("are nobody else's: to another tenant they are not there", async () => {
    const { compiler, respond } = givenCompiler();
    const { id, output } = await respond({ input: "A?" }, { tenant: "acme" });
    const other = { tenant: "globex" };

    expect(await compiler.responses.get(id, other)).toBeUndefined();
    expect(await compiler.responses.inputItems(id, {}, other)).toBeUndefined();
    expect(await compiler.responses.delete(id, other)).toBe(false);
    await expect(respond({ input: "B?", previous_response_id: id }, other)).rejects.toThrow(
      notFound("previous_response_id"),
    );
    const reference = { type: "item_reference", id: (output as [{ id: string }])[0].id };
    await expect(respond({ input: [reference] }, other)).rejects.toThrow(notFound("input"));
    expect(await compiler.responses.get(id, { tenant: "acme" })).toBeDefined();
  });

  it("are not kept where the caller says so, and no longer than thirty days, or what the host says", async () => {
    const { compiler, clock, respond } = givenCompiler();
    const declined = await respond({ input: "A?", store: false });
    const kept = await respond({ input: "A?" });

    expect(await compiler.responses.get(declined.id)).toBeUndefined();
    await clock.advance(30 * DAY_MS - 1);
    expect(await compiler.responses.get(kept.id)).toBeDefined();
    await clock.advance(1);
    expect(await compiler.responses.get(kept.id)).toBeUndefined();

    const brief = givenCompiler({ responses: { ttlMs: 1000 } });
    const { id } = await brief.respond({ input: "A?" });
    await brief.clock.advance(1000);
    expect(await brief.compiler.responses.get(id)).toBeUndefined();
  });

  it("are seen by callers who may speak for their agent: by nobody else of the tenant who may speak for some only", async () => {
    const { compiler, respond } = givenCompiler();
    const planners = await respond({ input: "A?" }, { agentId: "planner" });
    const nobodys = await respond({ input: "A?" });
    const limited = { agentId: "writer", agents: ["writ*"] };

    for (const { id, output } of [planners, nobodys]) {
      expect(await compiler.responses.get(id, limited)).toBeUndefined();
      expect(await compiler.responses.inputItems(id, {}, limited)).toBeUndefined();
      expect(await compiler.responses.delete(id, limited)).toBe(false);
      const reference = { type: "item_reference", id: (output as [{ id: string }])[0].id };
      await expect(respond({ input: "B?", previous_response_id: id }, limited)).rejects.toThrow(
        notFound("previous_response_id"),
      );
      await expect(respond({ input: [reference] }, limited)).rejects.toThrow(notFound("input"));
    }
    expect(await compiler.responses.get(planners.id, { agents: ["plan*"] })).toEqual(planners);
  });

  it("are forgotten with their tenant, and with their agent", async () => {
    const { compiler, respond } = givenCompiler();
    const call = { tenant: "acme", agentId: "planner" };
    const first = await respond({ input: "A?" }, call);
    const others = await respond({ input: "A?" }, { ...call, agentId: "other" });
    const strangers = await respond({ input: "A?" }, { tenant: "globex" });

    await compiler.contexts.forget({ agentId: "planner" }, call);
    expect(await compiler.responses.get(first.id, call)).toBeUndefined();
    expect(await compiler.responses.get(others.id, call)).toBeDefined();

    await compiler.contexts.forget({ tenant: true }, { tenant: "acme" });
    expect(await compiler.responses.get(others.id, call)).toBeUndefined();
    expect(await compiler.responses.get(strangers.id, { tenant: "globex" })).toBeDefined();
  });

  it("are answered where the storage fails, and an event says that they were not kept", async () => {
    const broken = Object.assign(memory({ clock: new FakeClock() }), {
      batch: async () => Promise.reject(new Error("disk full")),
    });
    const { events, respond } = givenCompiler({ storage: broken });

    const response = await respond({ input: "A?" });

    expect(response["status"]).toBe("completed");
    expect(events).toContainEqual(expect.objectContaining({ type: "degraded", what: "response" }));
  });
});

describe("responses over a deployment that speaks them", () => {
  it("are OpenAI's own at its address, and elsewhere where the host says so", () => {
    const at = (baseURL: string, more: object = {}) => openaiCompatible({ baseURL, ...more }).wires;

    expect(at("https://api.openai.com/v1")).toContain("responses");
    expect(at("http://gpu.local:8000/v1")).not.toContain("responses");
    expect(at("http://gpu.local:8000/v1", { wires: ["responses"] })).toEqual(["responses"]);
  });

  it("go on as they came, and what the vendor keeps is the vendor's", async () => {
    const body = { id: "resp_1", object: "response", status: "completed", model: "m", output: [] };
    const vendor = scripted([{ body }], { wires: ["responses"] });
    const { compiler, respond } = givenCompiler({ deployments: [{ id: "a", model: "m", provider: vendor }] });
    const source = Buffer.from(
      '{"model":"m", "input":"B?","previous_response_id":"resp_0","store":true,"odd":1}',
    );

    await compiler.dispatch({ wire: "responses", body: JSON.parse(source.toString()), source });
    const answer = await respond({ input: "A?" });

    expect(vendor.attempts[0]?.source?.toString()).toBe(source.toString());
    expect(answer).toEqual(body);
    expect(await compiler.responses.get("resp_1")).toBeUndefined();
  });

  it("are known by the deployment that gave them, until they, or whoever asked for them, are forgotten", async () => {
    const body = { id: "resp_1", object: "response", status: "completed", model: "m", output: [] };
    const vendor = scripted([{ body }], { wires: ["responses"] });
    const { compiler, clock, respond } = givenCompiler({
      deployments: [{ id: "a", model: "m", provider: vendor }],
      responses: { ttlMs: DAY_MS },
    });
    const call = { tenant: "acme", agentId: "planner" };
    const keeper = () => compiler.responses.keeper("resp_1", call);

    await respond({ input: "A?" }, call);
    expect(await keeper()).toEqual({ deployment: "a", model: "m" });
    await compiler.contexts.forget({ agentId: "planner" }, call);
    expect(await keeper()).toBeUndefined();

    await respond({ input: "A?" }, call);
    await clock.advance(DAY_MS - 1);
    expect(await keeper()).toBeDefined();
    await clock.advance(1);
    expect(await keeper()).toBeUndefined();
  });

  it("get a conversation that began elsewhere whole, without ids and thoughts that are nothing to the vendor", async () => {
    const body = { id: "resp_1", object: "response", status: "completed", model: "v", output: [] };
    const vendor = scripted([{ body }], { wires: ["responses"] });
    const thinker = scripted(
      [
        {
          body: {
            choices: [{ message: { content: "one", reasoning_content: "Hm" }, finish_reason: "stop" }],
          },
        },
      ],
      { wires: ["chat"] },
    );
    const { respond } = givenCompiler({
      deployments: [
        { id: "a", model: "m", provider: thinker },
        { id: "b", model: "v", provider: vendor },
      ],
    });
    const first = await respond({ input: "A?" });

    await respond({ model: "v", input: "B?", previous_response_id: first.id });

    expect(vendor.attempts[0]?.body).toEqual({
      model: "v",
      input: [
        { type: "message", role: "user", status: "completed", content: [{ type: "input_text", text: "A?" }] },
        {
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "one", annotations: [], logprobs: [] }],
        },
        { type: "message", role: "user", content: "B?" },
      ],
    });
  });
});
