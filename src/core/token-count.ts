/**
 * Counts tokens.
 *
 * The encoding tables are large, so one is loaded at the first text that needs it. A text is counted once: the count
 * is remembered by content, bounded in bytes.
 *
 * Byte-pair encoding takes quadratic time in the length of a piece, and a piece is a run of letters, of signs, of white
 * space, or of the slashes and line breaks behind signs: one megabyte of "a" would take minutes. Runs are therefore cut
 * every `LONGEST_RUN` characters. An accent counts as a letter behind letters and as a sign behind signs. The
 * count is exact for a text without longer runs, and at most about one token too high for each cut otherwise.
 */
import { LRUCache } from "lru-cache";
import type { Tokenizer } from "../tokenizer.ts";
import { Breather } from "./breather.ts";

type Encoding = "o200k_base" | "cl100k_base";

/** Characters; the longest words and unbroken Chinese sentences are shorter. */
const LONGEST_RUN = 64;

const LONG_RUN = new RegExp(
  [String.raw`[\p{L}\p{M}]`, String.raw`\s`, String.raw`[^\s\p{L}\p{N}]`, String.raw`[\r\n/]`]
    .map((kind) => `${kind}{${LONGEST_RUN}}`)
    .join("|"),
  "gu",
);

/** Sooner seen: a text without these has no such run. Beside runs of signs and letters it finds long addresses. */
const MAYBE_LONG_RUN = new RegExp(
  [String.raw`\S`, String.raw`\s`, String.raw`[\r\n/]`].map((kind) => `${kind}{${LONGEST_RUN}}`).join("|"),
);

/** Of remembered texts, for each encoding. */
const MEMO_BYTES = 16 * 1024 * 1024;

/** What an entry costs besides its text. */
const MEMO_ENTRY_BYTES = 128;

/** Words of the text are words: no control token is allowed, and none is refused. */
const AS_PLAIN_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

/** What an encoding counts with. */
type Counter = Pick<Tokenizer, "count" | "prepare">;

const counters = new Map<Encoding, Promise<Counter>>();

/**
 * The tokenizer of a model, by its name. OpenAI's models are counted with their own encoding; for every other family
 * the count is an estimate, and the tokenizer's name begins with "estimate:".
 */
export async function loadTokenizer(model: string): Promise<Tokenizer> {
  const { encoding, exact } = encodingOf(model);
  let counter = counters.get(encoding);
  if (counter === undefined) {
    counter = loadCounter(encoding);
    counters.set(encoding, counter);
  }
  return { name: exact ? encoding : `estimate:${encoding}`, ...(await counter) };
}

function encodingOf(model: string): { encoding: Encoding; exact: boolean } {
  const name = model.replace(/^.*\//, "").replace(/^ft:/, "");
  if (/^(gpt-4(?![.\do])|gpt-3\.5|text-embedding-)/.test(name))
    return { encoding: "cl100k_base", exact: true };
  return { encoding: "o200k_base", exact: /^(gpt-|chatgpt-|codex-|o\d)/.test(name) };
}

async function loadCounter(encoding: Encoding): Promise<Counter> {
  const { countTokens } =
    encoding === "o200k_base"
      ? await import("gpt-tokenizer/encoding/o200k_base")
      : await import("gpt-tokenizer/encoding/cl100k_base");
  const memo = new LRUCache<string, number>({
    maxSize: MEMO_BYTES,
    sizeCalculation: (_tokens, text) => 2 * text.length + MEMO_ENTRY_BYTES,
  });
  const countPiece = (piece: string): number => countTokens(piece, AS_PLAIN_TEXT);

  return {
    count(text) {
      const known = memo.get(text);
      if (known !== undefined) return known;
      let tokens = 0;
      for (const piece of pieces(text)) tokens += countPiece(piece);
      memo.set(text, tokens);
      return tokens;
    },
    async prepare(texts) {
      const breather = new Breather();
      for (const text of texts) {
        if (memo.has(text)) continue;
        let tokens = 0;
        for (const piece of pieces(text)) {
          tokens += countPiece(piece);
          await breather.after(piece.length);
        }
        memo.set(text, tokens);
      }
    },
  };
}

/**
 * Characters of a stretch that is counted at once. It ends where a word or number ends and none of the signs follow that
 * an encoding may take together with it, so that the sum is the count of the whole.
 */
const STRETCH = 8 * 1024;
const WORD_END = /(?<=[\p{L}\p{N}])(?=[^\p{L}\p{N}\p{M}'’])/gu;

/** `text`, cut inside runs that are too long to encode at once, and between words. */
function* pieces(text: string): Iterable<string> {
  let start = 0;
  while (text.length - start > STRETCH) {
    WORD_END.lastIndex = start + STRETCH;
    const end = WORD_END.exec(text)?.index ?? text.length;
    yield* runs(text.slice(start, end));
    start = end;
  }
  if (start < text.length) yield* runs(start === 0 ? text : text.slice(start));
}

/** `text`, cut inside runs that are too long to encode at once. */
function* runs(text: string): Iterable<string> {
  let start = 0;
  if (!MAYBE_LONG_RUN.test(text)) {
    yield text;
    return;
  }
  for (const run of text.matchAll(LONG_RUN)) {
    const end = run.index + run[0].length;
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}
