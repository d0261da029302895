import { describe, expect, it } from "vitest";
import type { ProviderError } from "../../../src/errors.ts";
import type { AttemptOutcome, Strategy } from "../../../src/scheduler/strategies/strategy.ts";
import {
  answers,
  FakeUpstream,
  fails,
  finished,
  hangs,
  role,
  said,
  streams,
  type Turn,
} from "../fake-upstream.ts";
import { failure, givenCall, givenScheduler, readAll } from "../given.ts";

/** A strategy that takes the first, and writes down what it is told. */
function given(...turns: Turn[]) {
  const told: (AttemptOutcome & { readonly id: string })[] = [];
  const strategy: Strategy = {
    name: "first",
    pick: ([first]) => first!,
    observe: ({ id }, outcome) => void told.push({ id, ...outcome }),
  };
  const upstreams = turns.map((turn) => new FakeUpstream(turn));
  return { ...givenScheduler(upstreams, { strategy }), told };
}

const after =
  (ms: number, clock: { sleep(ms: number): Promise<void> }, turn: Turn): Turn =>
  async (attempt) => {
    await clock.sleep(ms);
    return turn(attempt);
  };

describe("a strategy is told", () => {
  it("of an answer, with the time it took", async () => {
    const setting: { clock?: { sleep(ms: number): Promise<void> } } = {};
    const { scheduler, clock, told } = given((attempt) => after(700, setting.clock!, answers())(attempt));
    setting.clock = clock;

    const running = scheduler.run(givenCall());
    await clock.advance(700);
    await running;

    expect(told).toEqual([{ id: "a", elapsedMs: 700, failure: undefined }]);
  });

  it("of a streamed answer at its first meaningful chunk, and not again at its end", async () => {
    const { scheduler, told } = given(streams([role], [said("yes")], [finished, { data: "[DONE]" }]));

    const answer = await scheduler.run(givenCall({ stream: true }));
    expect(told).toHaveLength(1);
    await readAll(answer);

    expect(told).toHaveLength(1);
  });

  it("of a failure that speaks against the deployment, and of the answer elsewhere", async () => {
    const { scheduler, told } = given(
      fails(() => failure("server-error")),
      answers(),
    );

    await scheduler.run(givenCall());

    expect(told.map(({ id, failure }) => [id, failure])).toEqual([
      ["a", "server-error"],
      ["b", undefined],
    ]);
  });

  it.each<[string, () => ProviderError]>([
    ["the request's own", () => failure("invalid-request")],
    ["of the window", () => failure("context-length-exceeded")],
  ])("nothing of a failure that is %s", async (_, error) => {
    const { scheduler, told } = given(fails(error));

    await scheduler.run(givenCall()).catch(() => undefined);

    expect(told).toEqual([]);
  });

  it("nothing of an attempt that was cancelled (defect 43)", async () => {
    const { scheduler, told } = given(hangs);
    const controller = new AbortController();

    const running = scheduler.run(givenCall({ signal: controller.signal }));
    controller.abort(new Error("left"));
    await running.catch(() => undefined);

    expect(told).toEqual([]);
  });
});
