import type { JsonField, JsonNode } from "./json-tree.ts";
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
 * The shortest column for these values, one for each row; `undefined` where the row's object has not the key.
 *
 * @param keys - of the rows, where they have keys
 */
export function columnOf(
  nodes: readonly (JsonNode | undefined)[],
  keys: readonly string[] | undefined,
  write: Write,
  depth = 0,
): Column {
  if (isRowKey(nodes, keys)) return { header: `=${ROW_KEY}`, cells: nodes.map(() => "") };
  const cells = nodes.map((node) => (node === undefined ? ABSENT : write(node)));
  if (depth > 0 && isConstant(nodes, cells)) return { header: `=${cells[0]}`, cells: nodes.map(() => "") };
  const plain: Column = { header: "", cells };
  const present = nodes.filter((node) => node !== undefined);
  if (depth === TABLE_DEPTH || present.length < nodes.length) return plain;
  const table = objectColumn(present, keys, write, depth) ?? listColumn(present, write, depth);
  return table !== undefined && (depth === 0 || lengthOf(table) < lengthOf(plain)) ? table : plain;
}

function isRowKey(nodes: readonly (JsonNode | undefined)[], keys: readonly string[] | undefined): boolean {
  return (
    keys !== undefined && nodes.every((node, index) => node?.kind === "string" && node.raw === keys[index])
  );
}

function isConstant(nodes: readonly (JsonNode | undefined)[], cells: readonly string[]): boolean {
  const [first, ...others] = cells;
  return nodes[0] !== undefined && others.length > 0 && others.every((cell) => cell === first);
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
  const rows = nodes.map((node) => (node.kind === "object" ? node.fields : undefined));
  if (!rows.every((fields) => fields !== undefined)) return undefined;
  const names = mergeKeys(rows);
  if (names === undefined) return undefined;
  const columns = valuesByName(rows, names).map((values) => columnOf(values, keys, write, depth + 1));
  return {
    header: `(${columns.map(({ header }, index) => `${writeKey(names[index] ?? "")}${header}`).join(" ")})`,
    cells: nodes.map((_, row) =>
      columns
        .map(({ cells }) => cells[row] ?? "")
        .filter((cell) => cell !== "")
        .join(" "),
    ),
  };
}

function listColumn(nodes: readonly JsonNode[], write: Write, depth: number): Column | undefined {
  const lists = nodes.map((node) => (node.kind === "array" ? node.items : undefined));
  if (!lists.every((items) => items !== undefined)) return undefined;
  const inner = columnOf(lists.flat(), undefined, write, depth + 1);
  if (!/^[([]/.test(inner.header) || inner.cells.includes("")) return undefined;
  let from = 0;
  const cells = lists.map(({ length }) => {
    from += length;
    return `[${inner.cells.slice(from - length, from).join(", ")}]`;
  });
  return { header: `[${inner.header}]`, cells };
}

/** For each name the values of all rows. */
function valuesByName(
  rows: readonly (readonly JsonField[])[],
  names: readonly string[],
): readonly (readonly (JsonNode | undefined)[])[] {
  const places = new Map(names.map((name, place) => [name, place]));
  const values = names.map(() => new Array<JsonNode | undefined>(rows.length).fill(undefined));
  for (const [row, fields] of rows.entries()) {
    for (const [index, [key, value]] of fields.entries()) {
      const place = names[index] === key ? index : (places.get(key) ?? 0);
      const column = values[place];
      if (column !== undefined) column[row] = value;
    }
  }
  return values;
}

/**
 * All keys of the rows, in an order that is each row's own; `undefined` where there is none, where a row has a key
 * twice, or where there are too many.
 */
function mergeKeys(rows: readonly (readonly JsonField[])[]): readonly string[] | undefined {
  const merged: string[] = [];
  let before: readonly JsonField[] = [];
  for (const fields of rows) {
    if (hasSameKeys(fields, before)) continue;
    before = fields;
    let next = 0;
    for (const [key] of fields) {
      const place = merged.indexOf(key);
      if (place >= 0 && place < next) return undefined;
      if (place < 0) merged.splice(next, 0, key);
      next = (place < 0 ? next : place) + 1;
      if (merged.length > MOST_COLUMNS) return undefined;
    }
  }
  return merged.length === 0 ? undefined : merged;
}

function hasSameKeys(left: readonly JsonField[], right: readonly JsonField[]): boolean {
  return left.length === right.length && left.every(([key], index) => key === right[index]?.[0]);
}
