import { describe, expect, it } from "vitest";
import { embeddingsToGemini } from "../../../src/wires/embeddings/to-gemini-embeddings.ts";
import { geminiEmbeddingsCodec } from "../../../src/wires/gemini-embeddings/codec.ts";
import type { WireBody } from "../../../src/wires/wire.ts";
import { noMemory } from "../memory.ts";

const translate = (body: WireBody) =>
  embeddingsToGemini.translate(
    { wire: "embeddings", body: { model: "gemini-embedding-001", ...body } },
    noMemory,
    0,
  );

const text = (of: string) => ({ content: { parts: [{ text: of }] } });

/** As https://ai.google.dev/api/embeddings shows it. */
const answer = { embeddings: [{ values: [0.5, -1] }, { values: [0.25, 2] }] };

describe("embeddings for Gemini", () => {
  it.each([
    ["a text", "one", [text("one")]],
    ["texts", ["one", "two"], [text("one"), text("two")]],
  ])("are asked for %s (wire 43)", (_what, input, requests) => {
    expect(translate({ input }).request.body).toEqual({ model: "gemini-embedding-001", requests });
  });

  it.each([
    ["token ids", [1, 2]],
    ["arrays of token ids", [[1], [2]]],
    ["a mixture", ["one", [1]]],
  ])("cannot be asked for %s, and the error names the field (wire 43)", (_what, input) => {
    expect(() => translate({ input })).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param: "input", wireCode: "unsupported_value" }),
    );
  });

  it("have as many dimensions as are asked for, and name what has no place there (wire 45)", () => {
    const { request, dropped } = translate({ input: "one", dimensions: 2, encoding_format: null, user: "u" });

    expect(request.body["requests"]).toEqual([{ ...text("one"), outputDimensionality: 2 }]);
    expect(dropped).toEqual(["user"]);
  });

  it("name the model in each of the requests, by its path", () => {
    const { request } = translate({ input: ["one", "two"] });
    const sent = geminiEmbeddingsCodec.forDeployment(request, { model: "gemini-embedding-001", dropped: [] });

    expect(sent.body["requests"]).toEqual(
      ["one", "two"].map((each) => ({ ...text(each), model: "models/gemini-embedding-001" })),
    );
  });

  it("come back as numbers, in order, without usage where none was told", () => {
    expect(translate({ input: ["one", "two"] }).answer(answer)).toEqual({
      object: "list",
      data: [
        { object: "embedding", index: 0, embedding: [0.5, -1] },
        { object: "embedding", index: 1, embedding: [0.25, 2] },
      ],
      model: "gemini-embedding-001",
    });
  });

  it("come back as base64 where that is asked for, and with usage where it is told (wire 44)", () => {
    const told = translate({ input: ["one", "two"], encoding_format: "base64" }).answer({
      ...answer,
      usageMetadata: { promptTokenCount: 5 },
    });
    const [first] = told["data"] as { embedding: string }[];

    expect([
      ...new Float32Array(Uint8Array.from(Buffer.from(first?.embedding ?? "", "base64")).buffer),
    ]).toEqual([0.5, -1]);
    expect(told["usage"]).toEqual({ prompt_tokens: 5, total_tokens: 5 });
  });

  it("tell of an error inside a 200", () => {
    const error = { error: { code: 503, message: "busy", status: "UNAVAILABLE" } };

    expect(geminiEmbeddingsCodec.inspectBody(error)).toMatchObject({
      error: { message: "busy", code: "UNAVAILABLE" },
    });
    expect(geminiEmbeddingsCodec.inspectBody(answer)).toEqual({ meaningful: true });
    expect(geminiEmbeddingsCodec.estimateTokens({ requests: [text("a".repeat(400))] })).toBe(100);
  });

  it("are refused where there are none", () => {
    expect(() => geminiEmbeddingsCodec.check({ requests: [] })).toThrow(
      expect.objectContaining({ code: "PC_INVALID_REQUEST", param: "requests" }),
    );
  });
});
