import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPromptCompiler } from "../../src/index.ts";
import { responseCache, roundRobin } from "../../src/scheduler/index.ts";
import { FakeClock } from "../fake-clock.ts";
import { FakeUpstream, finished, role, type Step, said, streams } from "../scheduler/fake-upstream.ts";
import { failure } from "../scheduler/given.ts";
import { CHAT, FakeSink, start } from "./given.ts";

const counts = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const done = { data: "[DONE]" };
const frame = fc.constantFrom(
  role,
  said("a"),
  said("[DONE]"),
  finished,
  done,
  { data: JSON.stringify({ choices: [], usage: counts }) },
  { data: JSON.stringify({ error: { message: "out of order", code: 500 } }) },
  { data: "{" },
);
const arrays = fc.array(fc.array(frame, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
const ending = fc.constantFrom<readonly Step[]>([], ["stall"], [failure("network")]);
const script = fc.tuple(arrays, ending).map(([begun, ended]): Step[] => [...begun, ...ended]);

describe("a streamed answer", () => {
  it("ends with exactly one ending, whatever the upstreams do: the sentinel or an error (defect 7, defect 8)", async () => {
    const cases = fc.tuple(fc.array(script, { minLength: 1, maxLength: 2 }), fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(cases, async ([scripts, isCached, wantsUsage]) => {
        const clock = new FakeClock();
        const compiler = createPromptCompiler({
          deployments: scripts.map((steps, index) => {
            return { id: `d${index}`, model: "m", provider: new FakeUpstream(streams(...steps)) };
          }),
          strategy: roundRobin(),
          cache: isCached ? responseCache() : undefined,
          clock,
        });
        const sink = new FakeSink();
        const body = {
          ...CHAT,
          model: "m",
          stream: true,
          temperature: 0,
          stream_options: { include_usage: wantsUsage },
        };

        const answering = start({ body }, sink, compiler, { clock });
        for (let tenMinutes = 0; tenMinutes < 12; tenMinutes += 1) await clock.advance(600_000);
        await answering;

        expect(sink.ended).toBe(true);
        if (sink.status !== 200) return;
        const events = sink.text.split("\n\n").filter((event) => event.startsWith("data: "));
        const endings = events.filter(
          (event) => event === "data: [DONE]" || event.startsWith('data: {"error"'),
        );
        expect(endings).toHaveLength(1);
        expect(events.at(-1)).toBe(endings[0]);
      }),
      { numRuns: 150 },
    );
  });
});
