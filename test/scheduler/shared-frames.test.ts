import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SharedFrames } from "../../src/scheduler/shared-frames.ts";
import type { Frame } from "../../src/wires/wire.ts";

const never = new AbortController().signal;
const frame = (data: string): readonly Frame[] => [{ data }];

function given(script: readonly (string | Error)[], maxBytes?: number) {
  const told = { asked: 0, closed: 0, left: 0, returned: 0 };
  async function* play(): AsyncGenerator<readonly Frame[]> {
    try {
      for (const step of script) {
        told.asked += 1;
        if (step instanceof Error) throw step;
        yield frame(step);
      }
    } finally {
      told.returned += 1;
    }
  }
  const frames = new SharedFrames(play(), {
    maxBytes,
    onClosed: () => {
      told.closed += 1;
    },
    onLeft: () => {
      told.left += 1;
    },
  });
  return { frames, told };
}

async function rest(reader: AsyncIterable<readonly Frame[]>): Promise<string[]> {
  const data: string[] = [];
  for await (const frames of reader) data.push(...frames.map((each) => each.data));
  return data;
}

describe("SharedFrames", () => {
  it("gives every reader everything, however their reading interleaves", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 8 }), fc.scheduler(), async (script, scheduler) => {
        const { frames, told } = given(script);
        const slowly = async (reader: AsyncIterableIterator<readonly Frame[]>): Promise<string[]> => {
          const data: string[] = [];
          for (;;) {
            await scheduler.schedule(Promise.resolve());
            const { done, value } = await reader.next();
            if (done === true) return data;
            data.push(value[0]!.data);
          }
        };

        const readers = [1, 2, 3].map(() => slowly(frames.join(never)));
        await scheduler.waitFor(Promise.all(readers));

        expect(await Promise.all(readers)).toEqual(Array(3).fill(script));
        expect(told).toMatchObject({ asked: script.length, closed: 1, left: 3 });
      }),
      { numRuns: 50 },
    );
  });

  it("reads no further ahead than the fastest reader asks", async () => {
    const { frames, told } = given(["a", "b", "c"]);
    const fast = frames.join(never);
    frames.join(never);

    await fast.next();

    expect(told.asked).toBe(1);
  });

  it("tells every reader of a failure, behind all that came before", async () => {
    const { frames } = given(["a", new Error("cut")]);

    for (const reader of [frames.join(never), frames.join(never)]) {
      expect((await reader.next()).value).toEqual(frame("a"));
      await expect(reader.next()).rejects.toThrow("cut");
      expect((await reader.next()).done).toBe(true);
    }
  });

  it("passes on a failure that a reader found in them: once to the upstream, and to the others behind what came", async () => {
    const { frames, told } = given(["a", "b", "c"]);
    const [fast, slow] = [frames.join(never), frames.join(never)];
    const found = new Error("an error among the frames");
    await fast.next();

    await expect(fast.throw!(found)).rejects.toBe(found);

    expect(told).toMatchObject({ asked: 1, closed: 1, left: 1, returned: 1 });
    expect((await slow.next()).value).toEqual(frame("a"));
    await expect(slow.next()).rejects.toBe(found);
  });

  it("takes no more readers once its beginning does not fit, and goes on for those it has (defect 65)", async () => {
    const { frames, told } = given(["aaaa", "bbbb", "cccc"], 20);
    const readers = [frames.join(never), frames.join(never)];

    for (let step = 0; step < 3; step += 1) for (const reader of readers) await reader.next();

    expect(told.closed).toBe(1);
    expect((await readers[0]!.next()).done).toBe(true);
  });

  it("gives an error to a reader that falls further behind than fits, and lets the others be", async () => {
    const { frames } = given(["aaaa", "bbbb", "cccc", "dddd"], 20);
    const [fast, slow] = [frames.join(never), frames.join(never)];

    expect(await rest(fast)).toEqual(["aaaa", "bbbb", "cccc", "dddd"]);
    await expect(slow.next()).rejects.toMatchObject({ kind: "network" });
  });

  it("closes the upstream when told to", async () => {
    const { frames, told } = given(["a", "b"]);
    const reader = frames.join(never);
    await reader.next();

    frames.close();
    await reader.return!();

    expect(told.returned).toBe(1);
  });
});
