import { describe, expect, it } from "vitest";
import { readInputs } from "../../src/wires/embeddings/inputs.ts";
import type { WireBody } from "../../src/wires/wire.ts";
import { bodyOf, FakeUpstream, type Turn } from "./fake-upstream.ts";
import { failure, givenCall, givenScheduler } from "./given.ts";

/** A vector for each input, the last one first: only the index tells whose it is. */
const embeds: Turn = async ({ body }) => {
  const inputs = readInputs(body) ?? [];
  const data = inputs.map((text, index) => ({ object: "embedding", index, embedding: [text.length] }));
  const usage = { prompt_tokens: inputs.length, total_tokens: inputs.length };
  return bodyOf({ object: "list", data: data.reverse(), model: "e", usage });
};

function given(mostInputs: number | undefined, turn: Turn = embeds) {
  const upstream = Object.assign(new FakeUpstream(turn), { mostInputs });
  const { scheduler } = givenScheduler([upstream]);
  const requestFor = (input: unknown) => () => ({ wire: "embeddings", body: { model: "m", input } }) as const;
  const embed = (input: unknown, call: object = {}): Promise<WireBody> =>
    scheduler
      .run(givenCall({ wire: "embeddings", requestFor: requestFor(input), ...call }))
      .then(({ reply }) => JSON.parse(Buffer.from(reply.body ?? []).toString()));
  return { upstream, embed, sent: () => upstream.attempts.map(({ body }) => body["input"]) };
}

describe("a call for more embeddings than the vendor takes at once (wire 43)", () => {
  it("goes as several requests, its vectors in order with their indexes, its usage summed", async () => {
    const { embed, sent } = given(2);

    const answer = await embed(["a", "bb", "ccc", "dddd", "eeeee"]);

    expect(sent()).toEqual([["a", "bb"], ["ccc", "dddd"], ["eeeee"]]);
    expect(answer).toEqual({
      object: "list",
      model: "e",
      data: [1, 2, 3, 4, 5].map((length, index) => ({ object: "embedding", index, embedding: [length] })),
      usage: { prompt_tokens: 5, total_tokens: 5 },
    });
  });

  it.each([
    ["that fits", 2, ["a", "bb"]],
    ["of one text's token ids, however many", 2, [1, 2, 3, 4]],
    ["where nobody knows how many are taken", undefined, ["a", "b", "c"]],
  ])("goes on as it came %s", async (_, mostInputs, input) => {
    const { embed, sent } = given(mostInputs);

    await embed(input);

    expect(sent()).toEqual([input]);
  });

  it("fails with its first part that fails, and the others are cancelled", async () => {
    const { embed, upstream } = given(1, async (attempt) => {
      if (attempt.body["input"]?.toString() === "bad") throw failure("invalid-request");
      return new Promise((_, reject) => {
        attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason));
      });
    });

    await expect(embed(["good", "bad"])).rejects.toMatchObject({ kind: "invalid-request" });
    expect(upstream.attempts[0]!.signal.aborted).toBe(true);
  });

  it("fails where an answer has not a vector for each input", async () => {
    const { embed } = given(1, async () => bodyOf({ object: "list", data: [], model: "e" }));

    await expect(embed(["a", "b"])).rejects.toMatchObject({ kind: "malformed-response" });
  });
});
