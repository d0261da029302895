import { describe, expect, it } from "vitest";
import { hybridRanker } from "../../../src/core/retrieval/hybrid.ts";
import { lexicalRanker } from "../../../src/core/retrieval/lexical.ts";
import { createPromptCompiler } from "../../../src/index.ts";

/** An embedder that knows of two subjects, with what it was asked. */
function knowing(subjects: readonly (readonly string[])[]) {
  const asked: (readonly string[])[] = [];
  return {
    asked,
    name: "two-subjects",
    embed: async (texts: readonly string[]) => {
      asked.push(texts);
      return texts.map((text) =>
        subjects.map((words) => (words.some((word) => text.includes(word)) ? 1 : 0.01)),
      );
    },
  };
}

const subjects = [
  ["countries", "Spain", "Norway"],
  ["boat", "ferry"],
];
const documents = ["We sailed the boat.", "Last year I was in Spain.", "Rain.", "The ferry is late."];
const question = "Which countries has she been to?";

describe("hybridRanker", () => {
  it("finds by meaning what shares no word with the question", async () => {
    const ranker = hybridRanker(knowing(subjects));
    await ranker.prepare?.(question, documents, undefined);

    const scores = ranker.rank(question, documents);

    expect(lexicalRanker().rank(question, documents)[1]).toBe(0);
    expect(scores.indexOf(Math.max(...scores))).toBe(1);
  });

  it("ranks by words alone where nothing was prepared", () => {
    const ranker = hybridRanker(knowing(subjects));

    expect(ranker.rank("ferry", documents)).toEqual(lexicalRanker().rank("ferry", documents));
  });

  it("asks for the vector of a text once, a batch at a time", async () => {
    const embedder = knowing(subjects);
    const ranker = hybridRanker({ ...embedder, batchSize: 2 });

    await ranker.prepare?.(question, [...documents, documents[0]!, ""], undefined);
    await ranker.prepare?.(question, documents, undefined);

    expect(embedder.asked).toEqual([[question, documents[0]], documents.slice(1, 3), documents.slice(3)]);
  });

  it("refuses an option that is no positive integer, with its value", () => {
    expect(() => hybridRanker({ ...knowing([]), batchSize: 0 })).toThrow(
      "hybridRanker: batchSize must be a positive integer, got 0",
    );
  });
});

describe("createPromptCompiler with a hybrid ranker", () => {
  const scout = { agentId: "scout", group: "trip", share: true } as const;

  it("brings and searches shared context by meaning too", async () => {
    const compiler = createPromptCompiler({ ranker: hybridRanker(knowing(subjects)) });
    for (const content of documents) await compiler.contexts.add({ content }, scout);

    const { request } = await compiler.compile({ messages: [{ role: "user", content: question }] }, scout);
    const [hit] = await compiler.contexts.search(question, scout);

    expect(request.messages[0]?.content).toContain("Last year I was in Spain.");
    expect(hit?.item.content).toBe("Last year I was in Spain.");
    await compiler.close();
  });

  it("goes on by words where the embeddings fail, and says so", async () => {
    const events: unknown[] = [];
    const error = new Error("no embeddings today");
    const compiler = createPromptCompiler({
      ranker: hybridRanker({ name: "down", embed: () => Promise.reject(error) }),
      onEvent: (event) => events.push(event),
    });
    await compiler.contexts.add({ content: "The ferry is late." }, scout);

    const { request } = await compiler.compile({ messages: [{ role: "user", content: "ferry?" }] }, scout);

    expect(request.messages[0]?.content).toContain("The ferry is late.");
    expect(events).toEqual([{ type: "degraded", callId: undefined, what: "ranker", error }]);
    await compiler.close();
  });
});
