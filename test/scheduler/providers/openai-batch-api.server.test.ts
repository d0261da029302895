import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, createPromptCompiler, type PromptCompiler, systemClock } from "../../../src/index.ts";
import { openaiCompatible } from "../../../src/scheduler/index.ts";
import { begin, linesIn, told } from "../../batches/given.ts";
import { completion } from "../../chat-shapes.ts";
import { type RunningApp, startApp } from "../../host-app.ts";
import { failure, json, startUpstream, type Upstream } from "../../upstream.ts";

/** A hundred times as fast: the first wait for a vendor is two seconds. */
const fast: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
};

describe("openaiCompatible({ batchApi: true }), against a server of OpenAI's files and batches", () => {
  let models: Upstream;
  let vendor: PromptCompiler;
  let app: RunningApp;
  const open: PromptCompiler[] = [];

  beforeAll(async () => {
    models = await startUpstream();
    const provider = openaiCompatible({ baseURL: `${models.url}/v1` });
    vendor = createPromptCompiler({ deployments: [{ id: "gpu", model: "m-2026", provider }] });
    app = await startApp({ compiler: vendor, keys: [{ key: "ours", tenant: "t" }] });
    models.reply(({ json: body }) => {
      const text = body.messages[0].content;
      return text === "bad" ? failure(400, { message: "no" }) : json(completion(`re: ${text}`));
    });
  });
  afterAll(async () => {
    await Promise.all(open.map((compiler) => compiler.close()));
    await app.close();
    await vendor.close();
    await models.close();
  });

  function compilerAt(baseURL: string, apiKey: string): PromptCompiler {
    const provider = openaiCompatible({ baseURL, apiKey, batchApi: true });
    const compiler = createPromptCompiler({
      deployments: [{ id: "vendor", model: "m", sentModel: "m-2026", provider }],
      clock: fast,
    });
    open.push(compiler);
    return compiler;
  }

  async function untilEnded(compiler: PromptCompiler, id: string) {
    for (;;) {
      const batch = await compiler.batches.get(id);
      if (batch !== undefined && ["completed", "cancelled"].includes(batch.status)) return batch;
      await systemClock.sleep(10);
    }
  }

  it("uploads the lines, begins a batch there, waits, and keeps its results as ours", async () => {
    const compiler = compilerAt(app.baseURL, "ours");

    const { id } = await begin(compiler, ["añ 🏃", "bad", "two"]);
    const batch = await untilEnded(compiler, id);

    const [theirs] = (await vendor.batches.list({}, { tenant: "t" })).data;
    expect(theirs).toMatchObject({
      status: "completed",
      request_counts: { total: 3, completed: 2, failed: 1 },
    });
    expect(batch.request_counts).toEqual({ total: 3, completed: 2, failed: 1 });
    expect(Object.entries(told(await linesIn(compiler, batch.output_file_id)))).toEqual([
      ["añ 🏃", "re: añ 🏃"],
      ["two", "re: two"],
    ]);
    const [failed] = await linesIn(compiler, batch.error_file_id);
    expect(failed?.response).toMatchObject({ status_code: 400, body: { error: { message: "no" } } });
    expect(models.requests.map(({ json: body }) => body.model)).toEqual(["m-2026", "m-2026", "m-2026"]);
  });

  it("cancels the batch there", async () => {
    models.reply("hang");
    const compiler = compilerAt(app.baseURL, "ours");
    const { id } = await begin(compiler, ["one"]);
    await models.untilRequests(models.requests.length + 1);

    await compiler.batches.cancel(id);
    const batch = await untilEnded(compiler, id);

    expect(batch.status).toBe("cancelled");
    expect((await vendor.batches.list({}, { tenant: "t" })).data[0]?.status).toBe("cancelled");
    models.reply(json(completion("yes")));
  });

  it("falls back on single calls at a vendor that does not have it", async () => {
    const compiler = compilerAt(`${models.url}/v1`, "any");
    models.reply(({ path }) => (path === "/v1/files" ? failure(404) : json(completion("single"))));

    const { id } = await begin(compiler, ["one"]);
    const batch = await untilEnded(compiler, id);

    expect(told(await linesIn(compiler, batch.output_file_id))).toEqual({ one: "single" });
  });
});
