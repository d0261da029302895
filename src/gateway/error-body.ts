/**
 * Every failure as OpenAI's SDKs expect it: the gateway's own refusals with the status they were given, everything else
 * as `error-answer.ts` tells it.
 */
import { type ErrorAnswer, errorAnswer, failed, INVALID } from "../error-answer.ts";
import { isPromptCompilerError } from "../errors.ts";
import { isRecord } from "../wires/read.ts";
import { RequestRefusedError } from "./refusal.ts";

export function toErrorAnswer(error: unknown): ErrorAnswer {
  return error instanceof RequestRefusedError ? refused(error) : errorAnswer(error);
}

function refused(error: RequestRefusedError): ErrorAnswer {
  const { status } = error;
  const type = status >= 500 ? "server_error" : INVALID;
  const answer = failed({ status, type, code: null }, error.message, error);
  return { ...answer, headers: { ...answer.headers, ...error.headers } };
}

/** Whether nobody foresaw it: what `onError` hears of. */
export function isUnforeseen(error: unknown): boolean {
  return !isPromptCompilerError(error) && !(error instanceof Error && error.name === "TimeoutError");
}

/** A failure as the event that ends a stream: one line, with a top-level `error`, as the SDKs look for (wire 28). */
export function toErrorEvent(answer: ErrorAnswer): string {
  const value: unknown = JSON.parse(Buffer.from(answer.body).toString());
  const error = isRecord(value) && value["error"] ? value : { error: value };
  return `data: ${JSON.stringify(error)}\n\n`;
}
