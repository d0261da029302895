import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, chunksOf, completion } from "../chat-shapes.ts";
import { hosts, type RunningApp } from "../host-app.ts";
import { failure, json, startUpstream, stream, type Upstream } from "../upstream.ts";
import { showing } from "./compatibility/cells.ts";

describe.each(hosts)(
  "the official openai client's responses, against pcMiddleware() in %s, over a deployment that speaks chat only",
  (host, start) => {
    const shows = showing({ client: "openai", host });
    let upstream: Upstream;
    let app: RunningApp;
    let client: OpenAI;
    const ofTenant = (tenant: string) =>
      new OpenAI({ apiKey: `key-of-${tenant}`, baseURL: app.baseURL, maxRetries: 0 });

    beforeAll(async () => {
      upstream = await startUpstream();
      const provider = openaiCompatible({ baseURL: `${upstream.url}/v1` });
      app = await start({
        deployments: ["gpt-x", "gpt-500"].map((model) => ({ id: model, model, provider })),
        keys: ["acme", "globex"].map((tenant) => ({ key: `key-of-${tenant}`, tenant })),
        retry: { maxAttempts: 1 },
      });
      client = ofTenant("acme");
    });
    afterAll(async () => {
      await app.close();
      await upstream.close();
    });

    const model = "gpt-x";

    it("creates one (wire 57)", shows("responses", "answers"), async () => {
      upstream.reply(json(completion("Hello")));

      const response = await client.responses.create({ model, input: "Hi", instructions: "Be short" });

      expect(response.output_text).toBe("Hello");
      expect(response.usage?.total_tokens).toBeGreaterThan(0);
      expect(response._request_id).toMatch(/^req_/);
      expect(upstream.requests.at(-1)?.path).toBe("/v1/chat/completions");
      expect(upstream.requests.at(-1)?.json.messages).toEqual([
        { role: "system", content: "Be short" },
        { role: "user", content: "Hi" },
      ]);
    });

    it(
      "streams one, and puts it together itself to the same as the last event says (wire 55)",
      shows("responses", "streaming"),
      async () => {
        upstream.reply(stream(chunksOf("Hello wide world")));

        const events = client.responses.stream({ model, input: "Hi" });
        const names: string[] = [];
        for await (const { type } of events) names.push(type);
        const final = await events.finalResponse();

        expect(names.at(0)).toBe("response.created");
        expect(names.at(-1)).toBe("response.completed");
        expect(final.output_text).toBe("Hello wide world");
      },
    );

    it(
      "parses a structured answer, and the arguments of streamed calls",
      shows("responses", "structured output", "tools", "streaming"),
      async () => {
        upstream.reply([
          json(completion('{"answer":42}')),
          stream([
            chunk({ role: "assistant", content: null }),
            chunk({
              tool_calls: [
                { index: 0, id: "t1", type: "function", function: { name: "f", arguments: '{"x"' } },
              ],
            }),
            chunk({ tool_calls: [{ index: 0, function: { arguments: ":1}" } }] }),
            chunk({}, "tool_calls"),
            "[DONE]",
          ]),
        ]);
        const schema = { type: "object", properties: { answer: { type: "number" } } };
        const tool = { type: "function" as const, name: "f", parameters: { type: "object" }, strict: true };

        const structured = await client.responses.parse({
          model,
          input: "Hi",
          text: { format: { type: "json_schema", name: "n", schema, strict: true } },
        });
        const called = await client.responses.stream({ model, input: "Hi", tools: [tool] }).finalResponse();

        expect(structured.output_parsed).toEqual({ answer: 42 });
        expect(called.output).toMatchObject([
          { type: "function_call", call_id: "t1", name: "f", arguments: '{"x":1}' },
        ]);
      },
    );

    it("aborts: the upstream loses its connection (defect 1)", shows("responses", "abort"), async () => {
      const before = upstream.aborted;
      upstream.reply("hang");
      const waiting = new AbortController();
      const call = client.responses.create({ model, input: "Hi" }, { signal: waiting.signal });
      call.catch(() => undefined);
      await upstream.untilRequests(upstream.requests.length + 1);

      waiting.abort();

      await expect(call).rejects.toThrow(OpenAI.APIUserAbortError);
      await upstream.untilAborted(before + 1);
    });

    it("goes on from an earlier one, gets it, lists its input, counts and deletes it (wire 2)", async () => {
      upstream.reply(json(completion("Hello")));
      const first = await client.responses.create({ model, input: "Hi" });

      const second = await client.responses.create({ model, input: "Again", previous_response_id: first.id });
      const got = await client.responses.retrieve(second.id);
      const items = [];
      for await (const item of client.responses.inputItems.list(second.id, { order: "asc" }))
        items.push(item);
      const counted = await client.responses.inputTokens.count({
        model,
        input: "Again",
        previous_response_id: first.id,
      });
      await client.responses.delete(first.id);

      expect(upstream.requests.at(-1)?.json.messages).toHaveLength(3);
      expect(got.previous_response_id).toBe(first.id);
      expect(items).toMatchObject([
        { type: "message", role: "user", content: [{ type: "input_text", text: "Again" }] },
      ]);
      expect(counted.input_tokens).toBeGreaterThan(5);
      await expect(client.responses.retrieve(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    });

    it("refuses to cancel what was not made in the background (wire 2)", async () => {
      upstream.reply(json(completion("Hello")));
      const { id } = await client.responses.create({ model, input: "Hi" });

      await expect(client.responses.cancel(id)).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    });

    it("streams a kept one again, from its beginning or from an event on", async () => {
      upstream.reply(json(completion("Hello")));
      const response = await client.responses.create({ model, input: "Hi" });
      const numbersOf = async (starting_after?: number) => {
        const query = { stream: true as const, ...(starting_after !== undefined && { starting_after }) };
        const events = await client.responses.retrieve(response.id, query);
        const numbers = [];
        for await (const { sequence_number } of events) numbers.push(sequence_number);
        return numbers;
      };

      const again = await client.responses.stream({ response_id: response.id }).finalResponse();

      expect(again.output_text).toBe("Hello");
      expect(again.id).toBe(response.id);
      expect(await numbersOf()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(await numbersOf(6)).toEqual([7, 8]);
      expect(await numbersOf(400)).toEqual([401]);
    });

    it("shows another tenant nothing of it", async () => {
      upstream.reply(json(completion("Hello")));
      const { id } = await client.responses.create({ model, input: "Hi" });
      const stranger = ofTenant("globex").responses;

      await expect(stranger.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(stranger.inputItems.list(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(stranger.delete(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(stranger.cancel(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(stranger.create({ model, input: "Hi", previous_response_id: id })).rejects.toMatchObject({
        status: 400,
        code: "previous_response_not_found",
      });
    });

    it(
      "hears of a stream that breaks after its first word as an error, and as a response that failed (wire 56)",
      shows("responses", "errors"),
      async () => {
        const [head = ""] = [chunk({ role: "assistant", content: "Hel" })].map(
          (each) => `data: ${JSON.stringify(each)}\n\n`,
        );
        upstream.reply({ headers: { "content-type": "text/event-stream" }, body: [head], ending: "cut" });

        const events = await client.responses.create({ model: "gpt-500", input: "Hi", stream: true });
        const told = [];
        for await (const event of events) told.push(event);

        expect(told.slice(-2)).toMatchObject([
          { type: "error", message: expect.any(String) },
          { type: "response.failed", response: { status: "failed", error: { code: "server_error" } } },
        ]);
        expect(told.map(({ sequence_number }) => sequence_number)).toEqual(told.map((_, index) => index));
      },
    );

    it("gets an upstream's refusal as one of its own (wire 47)", shows("responses", "errors"), async () => {
      upstream.reply(
        failure(400, { message: "too long", code: "context_length_exceeded", param: "messages" }),
      );

      await expect(client.responses.create({ model, input: "Hi" })).rejects.toMatchObject({
        status: 400,
        code: "context_length_exceeded",
      });
    });
  },
);
