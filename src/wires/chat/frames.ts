import { readOpenAIError, UNTOLD_ERROR } from "../openai-error.ts";
import { asArray, asRecord, isRecord, parseRecord } from "../read.ts";
import type { Frame, FrameFacts, WireBody } from "../wire.ts";
import { readUsage } from "./usage.ts";

/** The stream's sentinel. */
export const DONE = "[DONE]";

const SAID: FrameFacts = { meaningful: true, terminal: false };
const MALFORMED: FrameFacts = { meaningful: false, terminal: false, malformed: true };
const END: FrameFacts = { meaningful: false, terminal: true, last: true };

/**
 * What one chunk of a chat stream says. Most chunks are a piece of text and nothing else: those are told by two
 * searches, without parsing. A key inside a text cannot be mistaken for one of the chunk's own: there its quotes
 * are escaped.
 */
export function inspectChatFrame(frame: Frame): FrameFacts {
  if (frame.data === DONE) return END;
  if (SOME_TEXT.test(frame.data) && !MORE_THAN_TEXT.test(frame.data)) return SAID;
  const chunk = parseRecord(frame.data);
  return chunk === undefined ? MALFORMED : inspectChunk(chunk);
}

const SOME_TEXT = /"(?:content|reasoning_content|arguments)":\s*"[^"]/;
const MORE_THAN_TEXT = /"(?:error|usage|finish_reason)":\s*[^\sn]/;

function inspectChunk(chunk: WireBody): FrameFacts {
  const choices = asArray(chunk["choices"]).filter(isRecord);
  const usage = readUsage(chunk["usage"]);
  const finished = choices
    .map((choice) => choice["finish_reason"])
    .filter((reason) => typeof reason === "string");
  const failed = readOpenAIError(chunk["error"]) ?? (finished.includes("error") ? UNTOLD_ERROR : undefined);
  return {
    meaningful: choices.some((choice) => saysSomething(asRecord(choice["delta"]))),
    terminal: finished.length > 0,
    ...(finished.includes(FILTERED) && { filtered: true }),
    ...(failed && { error: failed }),
    ...(usage && { usage, usageOnly: choices.length === 0 }),
  };
}

/** What a whole chat completion says. */
export function inspectChatBody(
  body: WireBody,
): Pick<FrameFacts, "meaningful" | "error" | "usage" | "filtered"> {
  const error = readOpenAIError(body["error"]);
  const usage = readUsage(body["usage"]);
  const choices = asArray(body["choices"]);
  return {
    meaningful: choices.length > 0,
    ...(choices.some((choice) => asRecord(choice)?.["finish_reason"] === FILTERED) && { filtered: true }),
    ...(error && { error }),
    ...(usage && { usage }),
  };
}

/** The finish reason of an answer that a content filter cut short. */
const FILTERED = "content_filter";

/** Fields of a delta that speak of the stream, not in it. */
const SILENT_FIELDS: ReadonlySet<string> = new Set(["role", "name", "obfuscation"]);

function saysSomething(delta: WireBody | undefined): boolean {
  return Object.entries(delta ?? {}).some(([field, value]) => !SILENT_FIELDS.has(field) && !isEmpty(value));
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
  );
}
