import { asRecord, asString } from "./read.ts";
import type { FrameFacts } from "./wire.ts";

export const UNTOLD_ERROR: NonNullable<FrameFacts["error"]> = {
  message: "the answer ended with an error",
  code: undefined,
};

/** An `error` member, in any of the shapes vendors give it; `undefined` for null and the like. */
export function readOpenAIError(value: unknown): FrameFacts["error"] {
  if (value === undefined || value === null || value === false || value === "") return undefined;
  const error = asRecord(value);
  const code = error?.["code"] ?? error?.["type"];
  return {
    message: asString(error?.["message"]) ?? asString(value) ?? UNTOLD_ERROR.message,
    code: typeof code === "string" || typeof code === "number" ? String(code) : undefined,
  };
}
