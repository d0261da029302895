import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { redis, systemClock } from "../../src/index.ts";
import { begin, givenCompiler, linesIn, told } from "./given.ts";

const url = process.env["PC_TEST_REDIS_URL"];

describe.skipIf(url === undefined)("a batch of processes that share a Redis", () => {
  const open: { close(): Promise<void> }[] = [];
  afterAll(() => Promise.all(open.map((compiler) => compiler.close())));

  /** A process: a compiler with a connection of its own. */
  function process(prefix: string, answers: "held" | "at once", leaseMs: number) {
    const storage = redis(url ?? "", { prefix });
    const given = givenCompiler({
      storage,
      answers,
      clock: systemClock,
      batches: { leaseMs, concurrency: 2 },
    });
    open.push(given.compiler);
    return { ...given, storage };
  }

  it("is run by one of them, while the other only looks on, and taken over when that one is gone", async () => {
    const prefix = `{${randomUUID()}}:`;
    const first = process(prefix, "held", 300);
    const second = process(prefix, "at once", 300);
    const batch = await begin(first.compiler, ["one", "two", "three", "four"]);
    await waitFor(() => first.waiting.length === 2);
    for (const { release } of first.waiting) release();
    await waitFor(() => first.waiting.length === 4);
    second.compiler.batches.resume();
    // Longer than a lease: it is renewed.
    await systemClock.sleep(900);
    expect(second.asked).toEqual([]);

    await first.storage.close();
    await waitFor(async () => (await second.compiler.batches.get(batch.id))?.status === "completed");

    const { output_file_id, request_counts } = (await second.compiler.batches.get(batch.id))!;
    expect(second.asked.toSorted()).toEqual(["four", "three"]);
    expect(request_counts).toEqual({ total: 4, completed: 4, failed: 0 });
    expect(Object.keys(told(await linesIn(second.compiler, output_file_id)))).toEqual([
      "one",
      "two",
      "three",
      "four",
    ]);
  });
});

async function waitFor(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await systemClock.sleep(10);
}
