/**
 * A streamed answer as chunks of a chat, event by event:
 *
 *     first of a candidate   role
 *     text, thought          content, reasoning_content
 *     function call          its head, then its arguments: Gemini never cuts one (wire 22)
 *     end of the stream      a finish reason for each choice, usage, the sentinel
 *
 * The finish waits for the end: some models name a reason in every event, and usage is that of the last one (defect 70).
 */
import { DONE } from "../../chat/frames.ts";
import { asCount, asRecord, asString, isRecord } from "../../read.ts";
import type { FrameTranslation } from "../../translation.ts";
import type { Frame, WireBody } from "../../wire.ts";
import { candidatesOf, parseChunk, readError } from "../chunk.ts";
import { toFinishReason } from "../finish-reason.ts";
import { toChatUsage } from "../usage.ts";
import { toLogprobs } from "./logprobs.ts";
import { type AnswerSetting, extraContent, readSaid, type Said } from "./said.ts";

interface Choice {
  calls: number;
  reason: string;
}

export class ChatFrames implements FrameTranslation {
  readonly #setting: AnswerSetting;
  readonly #choices = new Map<number, Choice>();
  #head: WireBody | undefined;
  #responseId = "";
  #usage: WireBody | undefined;

  constructor(setting: AnswerSetting) {
    this.#setting = setting;
  }

  push(frame: Frame): readonly Frame[] {
    const chunk = parseChunk(frame.data);
    if (chunk === undefined) return [frame];
    const error = readError(chunk);
    if (error !== undefined) return [toErrorFrame(error)];
    this.#usage = asRecord(chunk["usageMetadata"]) ?? this.#usage;
    this.#head ??= this.#begin(chunk);
    return candidatesOf(chunk).flatMap((candidate, position) => this.#say(candidate, position));
  }

  end(): readonly Frame[] {
    const usage = toChatUsage(this.#usage);
    return [
      ...Array.from(this.#choices, ([index, { calls, reason }]) =>
        this.#chunk(index, {}, toFinishReason(reason, calls > 0, this.#setting.legacy)),
      ),
      ...(usage === undefined ? [] : [this.#frame({ choices: [], usage })]),
      { data: DONE },
    ];
  }

  #begin({ responseId, modelVersion }: WireBody): WireBody {
    this.#responseId = asString(responseId) ?? "";
    return {
      id: `chatcmpl-${this.#responseId}`,
      object: "chat.completion.chunk",
      created: this.#setting.now,
      model: asString(modelVersion) ?? "",
    };
  }

  #say(candidate: WireBody, position: number): readonly Frame[] {
    const index = asCount(candidate["index"]) ?? position;
    const choice = this.#choices.get(index) ?? { calls: 0, reason: "STOP" };
    const isFirst = !this.#choices.has(index);
    this.#choices.set(index, choice);
    choice.reason = asString(candidate["finishReason"]) || choice.reason;
    const place = { responseId: this.#responseId, index, calls: choice.calls };
    const said = readSaid(candidate, place, this.#setting);
    const logprobs = toLogprobs(candidate);
    const deltas = this.#deltas(said, choice.calls);
    choice.calls += said.calls.length;
    return [
      ...(isFirst ? [this.#chunk(index, { role: "assistant", content: "", refusal: null })] : []),
      ...deltas.map((delta, each) => this.#chunk(index, delta, null, each === 0 ? logprobs : null)),
    ];
  }

  #deltas({ content, reasoning, calls, images, signature }: Said, before: number): readonly WireBody[] {
    const text = {
      ...(reasoning !== "" && { reasoning_content: reasoning }),
      ...(content !== "" && { content }),
      ...(images.length > 0 && { images }),
      ...extraContent(signature),
    };
    return [
      ...(Object.keys(text).length > 0 ? [text] : []),
      ...(this.#setting.legacy
        ? calls.slice(0, before === 0 ? 1 : 0).map((call) => ({ function_call: call["function"] }))
        : calls.flatMap((call, each) => callDeltas(call, before + each))),
    ];
  }

  #chunk(
    index: number,
    delta: WireBody,
    reason: string | null = null,
    logprobs: WireBody | null = null,
  ): Frame {
    return this.#frame({ choices: [{ index, delta, finish_reason: reason, logprobs }] });
  }

  #frame(more: WireBody): Frame {
    return { data: JSON.stringify({ ...(this.#head ?? this.#begin({})), ...more }) };
  }
}

/** A call's head, with an empty text where what it says will follow, and that. */
function callDeltas(call: WireBody, index: number): readonly WireBody[] {
  const { custom, function: called } = call;
  const [head, rest] = isRecord(custom)
    ? [{ custom: { ...custom, input: "" } }, { custom: { input: custom["input"] } }]
    : [
        { function: { ...asRecord(called), arguments: "" } },
        { function: { arguments: asRecord(called)?.["arguments"] } },
      ];
  return [{ tool_calls: [{ index, ...call, ...head }] }, { tool_calls: [{ index, ...rest }] }];
}

function toErrorFrame({
  message,
  code,
}: {
  readonly message: string;
  readonly code: string | undefined;
}): Frame {
  return {
    data: JSON.stringify({ error: { message, type: "server_error", param: null, code: code ?? null } }),
  };
}
