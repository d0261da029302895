import express from "express";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompiler } from "../../src/index.ts";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chatLine, toFile as toLines } from "../batches/given.ts";
import { completion } from "../chat-shapes.ts";
import { type RunningApp, startApp, startKoaApp } from "../host-app.ts";
import { failure, json, startUpstream, type Upstream } from "../upstream.ts";
import { type Host, showing } from "./compatibility/cells.ts";

/** Express with a parser in front of us, which leaves forms alone. */
const hosts = [
  ["Express", (options) => startApp(options, (app) => app.use(express.json()))],
  ["Koa", startKoaApp],
] as const satisfies readonly (readonly [Host, typeof startKoaApp])[];

describe.each(hosts)(
  "files and batches of the official openai client, against pcMiddleware() in %s",
  (host, start) => {
    const shows = showing({ client: "openai", host });
    let upstream: Upstream;
    let compiler: PromptCompiler;
    let app: RunningApp;
    let client: OpenAI;

    beforeAll(async () => {
      upstream = await startUpstream();
      const provider = openaiCompatible({ baseURL: `${upstream.url}/v1` });
      compiler = createPromptCompiler({
        deployments: ["m", "secret"].map((model) => ({ id: model, model, provider })),
        retry: { maxAttempts: 1 },
      });
      app = await start({
        compiler,
        maxFileBytes: 10_000,
        keys: [
          { key: "right", tenant: "t" },
          { key: "only-m", tenant: "t", models: ["m"] },
          { key: "only-embeddings", tenant: "t", routes: ["/v1/files", "/v1/batches", "/v1/embeddings"] },
          { key: "only-ann", tenant: "t", agents: ["ann"], maxPriority: 0 },
          { key: "other", tenant: "u" },
        ],
      });
      client = clientWith("right");
      upstream.reply(({ json: body }) => {
        const text = body.messages[0].content;
        return text === "bad" ? failure(400, { message: "no" }) : json(completion(`re: ${text}`));
      });
    });
    afterAll(async () => {
      await app.close();
      await compiler.close();
      await upstream.close();
    });

    const clientWith = (apiKey: string) => new OpenAI({ apiKey, baseURL: app.baseURL, maxRetries: 0 });

    const upload = async (texts: readonly string[], by = client) =>
      by.files.create({
        file: await toFile(Buffer.from(toLines(texts.map((text) => chatLine(text)))), "calls.jsonl"),
        purpose: "batch",
        expires_after: { anchor: "created_at", seconds: 7200 },
      });

    const begin = async (texts: readonly string[], by = client, headers: Record<string, string> = {}) =>
      by.batches.create(
        {
          input_file_id: (await upload(texts, by)).id,
          endpoint: "/v1/chat/completions",
          completion_window: "24h",
          metadata: { job: "nightly" },
        },
        { headers },
      );

    const ended = async (id: string, by = client) => {
      for (;;) {
        const batch = await by.batches.retrieve(id);
        if (["completed", "failed", "expired", "cancelled"].includes(batch.status)) return batch;
      }
    };

    it(
      "uploads, begins, polls, and reads what was answered and what failed",
      shows("batches", "answers"),
      async () => {
        const begun = await begin(["one", "bad", "two"]);

        const batch = await ended(begun.id);

        expect(begun).toMatchObject({ object: "batch", metadata: { job: "nightly" }, status: "validating" });
        expect(batch.status).toBe("completed");
        const input = await client.files.retrieve(begun.input_file_id);
        expect((input.expires_at ?? 0) - input.created_at).toBe(7200);
        expect(batch.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
        const read = async (id: string | undefined) =>
          (await (await client.files.content(id ?? "")).text())
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line));
        expect((await read(batch.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(["one", "two"]);
        const [failed] = await read(batch.error_file_id);
        expect(failed).toMatchObject({
          custom_id: "bad",
          response: { status_code: 400, body: { error: { message: "no" } } },
          error: null,
        });
      },
    );

    it("tells of a wrong file in the batch's errors, with the line", shows("batches", "errors"), async () => {
      const file = await client.files.create({
        file: await toFile(Buffer.from("{}\nnonsense\n"), "x.jsonl"),
        purpose: "batch",
      });
      const begun = await client.batches.create({
        input_file_id: file.id,
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
      });

      const batch = await ended(begun.id);

      expect(batch.status).toBe("failed");
      expect(batch.errors?.data?.map(({ code, line }) => [code, line])).toEqual([
        ["invalid_custom_id", 1],
        ["invalid_json_line", 2],
      ]);
    });

    it("gives files back, lists them in pages, and deletes them", async () => {
      const { id, bytes } = await upload(["one"]);
      await upload(["two"]);

      const found = await client.files.retrieve(id);
      const listed: string[] = [];
      for await (const file of client.files.list({ limit: 1, purpose: "batch" })) listed.push(file.id);
      const deleted = await client.files.delete(id);

      expect(found).toMatchObject({ id, bytes, filename: "calls.jsonl", purpose: "batch" });
      expect(listed.indexOf(id)).toBe(1);
      expect(deleted).toEqual({ id, object: "file", deleted: true });
      await expect(client.files.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(client.files.content(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    });

    it("lists batches in pages, the newest first", async () => {
      const ids: string[] = [];
      for (const text of ["one", "two", "three"]) ids.unshift((await begin([text])).id);

      const listed: string[] = [];
      for await (const batch of client.batches.list({ limit: 2 })) listed.push(batch.id);

      expect(listed.slice(0, 3)).toEqual(ids);
      expect(new Set(listed).size).toBe(listed.length);
    });

    it("cancels", shows("batches", "abort"), async () => {
      upstream.reply("hang");
      const { id } = await begin(["one", "two"]);
      await upstream.untilRequests(upstream.requests.length + 1);

      const cancelling = await client.batches.cancel(id);
      const batch = await ended(id);

      expect(cancelling.status).toBe("cancelling");
      expect(batch.status).toBe("cancelled");
      await expect(client.batches.cancel(id)).rejects.toBeInstanceOf(OpenAI.BadRequestError);
      upstream.reply(json(completion("yes")));
    });

    it("holds a key's models for every line, its routes for the endpoint, its agents and priority for the batch", async () => {
      const line = { ...chatLine("one"), body: { model: "secret", messages: [] } };
      const byModel = clientWith("only-m");
      const file = await byModel.files.create({
        file: await toFile(Buffer.from(toLines([chatLine("ok"), line])), "x.jsonl"),
        purpose: "batch",
      });
      const { id } = await byModel.batches.create({
        input_file_id: file.id,
        endpoint: "/v1/chat/completions",
        completion_window: "24h",
      });

      expect((await ended(id, byModel)).errors?.data).toMatchObject([{ code: "model_not_allowed", line: 2 }]);
      const denied = [
        begin(["one"], clientWith("only-embeddings")),
        begin(["one"], clientWith("only-ann"), { "X-PC-Agent-ID": "bob" }),
        begin(["one"], clientWith("only-ann"), { "X-PC-Agent-ID": "ann", "X-PC-Priority": "1" }),
      ];
      for (const each of denied) await expect(each).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
      expect(await begin(["one"], clientWith("only-ann"), { "X-PC-Agent-ID": "ann" })).toBeDefined();
    });

    it("shows another tenant nothing", async () => {
      const { id, input_file_id } = await begin(["one"]);
      const stranger = clientWith("other");

      await expect(stranger.batches.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(stranger.batches.cancel(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(stranger.files.content(input_file_id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      expect((await stranger.batches.list()).data).toEqual([]);
      expect((await stranger.files.list()).data).toEqual([]);
    });

    it("refuses a file that is too large, another purpose, and what is no form", async () => {
      const large = client.files.create({
        file: await toFile(Buffer.alloc(200_000), "x"),
        purpose: "batch",
      });
      const slightlyLarge = client.files.create({
        file: await toFile(Buffer.alloc(10_001), "x"),
        purpose: "batch",
      });
      const other = client.files.create({ file: await toFile(Buffer.from("x"), "x"), purpose: "vision" });
      const broken = await fetch(`${app.baseURL}/files`, {
        method: "POST",
        headers: { authorization: "Bearer right", "content-type": "multipart/form-data; boundary=x" },
        body: "no form",
      });

      for (const each of [large, slightlyLarge]) {
        await expect(each).rejects.toMatchObject({ status: 413, message: /maxFileBytes/ });
      }
      await expect(other).rejects.toMatchObject({ status: 400, param: "purpose" });
      expect(broken.status).toBe(400);
    });
  },
);
