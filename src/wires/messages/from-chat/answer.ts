/** A whole chat completion as a message. */
import { readUsage } from "../../chat/usage.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { emptyMessage } from "../message-head.ts";
import { toStopReason } from "../stop-reasons.ts";
import { toToolInput } from "../tool-input.ts";
import { NO_SIGNATURE } from "../unsigned-thinking.ts";
import { toMessageUsage } from "../usage.ts";

/** The caller's names of tools, by those they have in the chat; only where the two differ. */
export type ToolNames = ReadonlyMap<unknown, string>;

export function toMessage(completion: WireBody, toolNames: ToolNames): WireBody {
  const { id, model, usage, choices } = completion;
  const choice = asRecord(asArray(choices)[0]) ?? {};
  const said = asRecord(choice["message"]) ?? {};
  const reasoning = reasoningOf(said);
  const calls = asArray(said["tool_calls"])
    .filter(isRecord)
    .map((call, index) => toToolUse(call, { answerId: id, index, toolNames }));
  return {
    ...emptyMessage(id, model),
    content: [
      ...(reasoning === "" ? [] : [{ type: "thinking", thinking: reasoning, signature: NO_SIGNATURE }]),
      ...textBlocks(said["content"]),
      ...textBlocks(said["refusal"]),
      ...calls,
    ],
    stop_reason: stopReasonOf(choice["finish_reason"], calls.length > 0, said["refusal"]),
    usage: toMessageUsage(readUsage(usage)),
  };
}

/** Some vendors say "stop" whatever they stop for. */
export function stopReasonOf(finishReason: unknown, hasCalls: boolean, refusal: unknown): string {
  if (hasCalls && finishReason === "stop") return "tool_use";
  return refusal ? "refusal" : toStopReason(finishReason);
}

/** What a vendor shows of its reasoning, under either of the names in use. */
export function reasoningOf({ reasoning_content, reasoning }: WireBody): string {
  return asString(reasoning_content) || asString(reasoning) || "";
}

/** The id of a call, and one of our own where the vendor gives none: the same each time this answer is read. */
export function callIdOf(id: unknown, answerId: unknown, index: number): string {
  return asString(id) || `toolu_${asString(answerId) ?? ""}_${index}`.replace(/[^\w-]/g, "_");
}

function textBlocks(content: unknown): readonly WireBody[] {
  const texts =
    typeof content === "string" ? [content] : asArray(content).map((part) => asRecord(part)?.["text"]);
  return texts
    .filter((text) => typeof text === "string" && text !== "")
    .map((text) => ({ type: "text", text }));
}

function toToolUse(
  call: WireBody,
  at: {
    readonly answerId: unknown;
    readonly index: number;
    readonly toolNames: ToolNames;
  },
): WireBody {
  const { name, arguments: written } = asRecord(call["function"]) ?? {};
  return {
    type: "tool_use",
    id: callIdOf(call["id"], at.answerId, at.index),
    name: at.toolNames.get(name) ?? name,
    input: toToolInput(written),
    caller: { type: "direct" },
  };
}
