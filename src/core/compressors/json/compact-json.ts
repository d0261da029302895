/**
 * JSON, written so that it costs fewer tokens and holds the same: `decompress` gives JSON that parses to the same
 * value, with every number and string spelled as it was, keys in order and duplicates kept. Only white space goes.
 *
 * The first line says what it is, and of the notation (`write.ts`) what is used in this text.
 */
import type { Compressor } from "../compressor.ts";
import { type JsonNode, parseJson } from "./json-tree.ts";
import { readCompact } from "./read.ts";
import { writeCompact } from "./write.ts";

const NAME = "Compact JSON";
const LINES_NAME = `${NAME} lines`;

/** Whether a text is what `compactJson` wrote. */
export function isCompactJson(text: string): boolean {
  return text.startsWith(NAME);
}

/** The compressor of JSON, and of texts with one JSON value a line. */
export function compactJson(): Compressor {
  return {
    kind: "json",
    lossless: true,
    compress(text) {
      const whole = parseJson(text);
      const root = whole ?? parseLines(text);
      if (root === undefined) return undefined;
      const compact = writeCompact(root);
      const result = `${headerOf(compact, whole === undefined ? LINES_NAME : NAME)}\n${compact}`;
      return result.length < text.length ? { text: result, elided: [] } : undefined;
    },
    decompress(text) {
      if (!isCompactJson(text)) return undefined;
      const { items, json } = readCompact(text.slice(text.indexOf("\n") + 1));
      return text.startsWith(LINES_NAME) ? items.join("\n") : json;
    },
  };
}

function headerOf(compact: string, name: string): string {
  if (!/[[(]\(|key[[(]/.test(compact)) return `${name}:`;
  const shared = /\([^)]*=/.test(compact) ? " shared=value" : "";
  const absent = / -[\s)}\]]/.test(compact) ? ", - absent" : "";
  return `${name}, (keys${shared}) rows${absent}:`;
}

/** One value a line, of at least two, as a list. */
function parseLines(text: string): JsonNode | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2) return undefined;
  const items: JsonNode[] = [];
  for (const line of lines) {
    const item = parseJson(line);
    if (item === undefined) return undefined;
    items.push(item);
  }
  return { kind: "array", items, written: undefined };
}
