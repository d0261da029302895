import { describe, expect, it } from "vitest";
import { createPromptCompiler } from "../../src/index.ts";

/** Turns that the event loop has had when this resolves. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await work;
  isDone = true;
  return turns;
}

const conversation = (length: number) => [
  ...Array.from({ length }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: `Message ${index} tells of harbour ${index % 7}, of ferries, and of what they cost in summer.`,
  })),
  { role: "user", content: "What do the ferries of harbour 3 cost?" },
];

describe("a compile of a long conversation", () => {
  it("lets other work of the process go on between counting, ranking, keeping and writing", async () => {
    const compiler = createPromptCompiler();

    const turns = await turnsDuring(
      compiler.compile({ messages: conversation(3000) }, { maxInputTokens: 10_000 }),
    );

    // 250,000 characters are counted, as many are read, and as many are kept, 16,000 a turn; six steps are behind that.
    expect(turns).toBeGreaterThan(40);
    await compiler.close();
  });

  it("comes to the same request when all of it is known already", async () => {
    const compiler = createPromptCompiler();
    const messages = conversation(1500);

    const first = await compiler.compile({ messages }, { maxInputTokens: 4000 });
    const again = await compiler.compile({ messages }, { maxInputTokens: 4000 });

    expect(again.request).toEqual(first.request);
    await compiler.close();
  });
});
