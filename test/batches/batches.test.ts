import { describe, expect, it } from "vitest";
import { FakeClock } from "../fake-clock.ts";
import { send } from "../gateway/given.ts";
import { FakeUpstream } from "../scheduler/fake-upstream.ts";
import { failure } from "../scheduler/given.ts";
import {
  begin,
  beginFile,
  chatLine,
  givenCompiler,
  lasting,
  linesIn,
  toFile,
  told,
  until,
  untilStatus,
} from "./given.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("compiler.batches", () => {
  it("runs every line through the pool, and gives the answers in the order of the input", async () => {
    const { compiler, asked } = givenCompiler();

    const batch = await begin(compiler, ["one", "two", "three"]);
    const ended = await untilStatus(compiler, batch, "completed");

    expect(batch).toMatchObject({
      object: "batch",
      status: "validating",
      errors: null,
      output_file_id: null,
    });
    expect(ended.request_counts).toEqual({ total: 3, completed: 3, failed: 0 });
    expect(ended.error_file_id).toBeNull();
    const lines = await linesIn(compiler, ended.output_file_id);
    expect(lines.map(({ custom_id }) => custom_id)).toEqual(["one", "two", "three"]);
    expect(lines[0]).toMatchObject({
      id: expect.stringMatching(/^batch_req_[0-9a-f]{32}$/),
      response: {
        status_code: 200,
        request_id: expect.stringMatching(/^req_/),
        body: { object: "chat.completion", choices: [{ message: { content: "re: one" } }] },
      },
      error: null,
    });
    expect(asked).toEqual(["one", "two", "three"]);
  });

  it("puts a line that is refused into the error file, with the status and body a single call would have got", async () => {
    const { compiler } = givenCompiler();

    const ended = await untilStatus(compiler, await begin(compiler, ["one", "bad", "two"]), "completed");

    expect(ended.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
    expect(told(await linesIn(compiler, ended.output_file_id))).toEqual({ one: "re: one", two: "re: two" });
    const [failed] = await linesIn(compiler, ended.error_file_id);
    expect(failed).toMatchObject({
      custom_id: "bad",
      response: { status_code: 400, body: { error: { type: "invalid_request_error" } } },
      error: null,
    });
  });

  it("tells when each status was reached, by the injected clock", async () => {
    const { compiler, clock, waiting } = givenCompiler({ answers: "held" });
    const startedAt = clock.now() / 1000;

    const batch = await begin(compiler, ["one"]);
    await until(() => waiting.length === 1);
    await clock.advance(90_000);
    waiting[0]!.release();
    const ended = await untilStatus(compiler, batch, "completed");

    expect(ended).toMatchObject({
      created_at: startedAt,
      in_progress_at: startedAt,
      expires_at: startedAt + DAY_MS / 1000,
      finalizing_at: startedAt + 90,
      completed_at: startedAt + 90,
      failed_at: null,
      cancelled_at: null,
    });
  });

  it("runs a few lines at once, behind calls that have some hurry, and counts as they end", async () => {
    const { compiler, waiting, asked } = givenCompiler({ answers: "held", batches: { concurrency: 2 } });
    const batch = await begin(compiler, ["one", "two", "three"]);
    await until(() => waiting.length === 2);

    waiting[1]!.release();
    await until(() => waiting.length === 3);

    expect(asked).toEqual(["one", "two", "three"]);
    expect(await compiler.batches.get(batch.id)).toMatchObject({
      status: "in_progress",
      request_counts: { total: 3, completed: 1, failed: 0 },
    });
  });

  it("runs no more lines at once than one process may, in however many batches", async () => {
    const { compiler, waiting } = givenCompiler({ answers: "held", batches: { concurrency: 2 } });

    await begin(compiler, ["a1", "a2", "a3"]);
    await begin(compiler, ["b1", "b2", "b3"]);
    await until(() => waiting.length === 2);
    for (let turn = 0; turn < 50; turn += 1) await until(() => true);

    expect(waiting).toHaveLength(2);
  });

  it("embeds, where that is the endpoint", async () => {
    const { compiler } = givenCompiler();
    const lines = ["one", "two"].map((input) => ({
      custom_id: input,
      method: "POST",
      url: "/v1/embeddings",
      body: { model: "pc-lexical-embedding", input },
    }));
    const { id } = await compiler.files.create({ content: toFile(lines) });

    const batch = await compiler.batches.create({
      input_file_id: id,
      endpoint: "/v1/embeddings",
      completion_window: "24h",
    });
    const { output_file_id } = await untilStatus(compiler, batch, "completed");

    const [first] = await linesIn(compiler, output_file_id);
    expect(first).toMatchObject({
      custom_id: "one",
      response: { status_code: 200, body: { object: "list", data: [{ object: "embedding", index: 0 }] } },
    });
  });

  it("answers responses, each kept as if it had been asked for alone, and goes on from one", async () => {
    const { compiler, upstream } = givenCompiler();
    const lineOf = (custom_id: string, body: object) => ({
      custom_id,
      method: "POST",
      url: "/v1/responses",
      body: { model: "m", ...body },
    });
    const endpoint = "/v1/responses" as const;
    const run = async (body: object) => {
      const { id } = await compiler.files.create({ content: toFile([lineOf("one", body)]) });
      const batch = await compiler.batches.create({
        input_file_id: id,
        endpoint,
        completion_window: "24h",
        output_expires_after: { anchor: "created_at", seconds: 7200 },
      });
      return untilStatus(compiler, batch, "completed");
    };
    const responseOf = async ({ output_file_id }: { readonly output_file_id: string | null }) => {
      const [line] = await linesIn(compiler, output_file_id);
      return line?.response?.body as { readonly id: string; readonly output: unknown };
    };

    const ended = await run({ input: "one" });
    const first = await responseOf(ended);
    await run({ input: "two", previous_response_id: first.id });

    expect(first).toMatchObject({ object: "response", output: [{ content: [{ text: "re: one" }] }] });
    expect(await compiler.responses.get(first.id)).toEqual(first);
    expect(upstream.attempts.at(-1)?.body["messages"]).toHaveLength(3);
    const output = await compiler.files.get(ended.output_file_id!);
    expect(output!.expires_at - output!.created_at).toBe(7200);
  });

  it("completes prompts, where that is the endpoint", async () => {
    const { compiler } = givenCompiler();
    const line = {
      custom_id: "one",
      method: "POST",
      url: "/v1/completions",
      body: { model: "m", prompt: "one" },
    };
    const { id } = await compiler.files.create({ content: toFile([line]) });

    const batch = await compiler.batches.create({
      input_file_id: id,
      endpoint: "/v1/completions",
      completion_window: "24h",
    });
    const { output_file_id } = await untilStatus(compiler, batch, "completed");

    const [answered] = await linesIn(compiler, output_file_id);
    expect(answered?.response?.body).toMatchObject({
      object: "text_completion",
      choices: [{ text: "re: one" }],
    });
  });

  it("goes on behind a gateway with its first request, whatever that asks for", async () => {
    const clock = new FakeClock();
    const kept = lasting(clock);
    const first = givenCompiler({ answers: "held", storage: kept.open().storage }, clock);
    const batch = await begin(first.compiler, ["one", "two"]);
    await until(() => first.waiting.length === 2);
    const closed = first.compiler.close();
    for (const { release } of first.waiting) release();
    await closed;
    const second = givenCompiler({ storage: kept.open().storage }, clock);

    const { status } = await send({ method: "GET", path: "/v1/models" }, second.compiler);

    expect(status).toBe(200);
    await untilStatus(second.compiler, batch, "completed");
  });

  it("leaves no timer behind when nothing is open any more", async () => {
    const { compiler, clock } = givenCompiler();

    await untilStatus(compiler, await begin(compiler, ["one", "two"]), "completed");

    await until(() => clock.sleeping === 0);
  });

  it("tells in events where a batch begins and how it ends, without content", async () => {
    const { compiler, events } = givenCompiler();

    const { id: batchId } = await untilStatus(compiler, await begin(compiler, ["one", "bad"]), "completed");

    expect(events.filter(({ type }) => type.startsWith("batch"))).toEqual([
      { type: "batch-start", batchId, lines: 2 },
      { type: "batch-end", batchId, outcome: "completed", completed: 1, failed: 1 },
    ]);
  });

  it("shows a tenant neither the batches nor the files of another", async () => {
    const { compiler } = givenCompiler();
    const mine = { tenant: "acme" };
    const theirs = { tenant: "globex" };

    const batch = await begin(compiler, ["one"], mine);

    await until(async () => (await compiler.batches.get(batch.id, mine))?.status === "completed");
    const { output_file_id } = (await compiler.batches.get(batch.id, mine))!;
    expect(await compiler.batches.get(batch.id, theirs)).toBeUndefined();
    expect(await compiler.batches.cancel(batch.id, theirs)).toBeUndefined();
    expect((await compiler.batches.list({}, theirs)).data).toEqual([]);
    expect(await compiler.files.get(batch.input_file_id, theirs)).toBeUndefined();
    expect(await compiler.files.content(output_file_id!, theirs)).toBeUndefined();
    expect(await compiler.files.delete(output_file_id!, theirs)).toBe(false);
    expect((await compiler.files.list({}, theirs)).data).toEqual([]);
    await expect(
      compiler.batches.create(
        { input_file_id: batch.input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h" },
        theirs,
      ),
    ).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param: "input_file_id" });
  });

  it("lists the newest first, in pages", async () => {
    const { compiler, clock } = givenCompiler();
    const ids: string[] = [];
    for (const text of ["one", "two", "three"]) {
      ids.unshift((await begin(compiler, [text])).id);
      await clock.advance(1);
    }

    const first = await compiler.batches.list({ limit: 2 });
    const second = await compiler.batches.list({ limit: 2, after: first.last_id! });

    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.has_more).toBe(true);
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.has_more).toBe(false);
    await expect(compiler.batches.list({ limit: 0 })).rejects.toMatchObject({ param: "limit" });
  });

  it.each([
    ["endpoint", { endpoint: "/v1/images" as never }],
    ["completion_window", { completion_window: "1h" as never }],
    ["input_file_id", { input_file_id: "file-none" }],
    ["metadata", { metadata: { key: 1 } as never }],
  ])("refuses to begin where %s is not what it must be", async (param, part) => {
    const { compiler } = givenCompiler();
    const { id } = await compiler.files.create({ content: toFile([chatLine("one")]) });
    const batch = {
      input_file_id: id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
      ...part,
    } as const;

    await expect(compiler.batches.create(batch)).rejects.toMatchObject({ code: "PC_INVALID_REQUEST", param });
  });
});

describe("a batch whose input is wrong", () => {
  it.each([
    ["no lines", [], [{ code: "empty_file", line: null }]],
    ["a line that is no JSON", [chatLine("one"), "{"], [{ code: "invalid_json_line", line: 2 }]],
    ["a custom_id twice", [chatLine("one"), chatLine("one")], [{ code: "duplicate_custom_id", line: 2 }]],
    [
      "no custom_id",
      [{ ...chatLine("one"), custom_id: undefined }],
      [{ code: "invalid_custom_id", line: 1 }],
    ],
    ["another method", [{ ...chatLine("one"), method: "GET" }], [{ code: "invalid_method", line: 1 }]],
    ["another url", [{ ...chatLine("one"), url: "/v1/embeddings" }], [{ code: "invalid_url", line: 1 }]],
    ["no body", [{ ...chatLine("one"), body: "text" }], [{ code: "invalid_body", line: 1 }]],
    ["a stream", [{ ...chatLine("one"), body: { stream: true } }], [{ code: "invalid_body", line: 1 }]],
    ["a pc field", [{ ...chatLine("one"), body: { pc: {} } }], [{ code: "invalid_body", line: 1 }]],
    [
      "several lines, counted with the blank ones",
      ["", "[]", "", "[]"],
      [
        { code: "invalid_json_line", line: 2 },
        { code: "invalid_json_line", line: 4 },
      ],
    ],
  ])("fails with the line's number, and asks nobody: %s", async (_, lines, errors) => {
    const { compiler, asked } = givenCompiler();

    const failed = await untilStatus(compiler, await beginFile(compiler, toFile(lines)), "failed");

    expect(failed.errors?.data).toMatchObject(errors);
    expect(failed.failed_at).not.toBeNull();
    expect(asked).toEqual([]);
  });

  it("keeps to the models that its caller may use, however a line names another", async () => {
    const { compiler, asked } = givenCompiler();
    const body = { messages: [{ role: "user", content: "Hi" }] };
    const lines = [
      { model: "m" },
      { model: "secret" },
      { model: "m", models: ["secret"] },
      { model: "m", Model: "secret" },
      {},
    ].map((models, index) => ({ ...chatLine(String(index)), body: { ...body, ...models } }));

    const failed = await untilStatus(
      compiler,
      await beginFile(compiler, toFile(lines), { models: ["m"] }),
      "failed",
    );

    expect(failed.errors?.data.map(({ code, line }) => [code, line])).toEqual(
      [2, 3, 4, 5].map((line) => ["model_not_allowed", line]),
    );
    expect(asked).toEqual([]);
  });
});

describe("a batch that is cancelled", () => {
  it("drops the calls under way, begins no more, and tells of every line in its files", async () => {
    const { compiler, waiting, upstream } = givenCompiler({ answers: "held", batches: { concurrency: 2 } });
    const batch = await begin(compiler, ["one", "two", "three"]);
    await until(() => waiting.length === 2);
    waiting[0]!.release();
    await until(() => waiting.length === 3);

    const cancelling = await compiler.batches.cancel(batch.id);
    const cancelled = await untilStatus(compiler, batch, "cancelled");

    expect(cancelling?.status).toBe("cancelling");
    expect(cancelled.request_counts).toEqual({ total: 3, completed: 1, failed: 2 });
    expect(told(await linesIn(compiler, cancelled.output_file_id))).toEqual({ one: "re: one" });
    expect(told(await linesIn(compiler, cancelled.error_file_id))).toEqual({
      two: "batch_cancelled",
      three: "batch_cancelled",
    });
    expect(upstream.attempts.every(({ signal }, index) => index === 0 || signal.aborted)).toBe(true);
  });

  it("stays what it is at its end", async () => {
    const { compiler } = givenCompiler();
    const batch = await untilStatus(compiler, await begin(compiler, ["one"]), "completed");

    await expect(compiler.batches.cancel(batch.id)).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      wireCode: "invalid_batch_status",
    });
  });
});

describe("a batch whose window ends", () => {
  it("expires: what was not answered in time is in the error file as batch_expired", async () => {
    const { compiler, clock, waiting } = givenCompiler({
      answers: "held",
      batches: { concurrency: 1, leaseMs: DAY_MS },
      timeouts: { headersMs: 2 * DAY_MS, firstChunkMs: 2 * DAY_MS },
    });
    const batch = await begin(compiler, ["one", "two", "three"]);
    await until(() => waiting.length === 1);
    waiting[0]!.release();
    await until(() => waiting.length === 2);

    await clock.advance(DAY_MS);
    const expired = await untilStatus(compiler, batch, "expired");

    expect(expired.request_counts).toEqual({ total: 3, completed: 1, failed: 2 });
    expect(told(await linesIn(compiler, expired.output_file_id))).toEqual({ one: "re: one" });
    expect(told(await linesIn(compiler, expired.error_file_id))).toEqual({
      two: "batch_expired",
      three: "batch_expired",
    });
    await until(() => clock.sleeping === 0);
  });
});

describe("a line that finds no room", () => {
  it("comes back when it was told to", async () => {
    const { compiler, clock, waiting, asked } = givenCompiler({
      answers: "held",
      admission: { parallel: 1, maxQueue: 1 },
    });
    const texts = ["one", "two", "three", "four"];
    const batch = await begin(compiler, texts);
    await until(() => waiting.length === 1);

    for (let released = 0; released < texts.length; released += 1) {
      waiting[released]!.release();
      await clock.advance(60_000);
    }
    const ended = await untilStatus(compiler, batch, "completed");

    expect(ended.request_counts).toEqual({ total: 4, completed: 4, failed: 0 });
    expect(asked.toSorted()).toEqual(texts.toSorted());
  });

  it("is given up after five calls for which an upstream was asked", async () => {
    // Longer than a call waits by itself.
    const upstream = new FakeUpstream(async () => {
      throw failure("rate-limited", { status: 429, retryAfterMs: 20_000 });
    });
    const { compiler, clock } = givenCompiler({
      deployments: [{ id: "a", model: "m", provider: upstream }],
      retry: { maxAttempts: 1 },
    });
    const batch = await begin(compiler, ["one"]);

    await clock.advance(60 * 60_000);
    const ended = await untilStatus(compiler, batch, "completed");

    expect(told(await linesIn(compiler, ended.error_file_id))).toEqual({ one: 429 });
    expect(upstream.attempts).toHaveLength(5);
  });
});

describe("a batch whose process ends", () => {
  it("stops between lines when the compiler is closed, and the next one goes on where it stood", async () => {
    const clock = new FakeClock();
    const kept = lasting(clock);
    const first = givenCompiler(
      { answers: "held", storage: kept.open().storage, batches: { concurrency: 2 } },
      clock,
    );
    const batch = await begin(first.compiler, ["one", "two", "three", "four"]);
    await until(() => first.waiting.length === 2);

    const closed = first.compiler.close();
    for (const { release } of first.waiting) release();
    await closed;
    const second = givenCompiler({ storage: kept.open().storage }, clock);
    second.compiler.batches.resume();
    const ended = await untilStatus(second.compiler, batch, "completed");

    expect(first.asked).toEqual(["one", "two"]);
    expect(second.asked).toEqual(["three", "four"]);
    expect(Object.keys(told(await linesIn(second.compiler, ended.output_file_id)))).toEqual([
      "one",
      "two",
      "three",
      "four",
    ]);
    await until(() => clock.sleeping === 0);
  });

  it("is left alone by the others while it lives, and taken over when it is dead", async () => {
    const clock = new FakeClock();
    const kept = lasting(clock);
    const mortal = kept.open();
    const first = givenCompiler(
      { answers: "held", storage: mortal.storage, batches: { concurrency: 1 } },
      clock,
    );
    const batch = await begin(first.compiler, ["one", "two", "three"]);
    await until(() => first.waiting.length === 1);
    first.waiting[0]!.release();
    await until(() => first.waiting.length === 2);
    const second = givenCompiler({ storage: kept.open().storage }, clock);
    second.compiler.batches.resume();
    await clock.advance(120_000);
    expect(second.asked).toEqual([]);

    mortal.kill();
    await clock.advance(30_000);
    const ended = await untilStatus(second.compiler, batch, "completed");

    expect(second.asked).toEqual(["two", "three"]);
    expect(ended.request_counts).toEqual({ total: 3, completed: 3, failed: 0 });
    expect(told(await linesIn(second.compiler, ended.output_file_id))).toEqual({
      one: "re: one",
      two: "re: two",
      three: "re: three",
    });
  });

  it("hears that another process has cancelled it", async () => {
    const clock = new FakeClock();
    const kept = lasting(clock);
    const first = givenCompiler({ answers: "held", storage: kept.open().storage }, clock);
    const second = givenCompiler({ storage: kept.open().storage }, clock);
    const batch = await begin(first.compiler, ["one"]);
    await until(() => first.waiting.length === 1);

    await second.compiler.batches.cancel(batch.id);
    await clock.advance(15_000);
    const cancelled = await untilStatus(first.compiler, batch, "cancelled");

    expect(cancelled.request_counts).toEqual({ total: 1, completed: 0, failed: 1 });
    expect(second.asked).toEqual([]);
  });
});
