import type { JsonNode, JsonObject } from "./json-tree.ts";
import { ABSENT, ROW_KEY, writeKey } from "./word.ts";

/** A column of a table: what its header says, and what stands in each row. */
export interface Column {
  /** "": any values. "=v": all are v. "(a b)": objects, their keys. "[(a b)]": lists of objects. */
  readonly header: string;
  /** One for each row; "" where the header has said it all. */
  readonly cells: readonly string[];
}

type Write = (node: JsonNode) => string;

/** Tables within rows of tables: deeper ones are written as plain values. */
const TABLE_DEPTH = 4;

/** A table with more columns than this is none that anybody can read. */
const MOST_COLUMNS = 64;

/**
 * The table of these values, a row each; `undefined`: they have not all the same keys, or are no objects.
 *
 * @param keys - of the rows, where they have keys
 */
export function tableOf(
  nodes: readonly JsonNode[],
  keys: readonly string[] | undefined,
  write: Write,
): Column | undefined {
  return objectColumn(nodes, keys, write, 0) ?? listColumn(nodes, write, 0);
}

/** The shortest column for these values, one for each row; `undefined` where the row's object has not the key. */
function columnOf(
  nodes: readonly (JsonNode | undefined)[],
  keys: readonly string[] | undefined,
  write: Write,
  depth: number,
): Column {
  if (isRowKey(nodes, keys)) return { header: `=${ROW_KEY}`, cells: nodes.map(() => "") };
  const cells = nodes.map((node) => (node === undefined ? ABSENT : write(node)));
  if (isConstant(nodes, cells)) return { header: `=${cells[0]}`, cells: nodes.map(() => "") };
  const plain: Column = { header: "", cells };
  const present = nodes.filter((node) => node !== undefined);
  if (depth === TABLE_DEPTH || present.length < nodes.length) return plain;
  const table = objectColumn(present, keys, write, depth) ?? listColumn(present, write, depth);
  return table !== undefined && lengthOf(table) < lengthOf(plain) ? table : plain;
}

function isRowKey(nodes: readonly (JsonNode | undefined)[], keys: readonly string[] | undefined): boolean {
  return (
    keys !== undefined && nodes.every((node, index) => node?.kind === "string" && node.raw === keys[index])
  );
}

function isConstant(nodes: readonly (JsonNode | undefined)[], cells: readonly string[]): boolean {
  return nodes[0] !== undefined && cells.length > 1 && cells.every((cell) => cell === cells[0]);
}

function lengthOf({ header, cells }: Column): number {
  return cells.reduce((sum, cell) => sum + cell.length + 1, header.length);
}

function objectColumn(
  nodes: readonly JsonNode[],
  keys: readonly string[] | undefined,
  write: Write,
  depth: number,
): Column | undefined {
  const rows = nodes.filter((node) => node.kind === "object");
  if (rows.length < nodes.length) return undefined;
  const names = mergeKeys(rows);
  if (names === undefined) return undefined;
  const columns = valuesByName(rows, names).map((values) => columnOf(values, keys, write, depth + 1));
  return {
    header: `(${columns.map(({ header }, index) => `${writeKey(names[index] ?? "")}${header}`).join(" ")})`,
    cells: nodes.map((_, row) => joined(columns, row)),
  };
}

/** A row's cells, but for those that the header has said. */
function joined(columns: readonly Column[], row: number): string {
  let text = "";
  for (const { cells } of columns) {
    const cell = cells[row] ?? "";
    if (cell !== "") text += text === "" ? cell : ` ${cell}`;
  }
  return text;
}

function listColumn(nodes: readonly JsonNode[], write: Write, depth: number): Column | undefined {
  const lists = nodes.filter((node) => node.kind === "array");
  if (lists.length < nodes.length) return undefined;
  const inner = columnOf(
    lists.flatMap(({ items }) => items),
    undefined,
    write,
    depth + 1,
  );
  if (!/^[([]/.test(inner.header) || inner.cells.includes("")) return undefined;
  let from = 0;
  const cells = lists.map(({ items: { length } }) => {
    from += length;
    return `[${inner.cells.slice(from - length, from).join(", ")}]`;
  });
  return { header: `[${inner.header}]`, cells };
}

/** For each name the values of all rows. */
function valuesByName(
  rows: readonly JsonObject[],
  names: readonly string[],
): readonly (readonly (JsonNode | undefined)[])[] {
  const places = new Map(names.map((name, place) => [name, place]));
  const values = names.map(() => new Array<JsonNode | undefined>(rows.length).fill(undefined));
  for (const [row, object] of rows.entries()) {
    for (const [index, key] of object.keys.entries()) {
      const place = names[index] === key ? index : (places.get(key) ?? 0);
      const column = values[place];
      if (column !== undefined) column[row] = object.values[index];
    }
  }
  return values;
}

/**
 * All keys of the rows, in an order that is each row's own; `undefined` where there is none, where a row has a key
 * twice, or where there are too many.
 */
function mergeKeys(rows: readonly JsonObject[]): readonly string[] | undefined {
  const merged: string[] = [];
  let before: readonly string[] = [];
  for (const { keys } of rows) {
    if (isSame(keys, before)) continue;
    before = keys;
    let next = 0;
    for (const key of keys) {
      const place = merged.indexOf(key);
      if (place >= 0 && place < next) return undefined;
      if (place < 0) merged.splice(next, 0, key);
      next = (place < 0 ? next : place) + 1;
      if (merged.length > MOST_COLUMNS) return undefined;
    }
  }
  return merged.length === 0 ? undefined : merged;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((key, index) => key === right[index]);
}
