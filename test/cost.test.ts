/** What a call cost, from the public entry. */
import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../src/index.ts";
import type { Price } from "../src/scheduler/index.ts";
import { chunk, completion } from "./chat-shapes.ts";
import {
  answers,
  bodyOf,
  FakeUpstream,
  finished,
  said,
  streams,
  type Turn,
} from "./scheduler/fake-upstream.ts";

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
