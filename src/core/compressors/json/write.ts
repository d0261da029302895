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
import { type Column, tableOf } from "./column.ts";
import type { JsonNode, JsonObject } from "./json-tree.ts";
import { ROW_KEY, writeKey, writeString } from "./word.ts";

export function writeCompact(root: JsonNode): string {
  function write(node: JsonNode): string {
    if (node.kind === "literal") return node.raw;
    if (node.kind === "string") return writeString(node.raw);
    node.written ??= node.kind === "array" ? writeArray(node.items) : writeObject(node);
    return node.written;
  }

  function writeArray(items: readonly JsonNode[]): string {
    const plain = `[${items.map(write).join(" ")}]`;
    if (items.length < 2) return plain;
    const column = tableOf(items, undefined, write);
    if (column === undefined || !isTable(column)) return plain;
    const header = column.header.startsWith("(") ? column.header : `(${column.header})`;
    return shorter(plain, `[${[header, ...column.cells].join("\n ")}]`);
  }

  function writeObject({ keys, values }: JsonObject): string {
    const plain = `{${values.map((value, index) => `${writeKey(keys[index] ?? "")}:${write(value)}`).join(" ")}}`;
    if (keys.length < 2) return plain;
    const column = tableOf(values, keys, write);
    if (column === undefined || !isTable(column)) return plain;
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
