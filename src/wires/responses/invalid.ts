import { PromptCompilerError } from "../../errors.ts";

/** A request that is not what it has to be. */
export function invalid(param: string, message: string, wireCode: string): PromptCompilerError {
  return new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode });
}
