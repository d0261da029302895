import { describe, expect, it } from "vitest";
import type { ScheduledCall } from "../../src/scheduler/call.ts";
import type { DeploymentOptions } from "../../src/scheduler/deployment.ts";
import { createScheduler } from "../../src/scheduler/scheduler.ts";
import { answers, FakeUpstream } from "./fake-upstream.ts";
import { givenCall } from "./given.ts";

/** A scheduler over deployments "d0", "d1" …, and what answered a call. */
function given(...each: Partial<DeploymentOptions>[]) {
  const upstream = new FakeUpstream(answers());
  const deployments = each.map((options, index) => ({
    id: `d${index}`,
    model: "m",
    provider: upstream,
    ...options,
  }));
  const scheduler = createScheduler({ deployments });
  const answeredBy = async (call: Partial<ScheduledCall>, calls = 4): Promise<string[]> => {
    const ids = new Set<string>();
    for (let made = 0; made < calls; made += 1) ids.add((await scheduler.run(givenCall(call))).deployment);
    return [...ids];
  };
  return { scheduler, answeredBy, attempts: upstream.attempts };
}

const needs = (...all: ReturnType<NonNullable<ScheduledCall["needs"]>>) => ({ needs: () => all });

describe("a deployment that lacks what a call needs", () => {
  it("is not asked (defect 41)", async () => {
    const { answeredBy } = given({ capabilities: ["streaming"] }, { capabilities: ["streaming", "tools"] });

    expect(await answeredBy(needs("tools", "streaming"))).toEqual(["d1"]);
  });

  it("is asked again by a call that needs less", async () => {
    const { answeredBy } = given({ capabilities: ["streaming"] }, { capabilities: ["tools"] });

    expect(await answeredBy(needs())).toEqual(["d0", "d1"]);
  });

  it("is told from one that says nothing, which is taken to do everything", async () => {
    const { answeredBy } = given({ capabilities: [] }, {});

    expect(await answeredBy(needs("vision"))).toEqual(["d1"]);
  });

  it("leaves a call that nobody can take with what each lacks, and no attempt is made", async () => {
    const { scheduler, attempts } = given({ capabilities: ["tools"] }, { capabilities: ["vision"] });

    await expect(scheduler.run(givenCall(needs("tools", "vision")))).rejects.toMatchObject({
      code: "PC_INVALID_REQUEST",
      wireCode: "unsupported_capability",
      message: 'no deployment of model "m" can take this call: "d0" lacks vision, "d1" lacks tools',
    });
    expect(attempts).toHaveLength(0);
  });
});

describe("a context window", () => {
  const inputTokens = (count: number) => ({ inputTokens: () => count });

  it.each<[string, number, (number | undefined)[], string[]]>([
    ["those that hold the input and an answer (defect 38)", 10, [10, 11, 20], ["d1", "d2"]],
    ["those that are not known", 10, [undefined, 5], ["d0"]],
    [
      "the largest, where the input fits nobody: the upstream's count decides",
      100,
      [10, 20, 20],
      ["d1", "d2"],
    ],
  ])("leaves %s", async (_, count, windows, expected) => {
    const { answeredBy } = given(...windows.map((contextWindow) => ({ contextWindow })));

    expect(await answeredBy(inputTokens(count))).toEqual(expected);
  });

  it("is chosen among those that are able otherwise", async () => {
    const { answeredBy } = given({ contextWindow: 1_000, capabilities: ["tools"] }, { capabilities: [] });

    expect(await answeredBy({ ...needs("tools"), ...inputTokens(5_000) })).toEqual(["d0"]);
  });
});

it("works out neither needs nor length where no deployment says what it can do", async () => {
  const { answeredBy } = given({}, {});
  const asked = (): never => {
    throw new Error("asked");
  };

  expect(await answeredBy({ needs: asked, inputTokens: asked })).toEqual(["d0", "d1"]);
});
