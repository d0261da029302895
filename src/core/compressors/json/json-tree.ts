/** JSON as it is spelled: the literals of numbers and strings byte for byte, keys in order, duplicates kept. */
export type JsonNode =
  /** A number, `true`, `false` or `null`. */
  | { readonly kind: "literal"; readonly raw: string }
  /** A string; `raw` is what stands between the quotes, escapes as they are. */
  | { readonly kind: "string"; readonly raw: string }
  | JsonArray
  | JsonObject;

export interface JsonArray extends Written {
  readonly kind: "array";
  readonly items: readonly JsonNode[];
}

/** Keys, as between their quotes, and the value of each, in two lists: a pair for each would be most of a large tree. */
export interface JsonObject extends Written {
  readonly kind: "object";
  readonly keys: readonly string[];
  readonly values: readonly JsonNode[];
}

interface Written {
  /** What a writer has made of it, so that it need not again; a map beside the tree would take longer than the tree. */
  written: string | undefined;
}

/** Deeper texts are left alone: what writes a tree calls itself for every level. */
const DEEPEST = 64;

/**
 * The tree of an object or array; `undefined` where the text is not JSON, is one plain value, or nests too deep.
 *
 * Values and keys of what is open stand on two stacks, and are taken from there when it closes: lists of their exact size,
 * where lists that grow would be mostly empty.
 */
export function parseJson(text: string): JsonNode | undefined {
  if (!isJson(text)) return undefined;
  const values: JsonNode[] = [];
  const keys: string[] = [];
  const open: Open[] = [];
  let top: Open | undefined;
  // What is JSON for certain needs no checking: commas, colons and white space say nothing that is not known.
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign <= SPACE || sign === COMMA || sign === COLON) continue;
    if (sign === OPEN_BRACE || sign === OPEN_BRACKET) {
      if (open.length === DEEPEST) return undefined;
      top = { values: values.length, keys: keys.length, isObject: sign === OPEN_BRACE };
      open.push(top);
    } else if (sign === CLOSE_BRACE || sign === CLOSE_BRACKET) {
      const node = closed(open.pop(), values, keys);
      top = open.at(-1);
      values.push(node);
    } else if (sign === QUOTE) {
      const end = closingQuote(text, at + 1);
      const raw = text.slice(at + 1, end);
      if (top !== undefined && awaitsKey(top, values, keys)) keys.push(raw);
      else values.push({ kind: "string", raw });
      at = end;
    } else {
      let end = at + 1;
      while (end < text.length && !endsLiteral(text.charCodeAt(end))) end += 1;
      values.push({ kind: "literal", raw: text.slice(at, end) });
      at = end - 1;
    }
  }
  return values[0];
}

/** An object or array that is not at its end: what was on the stacks before it. */
interface Open {
  readonly values: number;
  readonly keys: number;
  readonly isObject: boolean;
}

function closed(open: Open | undefined, values: JsonNode[], keys: string[]): JsonArray | JsonObject {
  const own = values.slice(open?.values);
  values.length -= own.length;
  if (open?.isObject !== true) return { kind: "array", items: own, written: undefined };
  const ownKeys = keys.slice(open.keys);
  keys.length = open.keys;
  return { kind: "object", keys: ownKeys, values: own, written: undefined };
}

/** In an object a string is a key where every key before it has its value. */
function awaitsKey(open: Open, values: readonly JsonNode[], keys: readonly string[]): boolean {
  return open.isObject && keys.length - open.keys === values.length - open.values;
}

/** The signs of JSON, by code: of a megabyte, each is looked at. */
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

function endsLiteral(sign: number): boolean {
  return sign <= SPACE || sign === COMMA || sign === CLOSE_BRACE || sign === CLOSE_BRACKET;
}

/** A quote behind an odd number of backslashes is part of the string. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (isEscaped(text, at, from)) at = text.indexOf('"', at + 1);
  return at;
}

function isEscaped(text: string, at: number, from: number): boolean {
  let before = at;
  while (before > from && text.charAt(before - 1) === "\\") before -= 1;
  return (at - before) % 2 === 1;
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
