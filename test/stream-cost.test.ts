/** What stands between an upstream's chunk and the caller: counted, not timed. */
import { describe, expect, it, vi } from "vitest";
import { createPromptCompiler } from "../src/index.ts";
import { lowestLatency, responseCache } from "../src/scheduler/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeUpstream, finished, said, streams } from "./scheduler/fake-upstream.ts";

const done = { data: "[DONE]" };

/** A compiler with everything on that has to do with a stream, in front of an answer of so many chunks. */
function given(chunks: number) {
  const clock = new FakeClock();
  const text = Array.from({ length: chunks }, () => [said("word ")]);
  const provider = new FakeUpstream(streams(...text, [finished], [done]));
  const compiler = createPromptCompiler({
    deployments: ["a", "b"].map((id) => ({
      id,
      model: "m",
      provider,
      limits: { rpm: 100, tpm: 1e9, parallel: 9 },
    })),
    strategy: lowestLatency(),
    cache: responseCache(),
    hedge: {},
    batching: {},
    admission: { parallel: 9 },
    clock,
  });
  const request = { model: "m", messages: [{ role: "user", content: "Hi" }], temperature: 0 };
  return { compiler, clock, request };
}

describe("a chunk on its way", () => {
  it("waits for no clock: the first word is here without a moment having passed (defect 20)", async () => {
    const { compiler, clock, request } = given(3);
    const before = clock.now();

    const { value } = await compiler.stream(request)[Symbol.asyncIterator]().next();

    expect(value?.choices[0]?.delta.content).toBe("word ");
    expect(clock.now()).toBe(before);
  });

  it("costs the same wherever it stands in the answer, however long that is (defect 77)", async () => {
    const parsedBy = async (chunks: number): Promise<{ times: number; characters: number }> => {
      const { compiler, request } = given(chunks);
      const parse = vi.spyOn(JSON, "parse");
      let came = 0;
      // With sharing on, what is said is collected as well.
      for await (const _ of compiler.stream(request, { agentId: "a", share: true })) came += 1;
      const parsed = { times: parse.mock.calls.length, characters: parse.mock.calls.join("").length };
      parse.mockRestore();
      expect(came).toBe(chunks + 1);
      return parsed;
    };

    const [one, two, four] = [await parsedBy(1_000), await parsedBy(2_000), await parsedBy(4_000)];

    expect(four.times - two.times).toBe(2 * (two.times - one.times));
    expect(four.characters - two.characters).toBeLessThan(2.1 * (two.characters - one.characters));
    // Once by the collector, once for the caller of `stream`.
    expect(two.times - one.times).toBeLessThanOrEqual(2 * 1_000);
  });
});
