import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPromptCompiler } from "../../src/index.ts";
import type { BatchingOptions } from "../../src/scheduler/batch-limits.ts";
import { batching } from "../../src/scheduler/batcher.ts";
import type { ScheduledAnswer, ScheduledCall } from "../../src/scheduler/call.ts";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import { readInputs } from "../../src/wires/embeddings/inputs.ts";
import type { WireBody } from "../../src/wires/wire.ts";
import { FakeClock } from "../fake-clock.ts";
import { bodyOf, FakeUpstream, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "./given.ts";

/** A vector for each input: its length, the last one first, so that only the index tells whose it is (K5). */
const embeds: Turn = async ({ body }) => {
  const inputs = readInputs(body) ?? [];
  const data = inputs.map((text, index) => ({ object: "embedding", index, embedding: [text.length] }));
  const length = inputs.reduce((sum, input) => sum + input.length, 0);
  const usage = { prompt_tokens: length, total_tokens: length };
  return bodyOf({ object: "list", data: data.reverse(), model: "e-2026", usage });
};

function given(
  options: {
    batching?: BatchingOptions;
    each?: Partial<DeploymentOptions>;
    turn?: Turn;
    takesMs?: number;
  } = {},
) {
  const { batching = {}, each = {}, turn = embeds, takesMs } = options;
  const upstream = new FakeUpstream(async (attempt) => {
    if (takesMs !== undefined) await setting.clock.sleep(takesMs, attempt.signal);
    return turn(attempt);
  });
  const setting = givenScheduler([upstream], { batching, each });
  const embed = (input: unknown, call: object = {}, rest: object = {}): Promise<WireBody> =>
    setting.scheduler
      .run(
        givenCall({
          wire: "embeddings",
          requestFor: ({ model }) => ({ wire: "embeddings", body: { model, input, ...rest } }),
          ...call,
        }),
      )
      .then(readBody);
  const sent = (): unknown[] => upstream.attempts.map(({ body }) => body["input"]);
  return { ...setting, upstream, embed, sent };
}

const readBody = ({ reply }: ScheduledAnswer): WireBody =>
  JSON.parse(Buffer.from(reply.body ?? []).toString());
/** In the order of their indexes: a call that went alone gets its upstream's own order. */
const vectorsOf = ({ data }: WireBody): unknown =>
  [...(data as { embedding: unknown; index: number }[])]
    .sort((a, b) => a.index - b.index)
    .map(({ embedding }) => embedding);
const all = (calls: readonly Promise<WireBody>[]) => Promise.all(calls.map((call) => call.then(vectorsOf)));

describe("batching", () => {
  it("sends embedding calls that are made together in one request, and gives each its own by index (K5)", async () => {
    const { embed, clock, sent } = given();

    const calls = [embed("a"), embed(["bb", "ccc"]), embed("dddd")];
    await clock.advance(0);

    expect(await all(calls)).toEqual([[[1]], [[2], [3]], [[4]]]);
    expect(sent()).toEqual([["a", "bb", "ccc", "dddd"]]);
    expect(clock.sleeping).toBe(0);
  });

  it("is off unless the host asks for it", async () => {
    const upstream = new FakeUpstream(async () => embeds({ body: { input: ["x"] } } as never));
    const { scheduler } = givenScheduler([upstream]);
    const call = givenCall({
      wire: "embeddings",
      requestFor: () => ({ wire: "embeddings", body: { input: "x" } }),
    });

    await Promise.all([scheduler.run(call), scheduler.run(call)]);

    expect(upstream.attempts).toHaveLength(2);
  });

  it("sends a call that stayed alone as it came, byte for byte", async () => {
    const { scheduler, clock, upstream } = given();
    const source = Buffer.from('{"input" : "x", "model":"m"}');
    const body = { input: "x", model: "m" };

    const running = scheduler.run(
      givenCall({ wire: "embeddings", requestFor: () => ({ wire: "embeddings", body, source }) }),
    );
    await clock.advance(0);
    await running;

    expect(upstream.attempts[0]?.source).toEqual(source);
  });

  it("waits, while one is under way, a tenth of the latency it has seen", async () => {
    const { embed, clock, sent } = given({ takesMs: 100 });
    void embed("first");
    await clock.advance(100);

    void embed("second");
    await clock.advance(0);
    void embed("third");
    await clock.advance(9);
    void embed("fourth");
    expect(sent()).toHaveLength(2);
    await clock.advance(1);

    expect(sent()).toEqual(["first", "second", ["third", "fourth"]]);
  });

  it("waits no longer than maxWaitMs, however slow the upstream is", async () => {
    const { embed, clock, sent } = given({ takesMs: 60_000, batching: { maxWaitMs: 5 } });
    void embed("first");
    await clock.advance(60_000);

    void embed("second");
    await clock.advance(0);
    void embed("third");
    await clock.advance(5);

    expect(sent()).toEqual(["first", "second", "third"]);
  });

  it("does not wait where a batch is full", async () => {
    const { embed, sent } = given({ batching: { maxInputs: 2 } });

    await all([embed("a"), embed("b")]);

    expect(sent()).toEqual([["a", "b"]]);
  });

  it("keeps the limits of the deployment, and cuts a call that is above them (K5)", async () => {
    const { embed, clock, sent } = given({ each: { batch: { maxInputs: 2 } } });

    const calls = [embed(["a", "bb", "ccc", "dddd", "eeeee"])];
    await clock.advance(0);

    expect(await all(calls)).toEqual([[[1], [2], [3], [4], [5]]]);
    expect(sent()).toEqual([["a", "bb"], ["ccc", "dddd"], ["eeeee"]]);
  });

  it("keeps the limit of tokens, by estimate", async () => {
    const { embed, clock, sent } = given({ batching: { maxTokens: 4 } });

    const calls = [embed("a".repeat(9)), embed("b".repeat(9))];
    await clock.advance(0);
    await all(calls);

    expect(sent()).toEqual(["a".repeat(9), "b".repeat(9)]);
  });

  it("lets one bad input fail alone, with 2n − 1 requests at most (K5)", async () => {
    const { embed, clock, upstream } = given({
      turn: async (attempt) => {
        if ((attempt.body["input"] as string[]).includes("bad")) throw failure("invalid-request");
        return embeds(attempt);
      },
    });

    const calls = ["a", "bb", "bad", "dddd", "eeeee"].map((text) => embed([text]));
    const settled = Promise.allSettled(calls);
    await clock.advance(0);

    expect((await settled).map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    await expect(calls[2]).rejects.toMatchObject({ kind: "invalid-request" });
    expect(upstream.attempts.length).toBeLessThanOrEqual(9);
  });

  it("does not ask again for a failure that is not the request's", async () => {
    const { embed, clock, upstream } = given({
      turn: async () => {
        throw failure("unauthorized");
      },
    });

    const calls = [embed("a"), embed("b")];
    const settled = Promise.allSettled(calls);
    await clock.advance(0);

    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(upstream.attempts).toHaveLength(1);
  });

  it("asks one by one an upstream that gives not one vector for each input", async () => {
    const { embed, clock, sent } = given({
      turn: async ({ body }) => embeds({ body: { input: [body["input"]].flat().slice(0, 1) } } as never),
    });

    const calls = [embed("a"), embed("bb")];
    await clock.advance(0);

    expect(await all(calls)).toEqual([[[1]], [[2]]]);
    expect(sent()).toEqual([["a", "bb"], "a", "bb"]);
  });

  it("leaves out a caller that left before the request was sent", async () => {
    const { embed, clock, sent } = given();
    const controller = new AbortController();

    const left = embed("a", { signal: controller.signal });
    const stayed = [embed("b"), embed("c")];
    controller.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    await clock.advance(0);
    await all(stayed);

    expect(sent()).toEqual([["b", "c"]]);
  });

  it("goes on for the others when one caller leaves, and is aborted when the last has (defect 1)", async () => {
    const { embed, clock, upstream, inFlight } = given({ takesMs: 1000 });
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [embed("a", { signal: first.signal }), embed("b", { signal: second.signal })];
    const settled = Promise.allSettled(calls);
    await clock.advance(10);

    first.abort(new Error("first"));
    expect(upstream.attempts[0]?.signal.aborted).toBe(false);
    second.abort(new Error("second"));
    await settled;

    expect(upstream.attempts[0]?.signal.aborted).toBe(true);
    expect([inFlight(), clock.sleeping]).toEqual([0, 0]);
    await expect(calls[0]).rejects.toThrow("first");
    await expect(calls[1]).rejects.toThrow("second");
  });

  it.each<[string, object, object, object, object]>([
    ["tenants", { tenant: "t" }, {}, { tenant: "u" }, {}],
    ["dimensions", {}, { dimensions: 8 }, {}, { dimensions: 9 }],
    ["encodings", {}, { encoding_format: "base64" }, {}, {}],
    ["unknown parameters", {}, { input_type: "query" }, {}, { input_type: "passage" }],
  ])("never puts calls of different %s into one request", async (_what, call, rest, otherCall, otherRest) => {
    const { embed, clock, sent } = given();

    const calls = [embed(["a"], call, rest), embed(["b"], otherCall, otherRest)];
    await clock.advance(0);
    await all(calls);

    expect(sent()).toEqual([["a"], ["b"]]);
  });

  it("never mixes texts and token ids, and takes one array of ids as one input", async () => {
    const { embed, clock, sent } = given();

    const calls = [embed([1, 2, 3]), embed("ab"), embed([[4], [5, 6]])];
    await clock.advance(0);
    await all(calls);

    expect(sent()).toEqual([[[1, 2, 3], [4], [5, 6]], "ab"]);
  });

  it("hands on base64 vectors as they are", async () => {
    const { embed, clock } = given({
      turn: async ({ body }) =>
        bodyOf({
          data: [body["input"]].flat().map((text, index) => ({ index, embedding: `AACAPw==${text}` })),
        }),
    });
    const base64 = { encoding_format: "base64" };

    const calls = [embed(["a"], {}, base64), embed(["b"], {}, base64)];
    await clock.advance(0);

    expect(await all(calls)).toEqual([["AACAPw==a"], ["AACAPw==b"]]);
  });

  it("counts, where calls wait, as all its inputs, and as urgent as its most urgent call", async () => {
    const clock = new FakeClock();
    const passed: ScheduledCall[] = [];
    const limitsFor = () => ({ maxInputs: 9, maxTokens: 99 });
    const run = batching({ clock, maxWaitMs: 5, limitsFor })(async (call) => {
      passed.push(call);
      throw failure("network");
    });
    const ask = (input: string, priority: number) =>
      run(
        givenCall({
          wire: "embeddings",
          priority,
          bytes: 40,
          requestFor: () => ({ wire: "embeddings", body: { input } }),
        }),
      );

    const settled = Promise.allSettled([ask("abcdef", 1), ask("abc", 7)]);
    await clock.advance(0);
    await settled;

    expect(passed).toMatchObject([{ priority: 7, bytes: 9 }]);
    expect(passed[0]?.inputTokens?.()).toBe(3);
  });

  it("sends a call with a deadline at once, alone", async () => {
    const { embed, sent } = given();

    await embed(["a"], { deadlineMs: 1000 });

    expect(sent()).toEqual([["a"]]);
  });

  it("gives everyone their vectors, in order, and divides the usage without remainder, whoever calls (K5)", async () => {
    const inputs = fc.array(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 7 });
    const limits = fc.record({
      maxInputs: fc.integer({ min: 1, max: 9 }),
      maxTokens: fc.integer({ min: 1, max: 20 }),
    });

    await fc.assert(
      fc.asyncProperty(fc.array(inputs, { minLength: 1, maxLength: 6 }), limits, async (calls, batching) => {
        const { embed, clock, upstream } = given({ batching });

        const answering = Promise.all(calls.map((texts) => embed(texts)));
        await clock.advance(0);
        const answers = await answering;

        expect(answers.map(vectorsOf)).toEqual(calls.map((texts) => texts.map((text) => [text.length])));
        expect(
          upstream.attempts.every(({ body }) => [body["input"]].flat().length <= batching.maxInputs),
        ).toBe(true);
        const used = answers.map(({ usage }) => (usage as { prompt_tokens: number }).prompt_tokens);
        expect(used.reduce((a, b) => a + b)).toBe(calls.flat().join("").length);
      }),
      { numRuns: 60 },
    );
  });

  it("is switched on by createPromptCompiler's batching, and refuses what is no number", async () => {
    const upstream = new FakeUpstream(embeds);
    const deployments = [{ id: "a", model: "m", provider: upstream, batch: { maxInputs: 3 } }];
    const compiler = createPromptCompiler({ deployments, batching: {} });

    const answers = await Promise.all(
      ["a", "bb", "ccc"].map((input) => compiler.embed({ model: "m", input: [input] })),
    );

    expect(
      answers.map(({ data, usage }) => [data[0]?.embedding, data[0]?.index, usage.prompt_tokens]),
    ).toEqual([
      [[1], 0, 2],
      [[2], 0, 2],
      [[3], 0, 2],
    ]);
    expect(upstream.attempts).toHaveLength(1);
    expect(() => createPromptCompiler({ deployments, batching: { maxWaitMs: -1 } })).toThrow(
      "createPromptCompiler: batching.maxWaitMs must be a positive number of milliseconds, got -1",
    );
  });
});
