import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decode } from "../../src/gateway/content-encoding.ts";

const text = Buffer.from('{"x":"größe"}');

describe("decode", () => {
  it.each([
    ["gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
    ["identity", text],
    ["", text],
  ])("undoes %j", async (encoding, bytes) => {
    expect(Buffer.from(await decode(bytes, encoding, 1000))).toEqual(text);
  });

  it("stops a small body from unfolding into a large one: 413", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));

    await expect(decode(bomb, "gzip", 10_000)).rejects.toMatchObject({ status: 413 });
  });

  it("refuses damaged bytes with 400", async () => {
    await expect(decode(text, "gzip", 1000)).rejects.toMatchObject({ status: 400 });
    await expect(decode(gzipSync(text).subarray(0, 12), "gzip", 1000)).rejects.toMatchObject({ status: 400 });
  });

  it.each(["zstd", "compress", "gzip, br", "constructor"])("refuses %j with 415", async (encoding) => {
    await expect(decode(text, encoding, 1000)).rejects.toMatchObject({ status: 415 });
  });
});
