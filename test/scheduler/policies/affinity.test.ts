import { describe, expect, it } from "vitest";
import type { SchedulerOptions } from "../../../src/scheduler/scheduler.ts";
import { answers, FakeUpstream, fails, hangs } from "../fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "../given.ts";

/** Four deployments that take turns, and a way to have the next turn of a conversation. */
function given(options: Partial<Omit<SchedulerOptions, "deployments">> = {}, upstreams = fourThatAnswer()) {
  const setting = givenScheduler(upstreams, options);
  const turn = async (key: string, number: number, model = "m"): Promise<string> => {
    const conversation = () => ({ key, continued: number > 1 });
    return (await setting.scheduler.run(givenCall({ conversation, model }))).deployment;
  };
  return { ...setting, upstreams, turn };
}

const fourThatAnswer = (): FakeUpstream[] => Array.from({ length: 4 }, () => new FakeUpstream(answers()));

describe("affinity", () => {
  it("keeps each of many interleaved conversations on one deployment (defect 37)", async () => {
    const { turn } = given();
    const keys = Array.from({ length: 40 }, (_, index) => `conversation ${index}`);
    const homes = new Map(keys.map((key) => [key, new Set<string>()]));

    for (let number = 1; number <= 5; number += 1) {
      for (const key of keys) homes.get(key)!.add(await turn(key, number));
    }

    expect([...homes.values()].map(({ size }) => size)).toEqual(keys.map(() => 1));
    const perDeployment = ["a", "b", "c", "d"].map(
      (id) => [...homes.values()].filter((home) => home.has(id)).length,
    );
    expect(perDeployment).toEqual([10, 10, 10, 10]);
  });

  it("lets the strategy pick for each first turn, though the conversation is known", async () => {
    const { turn } = given();

    const ids = [await turn("k", 1), await turn("k", 1), await turn("k", 1)];

    expect(ids).toEqual(["a", "b", "c"]);
  });

  it("lets the strategy pick for a later turn of a conversation it does not know", async () => {
    const { turn } = given();

    expect([await turn("k", 2), await turn("other", 2), await turn("k", 3)]).toEqual(["a", "b", "a"]);
  });

  it("gives way to health, and stays where the conversation went", async () => {
    const upstreams = fourThatAnswer();
    upstreams[0] = new FakeUpstream(
      answers(),
      fails(() => failure("server-error")),
      answers(),
    );
    const { turn, clock } = given({}, upstreams);

    const home = await turn("k", 1);
    const refuge = await turn("k", 2);
    await clock.advance(60_000);

    expect(home).toBe("a");
    expect(refuge).toBe("b");
    expect(await turn("k", 3)).toBe("b");
  });

  it("forgets a conversation five minutes after its last answer", async () => {
    const { turn, clock } = given();

    expect(await turn("k", 1)).toBe("a");
    await clock.advance(299_999);
    expect(await turn("k", 2)).toBe("a");
    await clock.advance(299_999);
    expect(await turn("k", 3)).toBe("a");
    await clock.advance(300_001);
    expect(await turn("k", 4)).toBe("b");
    expect(clock.sleeping).toBe(0);
  });

  it("forgets the least recently used where there are more than it may remember", async () => {
    const { turn } = given({ affinity: { maxConversations: 2 } });

    await turn("old", 1);
    await turn("middle", 1);
    await turn("new", 1);

    expect(await turn("middle", 2)).toBe("b");
    expect(await turn("old", 2)).toBe("d");
  });

  it("leaves a deployment that is crowded: eight attempts under way, and more than twice its part", async () => {
    const upstreams = fourThatAnswer();
    upstreams[0] = new FakeUpstream(answers(), hangs);
    for (const index of [1, 2, 3]) upstreams[index] = new FakeUpstream(hangs);
    const { scheduler, turn } = given({}, upstreams);
    await turn("k", 1);
    const conversation = () => ({ key: "k", continued: true });

    for (let call = 0; call < 11; call += 1)
      scheduler.run(givenCall({ conversation })).catch(() => undefined);

    expect(scheduler.describe().map(({ inFlight }) => inFlight)).toEqual([8, 1, 1, 1]);
  });

  it("keeps the conversations of one caller with several models apart", async () => {
    const upstreams = fourThatAnswer();
    const { turn } = given({
      deployments: upstreams.map((provider, index) => ({
        id: "abcd"[index]!,
        model: index < 2 ? "m" : "n",
        provider,
      })),
    } as Partial<SchedulerOptions>);

    expect([await turn("k", 1), await turn("k", 1, "n")]).toEqual(["a", "c"]);
    expect([await turn("k", 2), await turn("k", 2, "n")]).toEqual(["a", "c"]);
  });

  it("is off with affinity: false", async () => {
    const { turn } = given({ affinity: false });

    expect([await turn("k", 1), await turn("k", 2), await turn("k", 3)]).toEqual(["a", "b", "c"]);
  });

  it("asks for no conversation where there is no choice", async () => {
    const { scheduler } = givenScheduler([new FakeUpstream(answers())]);
    const conversation = (): never => {
      throw new Error("asked");
    };

    await expect(scheduler.run(givenCall({ conversation }))).resolves.toMatchObject({ deployment: "a" });
  });
});
