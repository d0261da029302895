import { asRecord, asString } from "./read.ts";
import type { Frame, FrameFacts, WireBody, WireCodec, WireError } from "./wire.ts";

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

/** How the wires of OpenAI's tell of failures: all four keys are always there (wire 47), in a stream too (wire 28). */
export const openAIErrors: Pick<WireCodec, "requestIdHeader" | "errorBody" | "errorFrames"> = {
  requestIdHeader: "x-request-id",
  errorBody,
  errorFrames: (body) => [toErrorFrame(body)],
};

function errorBody({ message, type, param, code }: WireError): WireBody {
  return { error: { message, type, param, code } };
}

/** With a top-level `error`, as the SDKs look for it. */
function toErrorFrame(body: WireBody): Frame {
  return { data: JSON.stringify(body["error"] ? body : { error: body }) };
}
