import { ABSENT, ROW_KEY, toJson } from "./word.ts";

/** What the header of a table says of a column's cells. */
type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "row-key" }
  | { readonly kind: "constant"; readonly json: string }
  | { readonly kind: "object"; readonly fields: readonly (readonly [key: string, shape: Shape])[] }
  | { readonly kind: "list"; readonly of: Shape };

const GAP = /[\s,]*/y;
const QUOTED = /"(?:[^"\\]+|\\.)*"/y;
const VALUE = /[^\s"()[\]{},=]+/y;
const KEY = /[^\s"()[\]{},:=]+/y;

/** JSON without white space, and of a list each item. */
interface ReadJson {
  readonly json: string;
  /** Empty where it is no list. */
  readonly items: readonly string[];
}

/**
 * Reads what `writeCompact` wrote.
 *
 * @throws Error where the text is nothing of the kind
 */
export function readCompact(compact: string): ReadJson {
  const text = compact.startsWith("[") ? compact : `{${compact}}`;
  let at = 0;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  }

  function skip(sign: string): boolean {
    match(GAP);
    if (!text.startsWith(sign, at)) return false;
    at += sign.length;
    return true;
  }

  function expect(sign: string): void {
    if (!skip(sign)) throw new Error(`"${sign}" is missing at ${at}`);
  }

  function word(pattern: RegExp): string {
    match(GAP);
    const found = match(QUOTED) ?? match(pattern);
    if (found === undefined) throw new Error(`a word is missing at ${at}`);
    return found;
  }

  function key(): string {
    const found = word(KEY);
    return found.startsWith('"') ? found : `"${found}"`;
  }

  function until<T>(closing: string, read: () => T): readonly T[] {
    const found: T[] = [];
    while (!skip(closing)) found.push(read());
    return found;
  }

  function value(): string {
    if (skip("[")) return `[${items().join(",")}]`;
    if (skip("{")) return `{${fields().join(",")}}`;
    return toJson(word(VALUE));
  }

  function items(): readonly string[] {
    if (!skip("(")) return until("]", value);
    const shape = skip("[") ? listShape() : objectShape();
    if (shape.kind === "list") expect(")");
    return until("]", () => cell(shape, ""));
  }

  function fields(): readonly string[] {
    match(GAP);
    if (!text.startsWith(`${ROW_KEY}(`, at) && !text.startsWith(`${ROW_KEY}[`, at)) {
      return until("}", () => {
        const name = key();
        expect(":");
        return `${name}:${value()}`;
      });
    }
    key();
    const shape = columnShape();
    return until("}", () => {
      const name = key();
      return `${name}:${cell(shape, name)}`;
    });
  }

  function columnShape(): Shape {
    if (skip("(")) return objectShape();
    if (skip("[")) return listShape();
    if (!skip("=")) return { kind: "any" };
    if (/^key[\s)]/.test(text.slice(at, at + ROW_KEY.length + 1))) {
      at += ROW_KEY.length;
      return { kind: "row-key" };
    }
    return { kind: "constant", json: value() };
  }

  function objectShape(): Shape {
    return { kind: "object", fields: until(")", () => [key(), columnShape()] as const) };
  }

  function listShape(): Shape {
    const of = columnShape();
    expect("]");
    return { kind: "list", of };
  }

  function cell(shape: Shape, rowKey: string): string {
    const json = cellOrAbsent(shape, rowKey);
    if (json === undefined) throw new Error(`a value is missing at ${at}`);
    return json;
  }

  /** `undefined`: the row's object has not the key. */
  function cellOrAbsent(shape: Shape, rowKey: string): string | undefined {
    if (shape.kind === "row-key") return rowKey;
    if (shape.kind === "constant") return shape.json;
    if (shape.kind === "list") {
      expect("[");
      return `[${until("]", () => cell(shape.of, "")).join(",")}]`;
    }
    if (shape.kind === "any") return isAbsent() ? undefined : value();
    const present = shape.fields.flatMap(([name, column]) => {
      const json = cellOrAbsent(column, rowKey);
      return json === undefined ? [] : [`${name}:${json}`];
    });
    return `{${present.join(",")}}`;
  }

  function isAbsent(): boolean {
    match(GAP);
    if (!/^-[\s)\]},]/.test(text.slice(at, at + 2))) return false;
    at += ABSENT.length;
    return true;
  }

  const list = skip("[") ? items() : undefined;
  const json = list === undefined ? value() : `[${list.join(",")}]`;
  match(GAP);
  if (at < text.length) throw new Error(`something is left at ${at}`);
  return { json, items: list ?? [] };
}
