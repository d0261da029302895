import { describe, expect, it } from "vitest";
import { createPromptCompiler } from "../../../src/index.ts";
import { type Fault, type FaultPlan, faulty, type Provider, scripted } from "../../../src/scheduler/index.ts";
import type { Reply } from "../../../src/wires/wire.ts";
import { FakeClock } from "../../fake-clock.ts";
import { answers, FakeUpstream } from "../fake-upstream.ts";
import { givenCall, givenScheduler, settle } from "../given.ts";

const never = new AbortController().signal;

const ask = (provider: Provider, stream = false, signal = never): Promise<Reply> =>
  provider.send({ wire: "chat", body: { model: "m", messages: [], stream }, signal });

/** What came of an attempt: frames' data, "200", or the kind of its failure. */
async function outcome(provider: Provider, stream = false): Promise<readonly string[]> {
  const seen: string[] = [];
  try {
    const reply = await ask(provider, stream);
    if (reply.frames === undefined) return [Buffer.from(reply.body).toString()];
    for await (const frames of reply.frames) seen.push(...frames.map(({ data }) => data));
    return seen;
  } catch (error) {
    return [...seen, (error as { kind: string }).kind];
  }
}

describe("faulty", () => {
  const wholeAnswers: readonly [Fault, string][] = [
    ["refused", "network"],
    ["stale-socket", "network"],
    ["reset-before-headers", "network"],
    ["reset-after-headers", "network"],
    ["mid-stream-cut", "network"],
    ["malformed-sse", "malformed-response"],
    ["empty-200", "malformed-response"],
    [{ status: 401 }, "unauthorized"],
    [{ status: 429 }, "rate-limited"],
    [{ status: 529 }, "overloaded"],
    [{ status: 400, body: { error: { code: "context_length_exceeded" } } }, "context-length-exceeded"],
  ];

  it.each(wholeAnswers)("fails a whole answer as an upstream would: %j is %s", async (fault, kind) => {
    expect(await outcome(faulty(scripted(["fine"]), fault))).toEqual([kind]);
  });

  it.each<[Fault, string]>([
    ["refused", "network"],
    ["reset-before-headers", "network"],
    ["reset-after-headers", "malformed-response"],
    ["empty-200", "malformed-response"],
    [{ status: 503 }, "overloaded"],
  ])("fails a stream before its first frame: %j is %s", async (fault, kind) => {
    expect(await outcome(faulty(scripted(["fine"]), fault), true)).toEqual([kind]);
  });

  it("cuts a stream behind the first thing that was said", async () => {
    const [role, word, ...rest] = await outcome(faulty(scripted(["one two three"]), "mid-stream-cut"), true);

    expect(JSON.parse(role ?? "").choices[0].delta.role).toBe("assistant");
    expect(JSON.parse(word ?? "").choices[0].delta.content).toBe("one ");
    expect(rest).toEqual(["malformed-response"]);
  });

  it("puts an error into a 200, streamed or not", async () => {
    const provider = faulty(scripted(["fine"]), "error-in-200");

    for (const stream of [false, true]) {
      const [data] = await outcome(provider, stream);
      expect(JSON.parse(data ?? "")).toMatchObject({ error: { code: "server_error" } });
    }
  });

  it.each<[string, Record<string, string>, number]>([
    ["seconds", { "retry-after": "2" }, 2000],
    ["milliseconds", { "retry-after-ms": "250" }, 250],
    ["an HTTP date", { "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT" }, 7000],
    ["a used-up limit", { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m3s" }, 63_000],
  ])("tells when to come back in any form: %s (defect 22)", async (_form, headers, retryAfterMs) => {
    const provider = faulty(scripted(["fine"]), { status: 429, headers }, { clock: new FakeClock() });

    await expect(ask(provider)).rejects.toMatchObject({ kind: "rate-limited", status: 429, retryAfterMs });
  });

  it.each(["headers", "first-chunk", "mid-stream"] as const)(
    "stalls at its %s until the attempt is aborted",
    async (stalls) => {
      const controller = new AbortController();
      const provider = faulty(scripted(["fine"]), { stalls });
      const reading = (async () => {
        const reply = await ask(provider, true, controller.signal);
        for await (const _ of reply.frames ?? []);
      })();

      controller.abort(new Error("enough"));

      await expect(reading).rejects.toThrow("enough");
    },
  );

  it("goes on with the real answer when a stall has an end", async () => {
    const clock = new FakeClock();
    const provider = faulty(scripted(["fine"], { clock }), { stalls: "mid-stream", forMs: 5000 }, { clock });
    const expected = await outcome(scripted(["fine"], { clock }), true);

    const reading = outcome(provider, true);
    await clock.advance(5000);

    expect(await reading).toEqual(expected);
    expect(clock.sleeping).toBe(0);
  });

  it("follows a list once, and is well behind it", async () => {
    const provider = faulty(scripted(["fine"]), ["refused", "none", { status: 500 }]);

    const kinds = [];
    for (let attempt = 0; attempt < 5; attempt += 1) kinds.push((await outcome(provider))[0]?.slice(0, 7));

    expect(kinds).toEqual(["network", '{"id":"', "server-", '{"id":"', '{"id":"']);
  });

  it("hits the same share of the attempts every time, for one seed", async () => {
    const hits = async (seed: number): Promise<string> => {
      const provider = faulty(scripted(["fine"]), { share: 0.25, among: ["refused", { status: 503 }], seed });
      let trace = "";
      for (let attempt = 0; attempt < 400; attempt += 1) trace += (await outcome(provider))[0]?.[0];
      return trace;
    };

    const trace = await hits(7);

    expect(await hits(7)).toBe(trace);
    expect(await hits(8)).not.toBe(trace);
    // 400 draws at 1/4: 100 ± 4 standard deviations of 8.7.
    expect(trace.replaceAll("{", "").length).toBeGreaterThan(65);
    expect(trace.replaceAll("{", "").length).toBeLessThan(135);
    expect(trace).toMatch(/^(?=.*n)(?=.*o)/);
  });

  it("lets the host decide for each attempt", async () => {
    const plan: FaultPlan = ({ body }, number) =>
      body["stream"] === true && number > 1 ? "refused" : "none";
    const provider = faulty(scripted(["fine"]), plan);

    const first = await outcome(provider, true);
    const second = await outcome(provider, true);

    expect([first.at(-1), second]).toEqual(["[DONE]", ["network"]]);
  });

  it.each<[string, FaultPlan]>([
    ["share must be from 0 to 1, got 2", { share: 2, among: ["refused"] }],
    ["among must hold at least one fault, got none", { share: 0.5, among: [] }],
  ])("refuses a plan that cannot be followed: %s", (message, plan) => {
    expect(() => faulty(scripted(["fine"]), plan)).toThrow(`faulty: ${message}`);
  });

  it("keeps what else the wrapped provider is and can do", async () => {
    const closed: string[] = [];
    const upstream = Object.assign(new FakeUpstream(answers()), {
      rejects: ["seed"],
      close: async () => void closed.push("closed"),
    });

    const provider = faulty(upstream, "refused");
    await provider.close?.();

    expect([provider.name, provider.wires, provider.rejects]).toEqual(["fake", upstream.wires, ["seed"]]);
    expect(closed).toEqual(["closed"]);
    expect("listModels" in provider).toBe(false);
  });

  it("gives a stale socket as one that a fresh connection may cure (defect 45)", async () => {
    await expect(ask(faulty(scripted(["fine"]), "stale-socket"))).rejects.toMatchObject({
      staleConnection: true,
    });
  });
});

describe("a pool with a faulty deployment", () => {
  it.each<Fault>([
    "refused",
    "reset-before-headers",
    "malformed-sse",
    "error-in-200",
    "empty-200",
    { status: 500 },
  ])("answers from the other one: %j (defect 26)", async (fault) => {
    const compiler = createPromptCompiler({
      deployments: [
        { id: "a", model: "m", provider: faulty(scripted(["from a"]), fault) },
        { id: "b", model: "m", provider: scripted(["from b"]) },
      ],
    });

    const { choices } = await compiler.chat({ model: "m", messages: [{ role: "user", content: "Hi" }] });

    expect(choices[0]?.message.content).toBe("from b");
  });

  it("runs a first-chunk stall into its deadline and goes on (defect 12)", async () => {
    const { scheduler, clock } = givenScheduler([
      faulty(new FakeUpstream(answers()), { stalls: "first-chunk" }),
      new FakeUpstream(answers()),
    ]);

    const answer = await settle(clock, scheduler.run(givenCall({ stream: true })));

    expect([answer.deployment, answer.attempts]).toEqual(["b", 2]);
  });
});
