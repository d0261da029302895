/**
 * Our reader of server-sent events against eventsource-parser, on streams as models send them.
 *
 *     npx tsx bench/sse.ts
 *
 * Both get the same bytes in the same parts and must give the same frames; rounds alternate, the fastest counts.
 */

import { createParser } from "eventsource-parser";
import { createSseReader } from "../src/scheduler/providers/sse.ts";

const ROUNDS = 25;

const delta = (text: string): string =>
  `data: ${JSON.stringify({
    id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    object: "chat.completion.chunk",
    created: 1741569952,
    model: "gpt-5-mini-2025-08-07",
    choices: [{ index: 0, delta: { content: text }, logprobs: null, finish_reason: null }],
  })}\n\n`;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const inPartsOf = (size: number, bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

const deltas = (word: string): string[] =>
  Array.from({ length: 20_000 }, (_, index) => delta(` ${word}${index}`));
const english = deltas("word");
const japanese = deltas("言葉");
const cases: readonly (readonly [name: string, parts: readonly Uint8Array[]])[] = [
  ["one event a chunk", english.map(encode)],
  ["one event a chunk, Japanese", japanese.map(encode)],
  ["cut every 100 bytes", inPartsOf(100, encode(english.join("")))],
  ["64 KiB chunks", inPartsOf(65_536, encode(english.join("")))],
  ["64 KiB chunks, Japanese", inPartsOf(65_536, encode(japanese.join("")))],
  ["64 KiB chunks, CRLF", inPartsOf(65_536, encode(english.join("").replaceAll("\n", "\r\n")))],
  ["one event of 16 MiB, 64 KiB chunks", inPartsOf(65_536, encode(`data: ${"x".repeat(2 ** 24)}\n\n`))],
];

function withOurs(parts: readonly Uint8Array[]): number {
  const reader = createSseReader();
  let characters = 0;
  for (const part of parts) for (const frame of reader.push(part)) characters += frame.data.length;
  for (const frame of reader.end()) characters += frame.data.length;
  return characters;
}

function withEventsourceParser(parts: readonly Uint8Array[]): number {
  let characters = 0;
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent: (event) => {
      characters += event.data.length;
    },
  });
  for (const part of parts) parser.feed(decoder.decode(part, { stream: true }));
  return characters;
}

function millisecondsFor(
  read: (parts: readonly Uint8Array[]) => number,
  parts: readonly Uint8Array[],
): number {
  const startedAt = performance.now();
  read(parts);
  return performance.now() - startedAt;
}

console.log(`node ${process.version}; fastest of ${ROUNDS} rounds, ms for the whole stream`);
console.log("stream                                  MiB    ours  eventsource-parser   ratio");
for (const [name, parts] of cases) {
  if (withOurs(parts) !== withEventsourceParser(parts))
    throw new Error(`${name}: the two read different frames`);
  let ours = Number.POSITIVE_INFINITY;
  let theirs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    ours = Math.min(ours, millisecondsFor(withOurs, parts));
    theirs = Math.min(theirs, millisecondsFor(withEventsourceParser, parts));
  }
  const mebibytes = parts.reduce((sum, part) => sum + part.length, 0) / 2 ** 20;
  const columns = [
    name.padEnd(36),
    mebibytes.toFixed(1).padStart(6),
    ours.toFixed(1).padStart(7),
    theirs.toFixed(1).padStart(19),
    (theirs / ours).toFixed(2).padStart(7),
  ];
  console.log(columns.join(" "));
}
