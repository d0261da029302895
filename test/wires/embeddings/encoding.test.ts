import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptEmbeddings, toBase64, toFloats } from "../../../src/wires/embeddings/encoding.ts";

const answer = (embedding: unknown) => ({
  object: "list",
  data: [{ object: "embedding", index: 0, embedding }],
});
const asked = (encoding_format?: string | null) =>
  adaptEmbeddings({
    wire: "embeddings",
    body: { input: "a", ...(encoding_format !== undefined && { encoding_format }) },
  });

describe("the encoding of vectors (wire 44)", () => {
  it("is little-endian 32-bit floats in base64", () => {
    // IEEE 754: 1 is 0x3f800000, -2 is 0xc0000000.
    expect(toBase64([1, -2])).toBe(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]).toString("base64"));
    expect(toFloats("AACAPwAAAMA=")).toEqual([1, -2]);
  });

  it("goes both ways without a loss", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true })), (vector) => {
        expect(toFloats(toBase64(vector))).toEqual(vector);
      }),
    );
  });

  it("is what was asked for, whatever the upstream makes of it", () => {
    expect(asked("base64").answer!(answer([1, -2]))).toEqual(answer("AACAPwAAAMA="));
    expect(asked("float").answer!(answer("AACAPwAAAMA="))).toEqual(answer([1, -2]));
    expect(asked().answer!(answer("AACAPwAAAMA="))).toEqual(answer([1, -2]));
    expect(asked(null).answer!(answer("AACAPwAAAMA="))).toEqual(answer([1, -2]));
  });

  it.each([
    ["base64", "AACAPwAAAMA="],
    ["float", [1, -2]],
    ["base64", null],
    ["float", "not whole floats"],
    ["base64", [1, "x"]],
  ])("leaves the answer itself where %s was asked for and %j came", (format, embedding) => {
    const body = answer(embedding);

    expect(asked(format).answer!(body)).toBe(body);
  });
});
