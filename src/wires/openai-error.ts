import { asArray, asRecord, asString } from "./read.ts";
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
export const openAIErrors: Pick<
  WireCodec,
  "requestIdHeader" | "errorBody" | "completeError" | "errorFrames"
> = {
  requestIdHeader: "x-request-id",
  errorBody,
  completeError,
  errorFrames: (body) => [toErrorFrame(body)],
};

function errorBody({ message, type, param, code }: WireError): WireBody {
  return { error: { message, type, param, code } };
}

/** FastAPI's `detail`, a bare text, a number for a code: whatever it is, it comes to have OpenAI's four keys (wire 47). */
function completeError(body: WireBody, otherwise: WireError): WireBody {
  const error = asRecord(body["error"]);
  const told = error ?? body;
  const { message, type, param = null, code = null } = told;
  const complete = {
    message: asString(message) ?? detailOf(body) ?? otherwise.message,
    type: asString(type) ?? otherwise.type,
    param: asString(param) ?? null,
    code: typeof code === "number" ? String(code) : (asString(code) ?? null),
  };
  if (error === undefined) return { error: complete };
  const isComplete = Object.entries(complete).every(([name, value]) => error[name] === value);
  return isComplete ? body : { ...body, error: { ...error, ...complete } };
}

/** The sentence where there is no error object. Mistral has the list of FastAPI where the sentence belongs. */
function detailOf({ error, message, detail = asRecord(message)?.["detail"] }: WireBody): string | undefined {
  const [first] = asArray(detail);
  return asString(error) ?? asString(detail) ?? asString(asRecord(first ?? detail)?.["msg"]);
}

/** With a top-level `error`, as the SDKs look for it. */
function toErrorFrame(body: WireBody): Frame {
  return { data: JSON.stringify(body["error"] ? body : { error: body }) };
}
