import type { z } from "zod";
import { PromptCompilerError } from "../errors.ts";
import type { WireBody } from "./wire.ts";

/** What is wrong with a request, for its wire to tell in its own words. */
export interface RequestFault {
  /** "messages[0].role" */
  readonly param: string;
  /** It is not there, it holds nothing, or it is something else. */
  readonly problem: "missing" | "empty" | "wrong";
  /** What the schema says it must be: "must be a string". */
  readonly expected: string;
}

/** The first thing that keeps a request from being what its wire's schema says; `undefined`: nothing does. */
export function faultOf(schema: z.ZodType, body: WireBody): RequestFault | undefined {
  const result = schema.safeParse(body);
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  if (issue === undefined) return undefined;
  const { path, code, message } = innermost(issue);
  return { param: toParam(path), problem: problemOf(body, path, code), expected: message };
}

/** Of what may be several things the fault inside the one that it is. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors.flat().find(({ path }) => path.length > 0);
  return inner === undefined ? issue : innermost({ ...inner, path: [...issue.path, ...inner.path] });
}

function problemOf(body: WireBody, path: readonly PropertyKey[], code: string | undefined) {
  const [name, ...deeper] = path;
  const isMissing = deeper.length === 0 && typeof name === "string" && (body[name] ?? null) === null;
  if (isMissing) return "missing";
  return code === "too_small" ? "empty" : "wrong";
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
  }[problem];
  throw new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode });
}
