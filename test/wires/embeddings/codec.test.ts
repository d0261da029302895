import { describe, expect, it } from "vitest";
import { embeddingsCodec } from "../../../src/wires/embeddings/codec.ts";

describe("embeddingsCodec.outputLimit", () => {
  it("is 0, whatever the request says: an embedding is no tokens", () => {
    expect(embeddingsCodec.outputLimit({ model: "m", input: "hi" })).toBe(0);
    expect(embeddingsCodec.outputLimit({ model: "m", input: "hi", max_tokens: 50 })).toBe(0);
  });
});
