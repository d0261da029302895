/**
 * What a server must get right that real clients of OpenAI's and Anthropic's APIs talk to. A test that proves one of these
 * says so in its name: `wire 22`, or `wire 20–23`. The numbers never change their meaning.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const BEHAVIOURS: Readonly<Record<number, string>> = {
  1: "the routes that clients ask, models by ids with slashes and colons, legacy completions",
  2: "stored completions, and what belongs to a response",
  3: "keys as Bearer or x-api-key, never sent on",
  4: "which headers of the caller go on",
  5: "query strings survive; HEAD / is answered",
  6: "plain HTTP/1.1 bodies",
  7: "large bodies; a 413 in the protocol's shape",
  8: "life inside a host: parsers, compression, prefixes, error pages",
  9: "a WebSocket upgrade is refused, not left hanging",
  10: "a completion's required fields",
  11: "a choice's required fields; finish reasons",
  12: "a message's required fields",
  13: "tool calls, their arguments as text",
  14: "usage as the upstream counts it",
  15: "JSON is called JSON; an empty 200 is a failure",
  16: "several choices, or a refusal",
  17: "the model that answered, whole and streamed alike",
  18: "a stream's headers, and no status before the upstream's answer",
  19: "one line of data an event, and the sentinel",
  20: "one id, created and model; required fields of a chunk",
  21: "the role first and once, the finish reason last and once",
  22: "numbered tool calls in pieces",
  23: "usage at the end, and only where it is asked for",
  24: "chunks without choices that come first",
  25: "obfuscation passes and is not made",
  26: "log probabilities; choices that interleave",
  27: "refusals, custom tools, audio and vendors' deltas pass",
  28: "a failure in mid-stream is an error event",
  29: "an end without a finish is no end",
  30: "no connection is destroyed in mid-stream",
  31: "comments while a stream waits",
  32: "a client that is gone ends the upstream's work",
  33: "no more is read than the client takes",
  34: "server-sent events, however they are cut and spelled",
  35: "unknown fields reach the upstream",
  36: "every role",
  37: "content as text or parts, for every role",
  38: "functions and custom tools",
  39: "max_tokens and max_completion_tokens",
  40: "efforts of reasoning",
  41: "every other parameter, or word of what was left out",
  42: "null is absent",
  43: "inputs of embeddings; splits that keep order",
  44: "encodings of vectors",
  45: "dimensions",
  46: "lists of models, for either kind of client",
  47: "errors of four keys, for every cause",
  48: "statuses, codes, and refusals in odd shapes",
  49: "the client's error class, and when to try again",
  50: "few attempts, and a wait that is told",
  51: "headers of an answer",
  52: "headers that stay here",
  53: "no CORS",
  54: "patience with slow answers and idle connections",
  55: "the events of a response, in order and numbered",
  56: "a response that fails in mid-stream",
  57: "what agents ask of responses, and what strict clients read",
  58: "messages: events, errors, and what only Anthropic gets",
};

const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
/** "wire 22", "wire 20–23", "wire 36, 39", "wire 3, wire 4". */
const NAMED = /\bwire (\d+(?:[–-]\d+)?(?:, \d+(?:[–-]\d+)?)*)/g;

it("every behaviour of the wire is named by a test that proves it, and no other number is", () => {
  const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );

  const named = new Set(
    tests.flatMap((path) => {
      const text = readFileSync(join(import.meta.dirname, path), "utf8").replace(COMMENTS, "");
      return Array.from(text.matchAll(NAMED), ([, list = ""]) => list.split(", ").flatMap(toNumbers)).flat();
    }),
  );

  const numbers = Object.keys(BEHAVIOURS).map(Number);
  expect(Array.from(named).sort((left, right) => left - right)).toEqual(numbers);
});

function toNumbers(range: string): number[] {
  const [first = 0, last = first] = range.split(/[–-]/).map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
