import { readOpenAIError, UNTOLD_ERROR } from "../openai-error.ts";
import { asArray, asRecord, asString, parseRecord } from "../read.ts";
import type { Frame, FrameFacts, WireBody } from "../wire.ts";
import { readUsage } from "./usage.ts";

/** OpenAI ends a stream without it; the Open Responses specification demands it, and every client takes it (wire 55). */
export const DONE = "[DONE]";

/** Events with which an answer is complete. */
export const COMPLETE: ReadonlySet<string | undefined> = new Set([
  "response.completed",
  "response.incomplete",
]);

const SAID: FrameFacts = { meaningful: true, terminal: false };
const SILENT: FrameFacts = { meaningful: false, terminal: false };

/** What one event of a stream says. Most are a piece of text: those are told by their name, without parsing. */
export function inspectFrame({ data, event }: Frame): FrameFacts {
  if (data === DONE) return { meaningful: false, terminal: true, last: true };
  if (event?.endsWith(".delta") === true) return SAID;
  const told = parseRecord(data);
  return told === undefined ? { ...SILENT, malformed: true } : inspectEvent(told);
}

function inspectEvent(told: WireBody): FrameFacts {
  const type = asString(told["type"]) ?? "";
  if (type === "error") return { ...SILENT, error: readOpenAIError(told["error"] ?? told) ?? UNTOLD_ERROR };
  if (type === "response.failed") return { ...SILENT, error: errorOf(told["response"]) };
  if (COMPLETE.has(type)) {
    const { usage, filtered } = inspectBody(asRecord(told["response"]) ?? {});
    return { meaningful: false, terminal: true, ...(usage && { usage }), ...(filtered && { filtered }) };
  }
  // Some gateways send OpenAI's other error shape (wire 28).
  const error = readOpenAIError(told["error"]);
  if (error !== undefined) return { ...SILENT, error };
  return type.endsWith(".delta") || showsItem(type, told["item"]) ? SAID : SILENT;
}

/** An item that is there, or that is a call and thereby says something already. */
function showsItem(type: string, item: unknown): boolean {
  if (type === "response.output_item.done") return true;
  const kind = asString(asRecord(item)?.["type"]);
  return type === "response.output_item.added" && kind !== "message" && kind !== "reasoning";
}

function errorOf(response: unknown): NonNullable<FrameFacts["error"]> {
  return readOpenAIError(asRecord(response)?.["error"]) ?? UNTOLD_ERROR;
}

/** What a whole response says. */
export function inspectBody(body: WireBody): Pick<FrameFacts, "meaningful" | "error" | "usage" | "filtered"> {
  const failed = body["status"] === "failed" || readOpenAIError(body["error"]) !== undefined;
  const usage = readUsage(body["usage"]);
  return {
    // Without a word it is an answer too, but whoever waits for one in the background has none yet.
    meaningful: asArray(body["output"]).length > 0 || typeof body["status"] === "string",
    ...(asRecord(body["incomplete_details"])?.["reason"] === "content_filter" && { filtered: true }),
    ...(failed && { error: errorOf(body) }),
    ...(usage && { usage }),
  };
}
