import { PromptCompilerError } from "../../errors.ts";
import { isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** What a conversation may begin with in place of an input. */
const INSTEAD = ["previous_response_id", "prompt", "conversation"];

/** @throws PromptCompilerError `PC_INVALID_REQUEST` if there is nothing to answer, or an item of it is none */
export function checkInput(body: WireBody): void {
  const { input, instructions } = body;
  if (input === undefined || input === null) {
    if (INSTEAD.some((name) => (body[name] ?? null) !== null)) return;
    throw invalid("input", "missing required parameter: 'input'", "missing_required_parameter");
  }
  if (typeof input !== "string" && !Array.isArray(input)) {
    throw invalid("input", "'input' must be a string or an array", "invalid_type");
  }
  if (typeof (instructions ?? "") !== "string") {
    throw invalid("instructions", "'instructions' must be a string", "invalid_type");
  }
  if (typeof input === "string") return;
  const wrong = input.findIndex((item) => !isRecord(item));
  if (wrong >= 0) throw invalid(`input[${wrong}]`, `'input[${wrong}]' must be an object`, "invalid_type");
}

/** A request that is not what it has to be. */
export function invalid(param: string, message: string, wireCode: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode });
}
