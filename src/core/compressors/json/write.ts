/**
 * Writes JSON compactly: words instead of strings, spaces instead of commas, and a table where values are alike.
 *
 *     {a:1 b:[x y]}                        an object and a list
 *     [(a b)                               a list of objects with keys a and b, a row each
 *     1 x
 *     2 y]
 *     {key(a b=7 c(d e) id=key)            an object of objects: each row begins with its key; b is 7 in all of them,
 *     k1 1 x y                             c is an object with keys d and e, id is the same as the key of the row,
 *     k2 - x y}                            and where a key is absent stands a "-"
 *     [([(a b)])                           a list of lists of objects
 *     [1 x, 2 y]
 *     [3 z]]
 *
 * The braces around the whole are left out. Of two forms the shorter is taken. A value is written once as itself, and once for each table around it, at most
 * `TABLE_DEPTH` of them: linear in the text.
 */
import { type Column, columnOf } from "./column.ts";
import type { JsonField, JsonNode } from "./json-tree.ts";
import { ROW_KEY, writeKey, writeString } from "./word.ts";

export function writeCompact(root: JsonNode): string {
  const written = new Map<JsonNode, string>();

  function write(node: JsonNode): string {
    if (node.kind === "literal") return node.raw;
    if (node.kind === "string") return writeString(node.raw);
    let text = written.get(node);
    if (text === undefined) {
      text = node.kind === "array" ? writeArray(node.items) : writeObject(node.fields);
      written.set(node, text);
    }
    return text;
  }

  function writeArray(items: readonly JsonNode[]): string {
    const plain = `[${items.map(write).join(" ")}]`;
    if (items.length < 2) return plain;
    const column = columnOf(items, undefined, write);
    if (!isTable(column)) return plain;
    const header = column.header.startsWith("(") ? column.header : `(${column.header})`;
    return shorter(plain, `[${[header, ...column.cells].join("\n ")}]`);
  }

  function writeObject(fields: readonly JsonField[]): string {
    const plain = `{${fields.map(([key, value]) => `${writeKey(key)}:${write(value)}`).join(" ")}}`;
    if (fields.length < 2) return plain;
    const keys = fields.map(([key]) => key);
    const values = fields.map(([, value]) => value);
    const column = columnOf(values, keys, write);
    if (!isTable(column)) return plain;
    const rows = column.cells.map((cell, index) => `${writeKey(keys[index] ?? "")} ${cell}`);
    return shorter(plain, `{${[`${ROW_KEY}${column.header}`, ...rows].join("\n ")}}`);
  }

  const text = write(root);
  return root.kind === "object" ? text.slice(1, -1) : text;
}

/** A table has rows, and something in each of them. */
function isTable({ header, cells }: Column): boolean {
  return /^[([]/.test(header) && cells.every((cell) => cell !== "");
}

function shorter(plain: string, table: string): string {
  return table.length < plain.length ? table : plain;
}
