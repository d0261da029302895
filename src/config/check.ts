/**
 * The check of options, and the words of a mistake: the option, what it must be, what it is.
 *
 *     createPromptCompiler: context.maxInputTokens must be a positive integer, got -1
 *     createPromptCompiler: unknown option context.maxInputToken, did you mean context.maxInputTokens?
 *
 * Every mistake is told, not the first alone. Where all are numbers out of range it is a `RangeError`, else a
 * `TypeError`. What may be secret, by the name of its option, is never repeated.
 */
import type { z } from "zod";
import { nearestName } from "../nearest-name.ts";

type Path = readonly PropertyKey[];

/** The value, checked, with its defaults. @throws TypeError or RangeError that begins with `where`: who was called */
export function check<T>(schema: z.ZodType<T>, given: unknown, where: string): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const mistakes = result.error.issues.flatMap((issue) => mistakesOf(issue, given, schema));
  const message = `${where}: ${mistakes.map(({ text }) => text).join("; ")}`;
  throw mistakes.every(({ outOfRange }) => outOfRange) ? new RangeError(message) : new TypeError(message);
}

interface Mistake {
  readonly text: string;
  readonly outOfRange: boolean;
}

function mistakesOf(issue: z.core.$ZodIssue, given: unknown, schema: z.core.$ZodType): readonly Mistake[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => ({ text: unknownOption(issue.path, name, schema), outOfRange: false }));
  }
  const found = valueAt(given, issue.path);
  if (issue.code === "invalid_union" && typeof found === "object") {
    const inside = issue.errors.at(-1) ?? [];
    return inside.flatMap((each) =>
      mistakesOf({ ...each, path: [...issue.path, ...each.path] }, given, schema),
    );
  }
  const name = issue.path.length === 0 ? "options" : spell(issue.path);
  const got = isSecret(issue.path) ? "[secret]" : describeValue(found);
  return [{ text: `${name} ${issue.message}, got ${got}`, outOfRange: typeof found === "number" }];
}

function unknownOption(path: Path, name: string, schema: z.core.$ZodType): string {
  const siblings = Object.keys(shapeAt(schema, path)).map((key) => [...path, key]);
  const meant = nearest(name, siblings) ?? nearest(name, pathsIn(schema));
  const hint = meant ? `did you mean ${spell(meant)}?` : `known are ${siblings.map(spell).join(", ")}`;
  return `unknown option ${spell([...path, name])}, ${hint}`;
}

function nearest(name: string, paths: readonly Path[]): Path | undefined {
  const byName = new Map(paths.map((path) => [String(path.at(-1)), path]));
  const found = nearestName(name, byName.keys());
  return found === undefined ? undefined : byName.get(found);
}

/** Every option that has a fixed place, in depth. */
function pathsIn(schema: z.core.$ZodType, path: Path = []): readonly Path[] {
  return Object.entries(shapeAt(schema, [])).flatMap(([name, inner]) => [
    [...path, name],
    ...pathsIn(inner, [...path, name]),
  ]);
}

/** The options an object of the schema has; none where the schema at `path` is not of an object. */
function shapeAt(schema: z.core.$ZodType, path: Path): Readonly<Record<string, z.core.$ZodType>> {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if ("innerType" in def) return shapeAt(def.innerType, path);
  const [key, ...rest] = path;
  if (def.type === "union") return Object.assign({}, ...def.options.map((each) => shapeAt(each, path)));
  if (def.type === "array") return key === undefined ? {} : shapeAt(def.element, rest);
  if (def.type !== "object") return {};
  if (key === undefined) return def.shape;
  const inner = def.shape[String(key)];
  return inner === undefined ? {} : shapeAt(inner, rest);
}

function valueAt(given: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (parent, key) => (typeof parent === "object" && parent !== null ? Reflect.get(parent, key) : undefined),
    given,
  );
}

/** @example spell(["deployments", 0, "model"]); // "deployments[0].model" */
function spell(path: Path): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`))
    .join("");
}

function isSecret(path: Path): boolean {
  return path.some((name) => /key|secret|token$|password|authorization|headers/i.test(String(name)));
}

const LONGEST_QUOTE = 60;

/** A value as a message may repeat it: short, and of an object no more than that it is one. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value);
  }
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
