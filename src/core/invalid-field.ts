import { PromptCompilerError } from "../errors.ts";

/** The error that says what is wrong with a field: `PC_INVALID_REQUEST`, naming it. */
export function invalidField(param: string, fault: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", `${param} ${fault}`, { param });
}
