import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type BatchRequest, type BatchResult, startBatch } from "../src/batch.ts";
import { type CallContext, type ChatCompletion, createPromptCompiler } from "../src/index.ts";
import { scripted } from "../src/scheduler/index.ts";
import type { Reply } from "../src/wires/wire.ts";
import { completion } from "./chat-shapes.ts";
import { bodyOf, FakeUpstream } from "./scheduler/fake-upstream.ts";
import { failure } from "./scheduler/given.ts";

/** A compiler whose every attempt waits until the test lets it go; a request whose text is "bad" is refused. */
function given() {
  const waiting: { readonly text: string; readonly release: () => void }[] = [];
  const upstream = new FakeUpstream(({ body, signal }) => {
    const [{ content: text }] = body["messages"] as [{ content: string }];
    return new Promise<Reply>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const release = () =>
        text === "bad" ? reject(failure("invalid-request")) : resolve(bodyOf(completion(`re: ${text}`)));
      waiting.push({ text, release });
    });
  });
  const compiler = createPromptCompiler({ deployments: [{ id: "a", model: "m", provider: upstream }] });
  const requests = (...texts: string[]) =>
    texts.map((content) => ({ model: "m", messages: [{ role: "user", content }] }));
  return { compiler, upstream, waiting, requests };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}

const told = (result: BatchResult): unknown =>
  result.status === "succeeded" && "choices" in result.answer
    ? result.answer.choices[0]?.message.content
    : result.status;

describe("compiler.batch", () => {
  it("gives the results in the order of the requests, whichever ends first", async () => {
    const { compiler, waiting, requests } = given();

    const batch = compiler.batch(requests("one", "two", "three"));
    await turns();
    for (const { release } of [...waiting].reverse()) release();

    const results = [];
    for await (const result of batch) results.push([result.index, told(result)]);
    expect(results).toEqual([
      [0, "re: one"],
      [1, "re: two"],
      [2, "re: three"],
    ]);
  });

  it("never has more calls under way than its concurrency, and begins them in order", async () => {
    const { compiler, waiting, requests } = given();

    compiler.batch(requests("one", "two", "three"), { concurrency: 2 });
    await turns();
    expect(waiting.map(({ text }) => text)).toEqual(["one", "two"]);
    waiting[1]?.release();
    await turns();

    expect(waiting.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  });

  it("lets one request fail alone", async () => {
    const { compiler, waiting, requests } = given();

    const batch = compiler.batch(requests("one", "bad", "three"));
    await turns();
    for (const { release } of waiting) release();

    const results = [];
    for await (const result of batch) results.push(result);
    expect(results.map(told)).toEqual(["re: one", "failed", "re: three"]);
    expect(results[1]).toMatchObject({ error: { kind: "invalid-request" } });
  });

  it("counts how far it is, in counts that sum to the total", async () => {
    const { compiler, waiting, requests } = given();

    const batch = compiler.batch(requests("one", "bad", "three", "four"), { concurrency: 3 });
    await turns();
    waiting[0]?.release();
    waiting[1]?.release();
    await turns();
    waiting[3]?.release();
    await turns();

    expect(batch.counts).toEqual({
      total: 4,
      waiting: 0,
      underWay: 1,
      succeeded: 2,
      failed: 1,
      cancelled: 0,
    });
  });

  it.each(["cancel()", "the call's own signal"])("is cancelled by %s, to the upstream", async (how) => {
    const { compiler, upstream, waiting, requests } = given();
    const controller = new AbortController();

    const batch = compiler.batch(requests("one", "two", "three"), {
      concurrency: 2,
      signal: controller.signal,
    });
    await turns();
    waiting[0]?.release();
    await turns();
    if (how === "cancel()") batch.cancel();
    else controller.abort(new Error("enough"));

    const results = [];
    for await (const result of batch) results.push(told(result));
    expect(results).toEqual(["re: one", "cancelled", "cancelled"]);
    expect(upstream.attempts.slice(1).every(({ signal }) => signal.aborted)).toBe(true);
  });

  it("goes on where its reader leaves, and may be read again", async () => {
    const { compiler, waiting, requests } = given();
    const batch = compiler.batch(requests("one", "two"));
    await turns();
    for (const { release } of waiting) release();

    for await (const _ of batch) break;
    const again = [];
    for await (const result of batch) again.push(told(result));

    expect(again).toEqual(["re: one", "re: two"]);
  });

  it("makes each call with the batch's context, behind calls that name no priority", async () => {
    const calls: CallContext[] = [];
    const ask = async (_request: BatchRequest, call: CallContext) => {
      calls.push(call);
      return completion("fine") as ChatCompletion;
    };

    startBatch([{ messages: [] }], { agentId: "a" }, ask);
    startBatch([{ messages: [] }], { priority: 3 }, ask);

    expect(calls).toMatchObject([{ agentId: "a", priority: -100 }, { priority: 3 }]);
  });

  it("takes embedding requests beside chat requests", async () => {
    const compiler = createPromptCompiler();

    const batch = compiler.batch([
      { input: ["a mill"] },
      { messages: [{ role: "user", content: "A mill. Mill?" }] },
    ]);

    const kinds = [];
    for await (const result of batch) kinds.push(result.status === "succeeded" && result.answer.object);
    expect(kinds).toEqual(["list", "chat.completion"]);
  });

  it("is over at once without a request, and refuses a concurrency that is none", async () => {
    const compiler = createPromptCompiler({
      deployments: [{ id: "a", model: "m", provider: scripted(["x"]) }],
    });

    for await (const _ of compiler.batch([])) throw new Error("there is no result");

    expect(() => compiler.batch([], { concurrency: 0 })).toThrow(
      "batch: concurrency must be a positive integer, got 0",
    );
  });
});
