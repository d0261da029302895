import { describe, expect, it } from "vitest";
import { lexicalEmbedder } from "../../../src/core/retrieval/lexical-embedding.ts";
import { type SemanticCacheOptions, semanticCache } from "../../../src/scheduler/cache/semantic-cache.ts";
import type { CacheOutcome, ScheduledCall } from "../../../src/scheduler/call.ts";
import { writeSharedBlock } from "../../../src/shared-block.ts";
import { answers, FakeUpstream } from "../fake-upstream.ts";
import { givenCall, givenScheduler, readAll } from "../given.ts";

const kept = "What is the capital of France?";
const again = "Please tell me what's the capital of France";
const user = (content: unknown) => ({ role: "user", content });

function given(options: SemanticCacheOptions = { embedder: lexicalEmbedder(), floor: 0.5 }) {
  const upstream = new FakeUpstream(answers());
  const { scheduler, clock } = givenScheduler([upstream], {
    semanticCache: semanticCache(options),
    each: { model: "*" },
  });
  const ask = async (content: unknown, body: object = {}, call: Partial<ScheduledCall> = {}) => {
    const { stream = false } = call;
    const request = { messages: [user(content)], temperature: 0, stream, ...body };
    const answer = await scheduler.run(
      givenCall({ requestFor: ({ model }) => ({ wire: "chat", body: { model, ...request } }), ...call }),
    );
    const frames = await readAll(answer);
    return { cache: answer.cache as CacheOutcome | undefined, frames };
  };
  return { scheduler, clock, upstream, ask };
}

describe("the semantic cache", () => {
  it("answers the same question in other words, a stream too", async () => {
    const { ask, upstream } = given();

    const outcomes = [await ask(kept), await ask(again)].map(({ cache }) => cache);
    const streamed = [await ask(kept, {}, { stream: true }), await ask(again, {}, { stream: true })];

    expect(outcomes).toEqual(["miss", "semantic"]);
    expect(streamed[1]).toEqual({ cache: "semantic", frames: streamed[0]?.frames });
    expect(upstream.attempts).toHaveLength(2);
  });

  it("answers no other question, however alike (defect 60)", async () => {
    const { ask } = given();
    await ask("How far is 5 km from Rome?");

    for (const other of ["How far is 6 km from Rome?", "How far is 5 km from Bonn?", "How far is Rome?"]) {
      expect((await ask(other)).cache).toBe("miss");
    }
  });

  it.each<[string, object, Partial<ScheduledCall>]>([
    ["tenant", {}, { tenant: "globex" }],
    ["agent", {}, { agentId: "planner" }],
    ["group", {}, { group: "trip" }],
    ["model", {}, { model: "n" }],
    ["system prompt", { messages: [{ role: "system", content: "Be brief." }, user(again)] }, {}],
    [
      "conversation before it",
      { messages: [user("Hi"), { role: "assistant", content: "Yes?" }, user(again)] },
      {},
    ],
    ["parameters", { max_tokens: 5 }, {}],
    ["fields that nobody knows", { from_the_future: true }, {}],
  ])("never crosses a difference of %s (defect 60)", async (_what, body, call) => {
    const { ask } = given();
    await ask(kept);

    expect((await ask(again, body, call)).cache).toBe("miss");
  });

  const block = writeSharedBlock([{ agentId: "scout", at: 0, text: "note" }]);

  it.each<[string, object, Partial<ScheduledCall>]>([
    ["tools", { tools: [{ type: "function", function: { name: "f" } }] }, {}],
    ["tool results", { messages: [{ role: "tool", tool_call_id: "1", content: "x" }, user(kept)] }, {}],
    ["media", { messages: [user([{ type: "image_url", image_url: { url: "data:," } }]), user(kept)] }, {}],
    ["injected context", {}, { contextIds: () => ["ctx_1"] }],
    ["context injected earlier", { messages: [user(block), user(kept)] }, {}],
    ["a last word that is not the user's", { messages: [{ role: "assistant", content: kept }] }, {}],
    ["a sampled answer", { temperature: 1 }, {}],
  ])("takes no part in a call with %s", async (_what, body, call) => {
    const { ask } = given();

    expect((await ask(kept, body, call)).cache).toBeUndefined();
    expect((await ask(kept, body, call)).cache).toBeUndefined();
  });

  it("has a floor that is the host's alone", async () => {
    const { ask } = given({ embedder: lexicalEmbedder(), floor: 1 });
    await ask("What is the capital city of France?");

    expect((await ask("What are the capital city of Frances?")).cache).toBe("miss");
    expect(() => semanticCache({ floor: 1.2 })).toThrow("semanticCache.floor must be at most 1, got 1.2");
  });

  it("forgets after its ttl, and when it is cleared", async () => {
    const { ask, clock, scheduler } = given();
    await ask(kept);

    await clock.advance(3_600_000);
    expect((await ask(again)).cache).toBe("miss");

    expect(await scheduler.answers.clear({ model: "served-model" })).toBe(1);
    expect((await ask(again)).cache).toBe("miss");
  });

  it("takes no more memory than it may (defect 65)", async () => {
    const { ask } = given({ embedder: lexicalEmbedder(), floor: 0.5, maxBytes: 60_000 });
    await ask(kept);
    for (let number = 0; number < 40; number += 1) await ask(`What is the capital of country ${number}?`);

    expect((await ask(again)).cache).toBe("miss");
  });

  it("needs an embedder, and says so", () => {
    const open = () => givenScheduler([new FakeUpstream(answers())], { semanticCache: semanticCache() });

    expect(open).toThrow("semanticCache.embedder must be an embedder, got undefined");
  });
});
