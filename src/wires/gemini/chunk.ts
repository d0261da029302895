import { asArray, asRecord, asString, isRecord, parseRecord } from "../read.ts";
import type { FrameFacts, WireBody } from "../wire.ts";
import { isBroken, isFiltered } from "./finish-reason.ts";
import { readUsage } from "./usage.ts";

/**
 * What one event of a stream, or a whole answer, says: both have the same shape. Usage is that of all so far, and
 * comes unasked.
 */
export function inspectChunk(chunk: WireBody): FrameFacts {
  const candidates = candidatesOf(chunk);
  const reasons = candidates.map(({ finishReason }) => asString(finishReason)).filter((reason) => !!reason);
  const error = readError(chunk);
  const usage = readUsage(chunk["usageMetadata"]);
  return {
    meaningful: candidates.some((candidate) => partsOf(candidate).some(saysSomething)),
    terminal: reasons.length > 0,
    ...(reasons.some((reason) => reason && isFiltered(reason)) && { filtered: true }),
    ...(error && { error }),
    ...(usage && { usage }),
  };
}

/** The chunk in an event's data; `undefined` if it is none. An error may come in an array (wire 48). */
export function parseChunk(data: string): WireBody | undefined {
  if (!data.trimStart().startsWith("[")) return parseRecord(data);
  const [first] = asArray(parseRecord(`{"list":${data}}`)?.["list"]);
  return asRecord(first);
}

export function candidatesOf(chunk: WireBody): readonly WireBody[] {
  return asArray(chunk["candidates"]).filter(isRecord);
}

export function partsOf(candidate: WireBody): readonly WireBody[] {
  return asArray(asRecord(candidate["content"])?.["parts"]).filter(isRecord);
}

/**
 * Why there is no answer: a reported error; a prompt that was blocked, which comes as a 200 without candidates; a function
 * call that cannot be run.
 */
export function readError(chunk: WireBody): FrameFacts["error"] {
  const error = asRecord(chunk["error"]);
  if (error !== undefined) {
    const code = asString(error["status"]) ?? error["code"];
    return {
      message: asString(error["message"]) ?? "the answer ended with an error",
      code: code === undefined || code === null ? undefined : String(code),
    };
  }
  const candidates = candidatesOf(chunk);
  const blocked = asString(asRecord(chunk["promptFeedback"])?.["blockReason"]);
  if (blocked !== undefined && candidates.length === 0) {
    return { message: `the prompt was blocked: ${blocked}`, code: "content_filter" };
  }
  const broken = candidates.map(({ finishReason }) => asString(finishReason) ?? "").find(isBroken);
  return broken === undefined ? undefined : { message: `the answer ended with ${broken}`, code: broken };
}

/** Fields of a part that speak of it, not in it. */
const SILENT_FIELDS: ReadonlySet<string> = new Set(["thought", "thoughtSignature"]);

function saysSomething(part: WireBody): boolean {
  return Object.entries(part).some(([field, value]) => !SILENT_FIELDS.has(field) && value !== "");
}
