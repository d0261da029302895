/**
 * Tools of a chat as Gemini's function declarations, and which of them may be called. A tool that takes free text becomes
 * a function with one parameter, `input`; the way back unwraps it. Tools that OpenAI runs itself cannot be asked for.
 */

import { type Drop, dropOthers } from "../../drop.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { toGeminiSchema } from "./schema.ts";
import { geminiToolName } from "./tool-names.ts";

/** Fields of a request, where they have anything to say. */
interface GeminiTools {
  readonly tools?: readonly WireBody[];
  readonly toolConfig?: WireBody;
}

const FUNCTION_FIELDS: ReadonlySet<string> = new Set(["name", "description", "parameters", "strict"]);
const CUSTOM_FIELDS: ReadonlySet<string> = new Set(["name", "description"]);
const TOOL_FIELDS: ReadonlySet<string> = new Set(["type", "function", "custom"]);

export function toTools(body: WireBody, drop: Drop): GeminiTools {
  const declarations = [
    ...asArray(body["tools"]).map((tool, index) => toDeclaration(tool, `tools[${index}]`, drop)),
    ...asArray(body["functions"]).map((each, index) =>
      functionOf(asRecord(each) ?? {}, `functions[${index}]`, drop),
    ),
  ].filter((declaration) => declaration !== undefined);
  if (body["parallel_tool_calls"] === false) drop("parallel_tool_calls");
  if (declarations.length === 0) return {};
  const config = toCallingConfig(body, drop) ?? (hasStrict(body) ? { mode: "VALIDATED" } : undefined);
  return {
    tools: [{ functionDeclarations: declarations }],
    ...(config && { toolConfig: { functionCallingConfig: config } }),
  };
}

function toDeclaration(tool: unknown, path: string, drop: Drop): WireBody | undefined {
  const { function: called, custom, ...rest } = asRecord(tool) ?? {};
  if (isRecord(called)) {
    dropOthers(rest, TOOL_FIELDS, path, drop);
    return functionOf(called, `${path}.function`, drop);
  }
  if (isRecord(custom)) {
    dropOthers(custom, CUSTOM_FIELDS, `${path}.custom`, drop);
    return { ...described(custom), parametersJsonSchema: FREE_TEXT };
  }
  drop(path);
  return undefined;
}

const FREE_TEXT = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };

function functionOf(called: WireBody, path: string, drop: Drop): WireBody {
  dropOthers(called, FUNCTION_FIELDS, path, drop);
  const parameters = asRecord(called["parameters"]);
  if (parameters === undefined || takesNothing(parameters)) return described(called);
  return {
    ...described(called),
    parametersJsonSchema: toGeminiSchema(parameters, `${path}.parameters`, drop),
  };
}

function described({ name, description }: WireBody): WireBody {
  return { name: geminiToolName(asString(name) ?? ""), ...(description ? { description } : {}) };
}

/** An object without properties is refused as a schema, and says no more than none. */
function takesNothing({ type, properties, ...rest }: WireBody): boolean {
  const isEmpty = !isRecord(properties) || Object.keys(properties).length === 0;
  return (
    isEmpty &&
    (type === "object" || type === undefined) &&
    !("$ref" in rest || "anyOf" in rest || "oneOf" in rest || "allOf" in rest)
  );
}

function hasStrict({ tools }: WireBody): boolean {
  return asArray(tools).some((tool) => asRecord(asRecord(tool)?.["function"])?.["strict"] === true);
}

const MODES: Readonly<Record<string, string>> = { none: "NONE", required: "ANY" };

/** @returns `undefined` where the model decides */
function toCallingConfig(body: WireBody, drop: Drop): WireBody | undefined {
  const choice = body["tool_choice"] ?? body["function_call"];
  if (choice === undefined || choice === null || choice === "auto") return undefined;
  const mode = MODES[asString(choice) ?? ""];
  if (mode !== undefined) return { mode };
  const { type, ...named } = asRecord(choice) ?? {};
  const allowed = asRecord(named["allowed_tools"]);
  if (allowed !== undefined) {
    return {
      mode: allowed["mode"] === "required" ? "ANY" : "VALIDATED",
      allowedFunctionNames: asArray(allowed["tools"]).map((tool) =>
        geminiToolName(nameOf(asRecord(tool) ?? {}) ?? ""),
      ),
    };
  }
  const name = nameOf(named);
  if (name !== undefined) return { mode: "ANY", allowedFunctionNames: [geminiToolName(name)] };
  drop(type === undefined ? "function_call" : "tool_choice");
  return undefined;
}

function nameOf(choice: WireBody): string | undefined {
  const inner = asRecord(choice["function"]) ?? asRecord(choice["custom"]) ?? choice;
  return asString(inner["name"]);
}
