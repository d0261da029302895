/**
 * What the events of a streamed message say (https://platform.claude.com/docs/en/build-with-claude/streaming):
 *
 *     message_start ─▶ (content_block_start ─▶ content_block_delta … ─▶ content_block_stop) … ─▶ message_delta ─▶ message_stop
 *
 * with `ping` anywhere. Events of other names may come at any time, and say nothing. An `error` ends it.
 */
import { readOpenAIError } from "../openai-error.ts";
import { asRecord, asString, isRecord, parseRecord } from "../read.ts";
import type { Frame, FrameFacts, WireBody } from "../wire.ts";
import { readUsage } from "./usage.ts";

const SILENT: FrameFacts = { meaningful: false, terminal: false };
const SAID: FrameFacts = { meaningful: true, terminal: false };

/** The event that ends every stream. */
export const STOP: Frame = { event: "message_stop", data: '{"type":"message_stop"}' };

/** An event, named as its type. */
export function toFrame(event: { readonly type: string; readonly [field: string]: unknown }): Frame {
  return { event: event.type, data: JSON.stringify(event) };
}

/** What one event says. */
export function inspectFrame({ data }: Frame): FrameFacts {
  const event = parseRecord(data);
  if (event === undefined) return { ...SILENT, malformed: true };
  switch (event["type"]) {
    case "message_start":
      return { ...SILENT, ...usageFacts(asRecord(event["message"])?.["usage"]) };
    case "content_block_start":
      return saysSomething(event["content_block"]) ? SAID : SILENT;
    case "content_block_delta":
      return saysSomething(event["delta"]) ? SAID : SILENT;
    case "message_delta":
      return inspectEnd(event);
    case "message_stop":
      return { meaningful: false, terminal: true, last: true };
    default:
      return "error" in event ? { ...SILENT, ...errorFacts(event) } : SILENT;
  }
}

function inspectEnd({ delta, usage }: WireBody): FrameFacts {
  const reason = asString(asRecord(delta)?.["stop_reason"]);
  return {
    meaningful: false,
    terminal: reason !== undefined,
    ...(reason === REFUSAL && { filtered: true }),
    ...usageFacts(usage),
  };
}

/** What a whole message says. */
export function inspectBody(body: WireBody): Pick<FrameFacts, "meaningful" | "error" | "usage" | "filtered"> {
  return {
    meaningful: Array.isArray(body["content"]),
    ...(body["stop_reason"] === REFUSAL && { filtered: true }),
    ...errorFacts(body),
    ...usageFacts(body["usage"]),
  };
}

/** The reason of a message that a classifier cut short. */
const REFUSAL = "refusal";

function usageFacts(value: unknown): Pick<FrameFacts, "usage"> {
  const usage = readUsage(value);
  return usage === undefined ? {} : { usage };
}

function errorFacts({ error: value }: WireBody): Pick<FrameFacts, "error"> {
  const error = readOpenAIError(value);
  return error === undefined ? {} : { error };
}

/** Fields of a block or a delta that speak of it, not in it. */
const ABOUT: ReadonlySet<string> = new Set(["type", "citations", "signature"]);

/** A call of a tool says something by its name, before it has any input. */
function saysSomething(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.entries(value).some(
      ([field, said]) => !ABOUT.has(field) && said !== "" && said !== null && said !== undefined,
    )
  );
}
