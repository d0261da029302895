import type { z } from "zod";
import { PromptCompilerError } from "../errors.ts";
import { isRecord } from "./read.ts";
import type { WireBody } from "./wire.ts";

/** What is wrong with a request, for its wire to tell in its own words. */
export interface RequestFault {
  /** "messages[0].role" */
  readonly param: string;
  /** It is not there, it holds nothing, it is something else, or none of the words that it may be. */
  readonly problem: "missing" | "empty" | "wrong" | "unknown";
  /** What the schema says it must be, and what it is: "must be a string, got a number". Never its value. */
  readonly expected: string;
}

/** The first thing that keeps a request from being what its wire's schema says; `undefined`: nothing does. */
export function faultOf(schema: z.ZodType, body: WireBody): RequestFault | undefined {
  const result = schema.safeParse(body);
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  if (issue === undefined) return undefined;
  const inner = innermost(issue);
  const value = valueAt(body, inner.path);
  const problem = problemOf(inner, value);
  const got = problem === "unknown" ? "" : `, got ${kindOf(value)}`;
  return { param: toParam(inner.path), problem, expected: `must be ${namesOf(inner)}${got}` };
}

/** Of what may be several things the fault inside the one that it is. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().find(({ path }) => path.length > 0);
  return inner === undefined ? issue : innermost({ ...inner, path: [...issue.path, ...inner.path] });
}

function problemOf({ path, code }: z.core.$ZodIssue, value: unknown): RequestFault["problem"] {
  if (path.length === 1 && (value ?? null) === null) return "missing";
  if (code === "too_small") return "empty";
  return code === "invalid_value" ? "unknown" : "wrong";
}

/** What would have done: "a string, an array or null", `one of "float", "base64"`. */
function namesOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return TYPES[issue.expected] ?? issue.expected;
  if (issue.code === "invalid_value")
    return `one of ${issue.values.map((each) => JSON.stringify(each)).join(", ")}`;
  if (issue.code !== "invalid_union") return issue.message;
  const names = [...new Set(issue.errors.flat().map(namesOf))];
  return [names.slice(0, -1).join(", "), names.at(-1)].filter((part) => part !== "").join(" or ");
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  array: "an array",
  object: "an object",
};

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return isRecord(value) ? "an object" : `a ${typeof value}`;
}

function valueAt(body: WireBody, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown>)[step], body);
}

function toParam(path: readonly PropertyKey[]): string {
  return path.reduce<string>((param, step) => {
    if (typeof step === "number") return `${param}[${step}]`;
    return param === "" ? String(step) : `${param}.${String(step)}`;
  }, "");
}

/**
 * Checks a request of one of OpenAI's wires.
 *
 * @throws PromptCompilerError `PC_INVALID_REQUEST` naming the field, with OpenAI's code for what is wrong
 */
export function checkOpenAIRequest(schema: z.ZodType, body: WireBody, emptyCode = "empty_array"): void {
  const fault = faultOf(schema, body);
  if (fault === undefined) return;
  const { param, problem, expected } = fault;
  const [message, wireCode] = {
    missing: [`missing required parameter: '${param}'`, "missing_required_parameter"] as const,
    empty: [`'${param}' must not be empty`, emptyCode] as const,
    wrong: [`'${param}' ${expected}`, "invalid_type"] as const,
    unknown: [`'${param}' ${expected}`, "invalid_value"] as const,
  }[problem];
  throw new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode });
}
