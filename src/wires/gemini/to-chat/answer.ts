import { asCount, asString } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { candidatesOf } from "../chunk.ts";
import { toFinishReason } from "../finish-reason.ts";
import { toChatUsage } from "../usage.ts";
import { toLogprobs } from "./logprobs.ts";
import { type AnswerSetting, extraContent, readSaid, type Said } from "./said.ts";

/** A whole answer as a chat completion: a choice for each candidate (wire 10–16). */
export function toChatAnswer(body: WireBody, setting: AnswerSetting): WireBody {
  const responseId = asString(body["responseId"]) ?? "";
  const usage = toChatUsage(body["usageMetadata"]);
  return {
    id: `chatcmpl-${responseId}`,
    object: "chat.completion",
    created: setting.now,
    model: asString(body["modelVersion"]) ?? "",
    choices: candidatesOf(body).map((candidate, position) => {
      const index = asCount(candidate["index"]) ?? position;
      const said = readSaid(candidate, { responseId, index, calls: 0 }, setting);
      return {
        index,
        message: toMessage(said, setting),
        logprobs: toLogprobs(candidate),
        finish_reason: toFinishReason(
          asString(candidate["finishReason"]) ?? "STOP",
          said.calls.length > 0,
          setting.legacy,
        ),
      };
    }),
    ...(usage && { usage }),
  };
}

function toMessage(
  { content, reasoning, calls, images, signature }: Said,
  { legacy }: AnswerSetting,
): WireBody {
  return {
    role: "assistant",
    content: content === "" && calls.length > 0 ? null : content,
    refusal: null,
    ...(reasoning !== "" && { reasoning_content: reasoning }),
    ...(images.length > 0 && { images }),
    ...(calls.length > 0 && (legacy ? { function_call: calls[0]?.["function"] } : { tool_calls: calls })),
    ...extraContent(signature),
  };
}
