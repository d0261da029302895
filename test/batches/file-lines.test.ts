import { describe, expect, it } from "vitest";
import { linesOf } from "../../src/batches/file-lines.ts";
import { cutAt } from "../upstream.ts";

async function* inParts(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function read(parts: readonly Uint8Array[], maxLineBytes = 100): Promise<readonly unknown[]> {
  const lines: unknown[] = [];
  for await (const { number, bytes } of linesOf(inParts(parts), maxLineBytes)) {
    lines.push([number, bytes && Buffer.from(bytes).toString()]);
  }
  return lines;
}

describe("linesOf", () => {
  it("gives the same lines wherever the file is cut, letters of several bytes too", async () => {
    const file = Buffer.from('{"a":1}\n\n  \r\n{"b":"🏃 ñ"}\r\n{"c":3}');
    const lines = await read([file]);

    for (let cut = 0; cut <= file.length; cut += 1) expect(await read(cutAt(file, cut))).toEqual(lines);

    expect(lines).toEqual([
      [1, '{"a":1}'],
      [4, '{"b":"🏃 ñ"}\r'],
      [5, '{"c":3}'],
    ]);
  });

  it("gives a line that is too long without its bytes, and those behind it as they are", async () => {
    expect(await read(cutAt(Buffer.from("short\nmuch longer\nshort"), 8), 6)).toEqual([
      [1, "short"],
      [2, undefined],
      [3, "short"],
    ]);
  });

  it("finds none in an empty file", async () => {
    expect(await read([])).toEqual([]);
  });
});
