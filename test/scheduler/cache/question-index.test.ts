import { describe, expect, it } from "vitest";
import type { AnswerFacts } from "../../../src/scheduler/cache/cached-answer.ts";
import type { Question } from "../../../src/scheduler/cache/question.ts";
import { QuestionIndex } from "../../../src/scheduler/cache/question-index.ts";
import { readQuestion } from "../../../src/scheduler/cache/same-question.ts";
import { FakeClock } from "../../fake-clock.ts";

const question: Question = {
  scope: "s",
  vector: Float32Array.of(1, 0),
  facts: readQuestion("Who built it?"),
};
const answer = (key: string, tenant = "acme"): AnswerFacts => ({
  tenant,
  key,
  callId: "c",
  deployment: "d",
  sentModel: "m",
  contextIds: [],
});

function given(...answers: readonly AnswerFacts[]) {
  const clock = new FakeClock();
  const index = new QuestionIndex({ floor: 0.8, ttlMs: 60_000, maxBytes: 100_000 }, clock);
  for (const each of answers) index.add(question, each, clock.now());
  return { index, found: () => index.find(question, () => true)?.key };
}

describe("a question index", () => {
  it("names the latest of answers to one question, and the one before when that is cleared", () => {
    const { index, found } = given(answer("1"), answer("2"));
    expect(found()).toBe("2");

    index.clear("acme", ({ key }) => key === "2");

    expect(found()).toBe("1");
  });

  it("clears for one tenant what is its own, and for all what is anybody's", () => {
    const { index, found } = given(answer("1"));

    index.clear("globex", () => true);
    expect(found()).toBe("1");

    index.clear(undefined, () => true);
    expect(found()).toBeUndefined();
  });

  it("takes no question a second time for the same answer", () => {
    const { index, found } = given(answer("1"), answer("1"));

    index.clear("acme", () => true);

    expect(found()).toBeUndefined();
  });

  it("drops a scope whole", () => {
    const { index, found } = given(answer("1"), answer("2"));

    index.drop("s");

    expect(found()).toBeUndefined();
  });
});
