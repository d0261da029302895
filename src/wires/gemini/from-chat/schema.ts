/**
 * A JSON Schema as Gemini takes it, for the parameters of a function and for the answer: the keywords that
 * https://ai.google.dev/api/generate-content#FIELDS.response_json_schema lists, and what can be said with them.
 *
 *     const: x            enum: [x]
 *     definitions         $defs, and references to them
 *     allOf: [x]          x
 *     nullable: true      type: [type, "null"]
 *
 * Every other keyword is left out and noted. It narrows what fits: without it the model may say more than the caller wants,
 * never less.
 */

import type { Drop } from "../../drop.ts";
import { asArray, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

const KEPT: ReadonlySet<string> = new Set([
  "$id",
  "$anchor",
  "type",
  "format",
  "title",
  "description",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "required",
  "propertyOrdering",
]);

/** Keywords that hold a schema, a list of them, schemas by name. */
const ONE: ReadonlySet<string> = new Set(["items", "additionalProperties"]);
const LIST: ReadonlySet<string> = new Set(["prefixItems", "anyOf", "oneOf"]);
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);

/** Keywords that say nothing of the values. */
const SILENT: ReadonlySet<string> = new Set(["$schema", "$comment"]);

type Member = readonly [keyword: string, value: unknown];

/** @param path - where the schema stands in the caller's body */
export function toGeminiSchema(schema: WireBody, path: string, drop: Drop): WireBody {
  if (typeof schema["$ref"] === "string") return toReference(schema, schema["$ref"], path, drop);
  const { nullable, allOf, ...own } = schema;
  const [only, ...others] = asArray(allOf);
  if (isRecord(only) && others.length === 0) return toGeminiSchema({ ...only, ...own }, path, drop);
  if (allOf !== undefined) drop(`${path}.allOf`);

  const taken = Object.entries(own).flatMap(([keyword, value]): readonly Member[] => {
    const at = `${path}.${keyword}`;
    if (KEPT.has(keyword)) return [[keyword, value]];
    if (ONE.has(keyword)) return [[keyword, isRecord(value) ? toGeminiSchema(value, at, drop) : value]];
    if (LIST.has(keyword)) return [[keyword, eachOf(value, at, drop)]];
    if (NAMED.has(keyword))
      return [[keyword === "definitions" ? "$defs" : keyword, namedOf(value, at, drop)]];
    if (keyword === "enum") return toEnum(asArray(value), at, drop);
    if (keyword === "const") return toEnum([value], at, drop);
    if (!SILENT.has(keyword)) drop(at);
    return [];
  });
  const { type, ...rest } = Object.fromEntries(taken);
  if (type === undefined) return rest;
  return { type: nullable === true && typeof type === "string" ? [type, "null"] : type, ...rest };
}

/** A reference stands alone, but for keywords that begin with "$". */
function toReference(schema: WireBody, reference: string, path: string, drop: Drop): WireBody {
  const named: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    const at = `${path}.${keyword}`;
    if (keyword === "$defs" || keyword === "definitions") named["$defs"] = namedOf(value, at, drop);
    else if (keyword !== "$ref" && !SILENT.has(keyword)) drop(at);
  }
  return { $ref: reference.replace("#/definitions/", "#/$defs/"), ...named };
}

function eachOf(value: unknown, path: string, drop: Drop): readonly unknown[] {
  return asArray(value).map((each, index) =>
    isRecord(each) ? toGeminiSchema(each, `${path}[${index}]`, drop) : each,
  );
}

function namedOf(value: unknown, path: string, drop: Drop): WireBody {
  const named = Object.entries(isRecord(value) ? value : {});
  return Object.fromEntries(
    named.map(([name, each]) => [
      name,
      isRecord(each) ? toGeminiSchema(each, `${path}.${name}`, drop) : each,
    ]),
  );
}

/** Texts and numbers only. */
function toEnum(values: readonly unknown[], path: string, drop: Drop): readonly Member[] {
  const sayable = values.filter((value) => typeof value === "string" || typeof value === "number");
  if (sayable.length < values.length) drop(path);
  return sayable.length === 0 ? [] : [["enum", sayable]];
}
