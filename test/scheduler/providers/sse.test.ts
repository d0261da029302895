import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseReader } from "../../../src/scheduler/providers/sse.ts";
import type { Frame } from "../../../src/wires/wire.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** All frames of a stream that arrives in these parts. */
function framesOf(...parts: (string | Uint8Array)[]): Frame[] {
  const reader = createSseReader();
  const frames = parts.flatMap((part) => reader.push(typeof part === "string" ? encode(part) : part));
  return [...frames, ...reader.end()];
}

describe("createSseReader", () => {
  const cases: [sentence: string, text: string, frames: Frame[]][] = [
    ["gives one frame an event", "data: a\n\ndata: b\n\n", [{ data: "a" }, { data: "b" }]],
    ["ends lines at CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", [{ data: "a" }, { data: "b" }]],
    ["ends lines at CR", "data: a\r\rdata: b\r\r", [{ data: "a" }, { data: "b" }]],
    [
      "takes mixed line ends",
      "data: a\r\n\ndata: b\n\rdata: c\r\r\ndata: d\n\r\n",
      [{ data: "a" }, { data: "b" }, { data: "c" }, { data: "d" }],
    ],
    [
      "does not break lines at U+2028, U+2029, U+0085, VT or FF",
      "data: a\u2028b\u2029c\u0085d\u000be\u000cf\n\n",
      [{ data: "a\u2028b\u2029c\u0085d\u000be\u000cf" }],
    ],
    [
      "joins several data lines by line feeds, empty ones too",
      "data: a\ndata:\ndata: b\n\n",
      [{ data: "a\n\nb" }],
    ],
    ["needs no space behind the colon", 'data:{"a":1}\n\n', [{ data: '{"a":1}' }]],
    ["removes one space behind the colon, not two", "data:  a \n\n", [{ data: " a " }]],
    ["takes a data line without colon as empty", "data\n\ndata\ndata\n\n", [{ data: "" }, { data: "\n" }]],
    ["keeps an event whose data is empty", "data:\n\n", [{ data: "" }]],
    ["names the event", "event: ping\ndata: a\n\n", [{ data: "a", event: "ping" }]],
    ["lets the last event name win", "event: a\nevent: b\ndata: x\n\n", [{ data: "x", event: "b" }]],
    ["drops an event without data, and its name with it", "event: ping\n\ndata: a\n\n", [{ data: "a" }]],
    [
      "forgets the name after the event",
      "event: a\ndata: 1\n\ndata: 2\n\n",
      [{ data: "1", event: "a" }, { data: "2" }],
    ],
    ["takes an event line without colon as no name", "event: a\nevent\ndata: 1\n\n", [{ data: "1" }]],
    ["skips comments", ": hello\n:\n\n:data: no\ndata: a\n: in between\n\n", [{ data: "a" }]],
    ["skips id, retry and unknown fields", "id: 1\nretry: 5\nfoo: bar\nfoo\ndata: a\n\n", [{ data: "a" }]],
    [
      "compares field names exactly",
      "Data: no\n data: no\ndata : no\ndatax: no\ndata: a\n\n",
      [{ data: "a" }],
    ],
    ["ignores a byte order mark at the start", "\ufeffdata: a\n\n", [{ data: "a" }]],
    [
      "keeps a byte order mark elsewhere",
      "data: a\n\ndata: \ufeffb\n\n",
      [{ data: "a" }, { data: "\ufeffb" }],
    ],
    ["ignores empty lines around events", "\n\n\ndata: a\n\n\n\n", [{ data: "a" }]],
    [
      "gives an event the end left without its empty line",
      "data: a\n\ndata: b",
      [{ data: "a" }, { data: "b" }],
    ],
    ["gives nothing for an empty stream", "", []],
    ["gives characters of two, three and four bytes", "data: é€😀\n\n", [{ data: "é€😀" }]],
  ];

  it.each(cases)("%s (wire 34)", (_sentence, text, frames) => {
    expect(framesOf(text)).toEqual(frames);
  });

  it.each(cases)(
    "%s, wherever the bytes are cut (wire 34, defect 15, defect 16)",
    (_sentence, text, frames) => {
      const bytes = encode(text);

      for (let cut = 0; cut <= bytes.length; cut++)
        expect(framesOf(bytes.subarray(0, cut), bytes.subarray(cut)), `cut at ${cut}`).toEqual(frames);
      expect(framesOf(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(frames);
    },
  );

  it("gives the same frames for any stream and any cuts", () => {
    const piece = fc.constantFrom(
      "data:",
      "data",
      "event: e",
      ":",
      " ",
      "\n",
      "\r",
      "\r\n",
      "x",
      "é",
      "😀",
      "\u2028",
      "\ufeff",
    );
    const stream = fc.array(piece, { maxLength: 40 }).map((pieces) => encode(pieces.join("")));

    fc.assert(
      fc.property(stream, fc.array(fc.nat(120), { maxLength: 6 }), (bytes, positions) => {
        const edges = [
          0,
          ...positions.map((at) => Math.min(at, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ];
        const parts = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));

        expect(framesOf(...parts)).toEqual(framesOf(bytes));
      }),
    );
  });

  it("gives a frame as soon as its empty line is there, without waiting for the next bytes", () => {
    const reader = createSseReader();

    expect(reader.push(encode("data: a\r\n"))).toEqual([]);
    expect(reader.push(encode("\r"))).toEqual([{ data: "a" }]);
    expect(reader.push(encode("\ndata: b\n\n"))).toEqual([{ data: "b" }]);
  });

  it("gives many events of one chunk (wire 34)", () => {
    const text = Array.from({ length: 2000 }, (_, index) => `data: ${index}\n\n`).join("");

    expect(framesOf(text).map(({ data }) => Number(data))).toEqual(
      Array.from({ length: 2000 }, (_, index) => index),
    );
  });

  it("replaces bytes that are no UTF-8, and a character that the end cuts", () => {
    expect(
      framesOf(Uint8Array.from([...encode("data: a"), 0xff, ...encode("\n\ndata: "), 0xe2, 0x82])),
    ).toEqual([{ data: "a\ufffd" }, { data: "\ufffd" }]);
  });

  it("reads an event of many MiB in time linear in its size (wire 34, defect 77)", () => {
    const chunk = encode("x".repeat(1024));
    const millisecondsFor = (chunks: number): number => {
      const reader = createSseReader();
      const startedAt = performance.now();
      reader.push(encode("data: "));
      for (let index = 0; index < chunks; index++) reader.push(chunk);
      const [frame] = reader.push(encode("\n\n"));
      expect(frame?.data.length).toBe(chunks * 1024);
      return performance.now() - startedAt;
    };

    millisecondsFor(2048);
    // 16 times the bytes: about 16 times as long, where quadratic work takes 256 times as long.
    expect(millisecondsFor(32_768)).toBeLessThan(Math.max(80 * millisecondsFor(2048), 500));
  });

  it.each([
    ["in one line", ["data: ", "x".repeat(60), "x".repeat(60)]],
    ["in many lines", Array<string>(30).fill("data: xxxx\n")],
    ["in a comment", [":", "x".repeat(60), "x".repeat(60)]],
  ])("refuses an event over the limit as malformed-response: %s", (_where, parts) => {
    const reader = createSseReader({ maxEventLength: 100 });

    expect(() => parts.map((part) => reader.push(encode(part)))).toThrow(
      expect.objectContaining({
        kind: "malformed-response",
        message: "an event of the stream is longer than 100 characters",
      }),
    );
  });
});
