import { PromptCompilerError } from "../errors.ts";
import { isRecord } from "../wires/read.ts";
import { KEPT_SECONDS } from "./file-store.ts";
import type { FileExpiry } from "./objects.ts";

const FEWEST_SECONDS = 60 * 60;

/**
 * Seconds that a file is to be kept; `undefined`: nothing is said. What callers over HTTP say may be anything.
 *
 * @param param - what names it
 * @throws PromptCompilerError `PC_INVALID_REQUEST`
 */
export function readExpiry(
  said: { readonly [field in keyof FileExpiry]?: unknown } | null | undefined,
  param: string,
): number | undefined {
  if (said === undefined || said === null) return undefined;
  const { anchor, seconds } = isRecord(said) ? said : {};
  if (
    anchor === "created_at" &&
    typeof seconds === "number" &&
    Number.isInteger(seconds) &&
    seconds >= FEWEST_SECONDS &&
    seconds <= KEPT_SECONDS
  ) {
    return seconds;
  }
  const message = `${param} must be { anchor: "created_at", seconds } of ${FEWEST_SECONDS} to ${KEPT_SECONDS} seconds`;
  throw new PromptCompilerError("PC_INVALID_REQUEST", message, { param, wireCode: "invalid_value" });
}
