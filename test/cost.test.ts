/** What a call cost, from the public entry. */
import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../src/index.ts";
import { type Deployment, type DeploymentOptions, type Price, roundRobin } from "../src/scheduler/index.ts";
import { chunk, completion } from "./chat-shapes.ts";
import { FakeClock } from "./fake-clock.ts";
import {
  answers,
  bodyOf,
  FakeUpstream,
  fails,
  finished,
  hangs,
  said,
  streams,
  type Turn,
} from "./scheduler/fake-upstream.ts";
import { failure } from "./scheduler/given.ts";

const usage = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };
const whole: Turn = async () => bodyOf({ ...completion("yes"), usage });
const counted = { data: JSON.stringify({ ...chunk({}), choices: [], usage }) };
const streamed = streams([said("yes")], [finished, counted, { data: "[DONE]" }]);
const price: Price = { inputPer1M: 2, outputPer1M: 8 };

function given(turn: Turn, price?: Price) {
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({
    deployments: [{ id: "a", model: "m", provider: new FakeUpstream(turn), price }],
    onEvent: (event) => void events.push(event),
  });
  const request = (stream: boolean) => ({
    wire: "chat" as const,
    body: { model: "m", messages: [{ role: "user", content: "Hi" }], stream },
  });
  return { compiler, request, ended: () => events.find((event) => event.type === "call-end") };
}

describe("the cost of the attempts that gave no answer", () => {
  const refused = fails(() => failure("server-error", { status: 500 }));
  const silent = fails(() => failure("network"));
  const error = { data: JSON.stringify({ error: { message: "out of order" } }) };
  const limits = { tpm: 1e9 };

  /** What "call-end" says of a call that meets one upstream after the other. */
  async function endOf(turns: readonly Turn[], stream: boolean, options: Partial<DeploymentOptions> = {}) {
    const events: PromptCompilerEvent[] = [];
    const compiler = createPromptCompiler({
      deployments: turns.map((turn, index) => {
        return { id: `d${index}`, model: "m", provider: new FakeUpstream(turn), price, ...options };
      }),
      strategy: roundRobin(),
      onEvent: (event) => void events.push(event),
    });
    const body = { model: "m", messages: [{ role: "user", content: "Hi" }], stream };
    try {
      const { reply } = await compiler.dispatch({ wire: "chat", body });
      for await (const _ of reply.frames ?? []);
    } catch {
      // What it cost is what is asked.
    }
    return events.find((event) => event.type === "call-end");
  }

  it.each<[string, boolean]>([
    ["a whole", false],
    ["a streamed", true],
  ])("is none where there was but one, of %s answer", async (_, stream) => {
    expect(await endOf([stream ? streamed : whole], stream)).toMatchObject({ lostUsd: 0 });
  });

  it("is none where they were refused: nobody counts tokens for a refusal", async () => {
    const end = await endOf([refused, whole], false);

    expect(end).toMatchObject({ lostUsd: 0 });
    expect(end?.costUsd).toBeCloseTo(0.0028, 12);
  });

  it("is not known where one broke off: the answer's is, and stands apart (defect 72)", async () => {
    const end = await endOf([silent, whole], false);

    expect(end).toHaveProperty("lostUsd", undefined);
    expect(end?.costUsd).toBeCloseTo(0.0028, 12);
  });

  it("is what was reported before it failed, where that was read", async () => {
    const end = await endOf([streams([counted], [error]), streamed], true, { limits });

    expect(end?.lostUsd).toBeCloseTo(0.0028, 12);
    expect(end?.costUsd).toBeCloseTo(0.0028, 12);
  });

  it("is told of a call that fails, whose answer costs nothing, for there is none", async () => {
    expect(await endOf([refused], false)).toMatchObject({ outcome: "failed", costUsd: 0, lostUsd: 0 });
    expect(await endOf([silent], false)).toHaveProperty("lostUsd", undefined);
  });

  it("has no part in a stream that is cut behind its first word: it is the answer's, as far as it was told", async () => {
    const end = await endOf([streams([said("yes")], failure("network"))], true);

    expect(end).toMatchObject({ outcome: "failed", lostUsd: 0 });
    expect(end).toHaveProperty("costUsd", undefined);
  });

  it("is not known of an attempt that another was quicker than (defect 72)", async () => {
    const clock = new FakeClock();
    const events: PromptCompilerEvent[] = [];
    const first = new FakeUpstream(...Array<Turn>(20).fill(whole), hangs);
    const compiler = createPromptCompiler({
      deployments: [
        { id: "first", model: "m", provider: first, price },
        { id: "second", model: "m", provider: new FakeUpstream(whole), price },
      ],
      strategy: { name: "in order", pick: ([first]) => first as Deployment },
      affinity: false,
      hedge: { budget: 1 },
      clock,
      onEvent: (event) => void events.push(event),
    });
    const call = () => compiler.chat({ model: "m", messages: [{ role: "user", content: "Hi" }] });
    for (let before = 0; before < 20; before += 1) await call();

    const slow = call();
    await clock.advance(1_000);
    await slow;

    const ends = events.filter((event) => event.type === "call-end");
    expect(ends.at(-2)).toMatchObject({ lostUsd: 0 });
    expect(ends.at(-1)).toHaveProperty("lostUsd", undefined);
    expect(ends.at(-1)?.costUsd).toBeCloseTo(0.0028, 12);
  });
});

describe("the cost of a call", () => {
  it("is told with the answer, and at its end", async () => {
    const { compiler, request, ended } = given(whole, price);

    const answer = await compiler.dispatch(request(false));

    // 1000·2 + 100·8 = 2800 millionths
    expect(answer.costUsd).toBeCloseTo(0.0028, 12);
    expect(ended()).toMatchObject({ costUsd: answer.costUsd, savedUsd: undefined });
  });

  it("of a stream is known at its end", async () => {
    const { compiler, request, ended } = given(streamed, price);

    const { costUsd, reply } = await compiler.dispatch(request(true));
    for await (const _ of reply.frames ?? []);

    expect(costUsd).toBeUndefined();
    expect(ended()?.costUsd).toBeCloseTo(0.0028, 12);
  });

  it.each<[string, Turn, Price | undefined]>([
    ["price", whole, undefined],
    ["price of what was read from a cache", answers(), price],
  ])("is unknown, never 0, without a %s (defect 73)", async (_, turn, known) => {
    const { compiler, request, ended } = given(turn, known);

    const { costUsd } = await compiler.dispatch(request(false));

    expect(costUsd).toBeUndefined();
    expect(ended()).toHaveProperty("costUsd", undefined);
  });
});
