/** A whole message as a chat completion (wire 10–14). */
import { toChatUsage } from "../../chat/usage.ts";
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody } from "../../wire.ts";
import { type PlacedBlock, toAside } from "../aside.ts";
import { keepThinking } from "../kept-thinking.ts";
import { toFinishReason } from "../stop-reasons.ts";
import { readUsage } from "../usage.ts";

/** What an answer needs of the call it is to. */
export interface ChatAnswerSetting {
  readonly memory: VendorMemory;
  /** Unix time in seconds. */
  readonly now: number;
  /** Names of tools whose calls are free text to the caller. */
  readonly customTools: ReadonlySet<unknown>;
}

export function toCompletion(message: WireBody, { memory, now, customTools }: ChatAnswerSetting): WireBody {
  const content = asArray(message["content"]).filter(isRecord);
  keepThinking(memory, content);
  const text = joined(content, "text");
  const reasoning = joined(content, "thinking");
  const calls = content.filter(({ type }) => type === "tool_use");
  const usage = toChatUsage(readUsage(message["usage"]));
  return {
    id: message["id"],
    object: "chat.completion",
    created: now,
    model: message["model"],
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" && (calls.length > 0 || content.length === 0) ? null : text,
          refusal: refusalIn(message["stop_details"]) ?? null,
          ...(reasoning !== "" && { reasoning_content: reasoning }),
          ...toAside(placed(content)),
          ...(calls.length > 0 && { tool_calls: calls.map((call) => toToolCall(call, customTools)) }),
        },
        finish_reason: toFinishReason(message["stop_reason"]),
        logprobs: null,
      },
    ],
    ...(usage && { usage }),
  };
}

function placed(content: readonly WireBody[]): readonly PlacedBlock[] {
  let end = 0;
  return content.map((block) => {
    const start = end;
    if (block["type"] === "text") end += (asString(block["text"]) ?? "").length;
    return { block, start, end };
  });
}

/** Blocks named as the field that their words are in. */
function joined(content: readonly WireBody[], type: "text" | "thinking"): string {
  return content
    .filter((block) => block["type"] === type)
    .map((block) => asString(block[type]) ?? "")
    .join("");
}

function toToolCall({ id, name, input }: WireBody, customTools: ReadonlySet<unknown>): WireBody {
  if (customTools.has(name)) return { id, type: "custom", custom: { name, input: freeText(input) } };
  return { id, type: "function", function: { name, arguments: JSON.stringify(input ?? {}) } };
}

/** What a custom tool is called with: the one field of its input or, where a model left that out, all of it. */
export function freeText(input: unknown): string {
  return asString(asRecord(input)?.["input"]) ?? asString(input) ?? JSON.stringify(input ?? "");
}

/** Why a classifier cut the answer short, in its words; `undefined`: it did not, or does not say. */
export function refusalIn(details: unknown): string | undefined {
  return asString(asRecord(details)?.["explanation"]);
}
