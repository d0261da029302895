import { openAIErrors, readOpenAIError, UNTOLD_ERROR } from "../openai-error.ts";
import { asCount, asRecord, asString, parseRecord } from "../read.ts";
import type { Frame, SentFrames, WireBody, WireCodec } from "../wire.ts";

/** A refusal is OpenAI's. In a stream that has begun, an `error` event, and the `response.failed` that ends it (wire 56). */
export const responsesErrors: Pick<
  WireCodec,
  "requestIdHeader" | "errorBody" | "completeError" | "errorFrames"
> = {
  ...openAIErrors,
  errorFrames,
};

function errorFrames(body: WireBody, { first, last }: SentFrames): readonly Frame[] {
  const told = asRecord(body["error"]) ?? asRecord(asRecord(body["response"])?.["error"]) ?? body;
  const { message } = readOpenAIError(told) ?? UNTOLD_ERROR;
  const code = asString(told["code"]) ?? null;
  const next = (asCount(parseRecord(last?.data ?? "")?.["sequence_number"]) ?? -1) + 1;
  const begun = asRecord(parseRecord(first?.data ?? "")?.["response"]);
  const error = {
    type: "error",
    code,
    message,
    param: asString(told["param"]) ?? null,
    sequence_number: next,
  };
  const response = { ...begun, status: "failed", error: { code: failureCode(code), message } };
  const failed = { type: "response.failed", sequence_number: next + 1, response };
  // Where nothing has begun there is no response that could have failed.
  return begun === undefined ? [toFrame(error)] : [toFrame(error), toFrame(failed)];
}

/** An event as a frame, under its own name. */
export function toFrame(event: WireBody & { readonly type: string }): Frame {
  return { event: event.type, data: JSON.stringify(event) };
}

/** A response has few codes for its failure: https://platform.openai.com/docs/api-reference/responses/object */
function failureCode(code: string | null): string {
  return code === "rate_limit_exceeded" ? code : "server_error";
}
