/** JSON as it is spelled: the literals of numbers and strings byte for byte, keys in order, duplicates kept. */
export type JsonNode =
  /** A number, `true`, `false` or `null`. */
  | { readonly kind: "literal"; readonly raw: string }
  /** A string; `raw` is what stands between the quotes, escapes as they are. */
  | { readonly kind: "string"; readonly raw: string }
  | { readonly kind: "array"; readonly items: readonly JsonNode[] }
  | { readonly kind: "object"; readonly fields: readonly JsonField[] };

/** A key, as between its quotes, and its value. */
export type JsonField = readonly [key: string, value: JsonNode];

/** Deeper texts are left alone: what writes a tree calls itself for every level. */
const DEEPEST = 64;

interface Open {
  readonly items: JsonNode[];
  /** `undefined`: an array. */
  readonly fields: JsonField[] | undefined;
  key: string | undefined;
}

/** The tree of an object or array; `undefined` where the text is not JSON, is one plain value, or nests too deep. */
export function parseJson(text: string): JsonNode | undefined {
  if (!isJson(text)) return undefined;
  const open: Open[] = [];
  let latest: JsonNode | undefined;
  // What is JSON for certain needs no checking: commas, colons and white space say nothing that is not known.
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at);
    if (sign === "{" || sign === "[") {
      if (open.length === DEEPEST) return undefined;
      open.push({ items: [], fields: sign === "{" ? [] : undefined, key: undefined });
    } else if (sign === "}" || sign === "]") {
      latest = closed(open.pop());
      append(open.at(-1), latest);
    } else if (sign === '"') {
      const end = closingQuote(text, at + 1);
      appendString(open.at(-1), text.slice(at + 1, end));
      at = end;
    } else if (!BETWEEN.has(sign)) {
      let end = at + 1;
      while (end < text.length && !AFTER_LITERAL.has(text.charAt(end))) end += 1;
      append(open.at(-1), { kind: "literal", raw: text.slice(at, end) });
      at = end - 1;
    }
  }
  return latest;
}

const BETWEEN: ReadonlySet<string> = new Set([" ", "\t", "\n", "\r", ",", ":"]);
const AFTER_LITERAL: ReadonlySet<string> = new Set([" ", "\t", "\n", "\r", ",", "}", "]"]);

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

function closed(open: Open | undefined): JsonNode {
  return open?.fields === undefined
    ? { kind: "array", items: open?.items ?? [] }
    : { kind: "object", fields: open.fields };
}

function append(parent: Open | undefined, node: JsonNode): void {
  if (parent?.fields === undefined) {
    parent?.items.push(node);
    return;
  }
  parent.fields.push([parent.key ?? "", node]);
  parent.key = undefined;
}

function appendString(parent: Open | undefined, raw: string): void {
  if (parent?.fields !== undefined && parent.key === undefined) parent.key = raw;
  else append(parent, { kind: "string", raw });
}
