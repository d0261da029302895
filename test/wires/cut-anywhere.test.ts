import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseReader } from "../../src/scheduler/providers/sse.ts";
import { translationTo } from "../../src/wires/index.ts";
import type { Frame, Wire, WireBody } from "../../src/wires/wire.ts";
import { chunk, usageChunk } from "../chat-shapes.ts";
import {
  finish,
  searching,
  start,
  textBlock,
  thinkingBlock,
  toolBlock,
  toSse,
} from "../fixtures/anthropic-messages.ts";
import { calling, generated } from "../fixtures/gemini.ts";
import { cutAt, toEvent } from "../upstream.ts";
import { noMemory } from "./memory.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Streams of each vendor's wire with all that it can say: text, thinking, a call, signs of several bytes, usage. */
const STREAMS: Readonly<Partial<Record<Wire, Uint8Array>>> = {
  messages: bytesOf(
    toSse(
      [
        start,
        ...thinkingBlock(0, "sig", "Grü", "ße"),
        ...textBlock(1, "世界 ", "🌍"),
        ...toolBlock(2, "toolu_1", "f", '{"a":', '"ö"}'),
        ...finish("tool_use"),
      ],
      "\r\n",
    ),
  ),
  gemini: bytesOf(
    [generated([{ text: "世界 " }]), generated([{ text: "🌍" }]), calling]
      .map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`)
      .join(""),
  ),
  chat: bytesOf(
    [
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "Grüße" }),
      chunk({ content: "世界 🌍" }),
      chunk({
        tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "f", arguments: "" } }],
      }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":"ö"}' } }] }),
      chunk({}, "tool_calls"),
      usageChunk,
      "[DONE]",
    ]
      .map(toEvent)
      .join(""),
  ),
};

const messages = [{ role: "user", content: "Hi" }];
const REQUESTS: Readonly<Partial<Record<Wire, WireBody>>> = {
  chat: { model: "m", messages, stream: true },
  messages: { model: "m", max_tokens: 9, messages, stream: true },
  responses: { model: "m", input: "Hi", stream: true },
};

const WAYS: readonly (readonly [from: Wire, to: Wire])[] = [
  ["chat", "messages"],
  ["chat", "gemini"],
  ["messages", "chat"],
  ["messages", "gemini"],
  ["responses", "chat"],
  ["responses", "messages"],
];

/** What an upstream's bytes are to a caller, in these parts. Ids that are made for each answer count for nothing. */
function told([from, to]: readonly [Wire, Wire], parts: readonly Uint8Array[]): readonly Frame[] {
  const translation = translationTo(from, [to]);
  if (translation === undefined || translation === "none") throw new Error(`no way from ${from} to ${to}`);
  const frames = translation.translate({ wire: from, body: REQUESTS[from]! }, noMemory, 1).frames();
  const reader = createSseReader();
  const arrived = [...parts.flatMap((part) => reader.push(part)), ...reader.end()];
  return [...arrived.flatMap((frame) => frames.push(frame)), ...frames.end()];
}

function cutEvery(size: number, bytes: Uint8Array): readonly Uint8Array[] {
  const positions = Array.from(
    { length: Math.ceil(bytes.length / size) - 1 },
    (_, index) => size * (index + 1),
  );
  return cutAt(bytes, ...positions);
}

const withoutMadeIds = (frames: readonly Frame[]) =>
  frames.map(({ event, data }) => `${event}:${data.replace(/"(?:resp|msg|rs|fc)_[\w-]+"/g, '"made"')}`);

describe.each(WAYS)("a stream for a caller of %s, from an upstream of %s", (from, to) => {
  const bytes = STREAMS[to]!;
  const whole = withoutMadeIds(told([from, to], [bytes]));

  it("says something", () => {
    expect(whole.join()).toContain("世界");
    expect(whole.length).toBeGreaterThan(5);
  });

  it("is the same where it is cut at every byte, at every second, at every third … (wire 34)", () => {
    for (let size = 1; size <= 12; size += 1) {
      expect(withoutMadeIds(told([from, to], cutEvery(size, bytes))), `in parts of ${size}`).toEqual(whole);
    }
  });

  it("is the same in parts of any sizes", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (positions) => {
        const parts = cutAt(bytes, ...positions.sort((one, other) => one - other));

        expect(withoutMadeIds(told([from, to], parts))).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });
});

it("searches and citations of Anthropic's are the same where the bytes are cut at each of them", () => {
  const bytes = bytesOf(toSse(searching));
  const whole = told(["chat", "messages"], [bytes]);

  expect(JSON.stringify(whole)).toContain("url_citation");
  expect(told(["chat", "messages"], cutEvery(1, bytes))).toEqual(whole);
});
