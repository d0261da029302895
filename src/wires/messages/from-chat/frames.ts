/**
 * The chunks of a chat as the events of a streamed message, one by one:
 *
 *     nothing yet ──first chunk──▶ message_start
 *     reasoning, text              one block is open; another kind of words closes it and opens its own
 *     a call                       opens a block of its own; arguments go to the block of their call, in any order
 *     the end                      every open block is closed, then why it ended and what was used, then message_stop
 *
 * Why it ended waits for the end: usage comes behind the finish reason, and belongs into the same event.
 */

import { DONE } from "../../chat/frames.ts";
import { readUsage } from "../../chat/usage.ts";
import { laterUsage } from "../../later-usage.ts";
import { readOpenAIError } from "../../openai-error.ts";
import { asArray, asRecord, asString, isRecord, parseRecord } from "../../read.ts";
import type { FrameTranslation } from "../../translation.ts";
import type { Frame, WireBody } from "../../wire.ts";
import { STOP, toFrame } from "../frames.ts";
import { emptyMessage } from "../message-head.ts";
import { NO_SIGNATURE } from "../unsigned-thinking.ts";
import { toMessageUsage } from "../usage.ts";
import { callIdOf, reasoningOf, stopReasonOf, type ToolNames } from "./answer.ts";

type Words = "thinking" | "text";

/** For the chunks of one answer: of its first choice, which is the only one that was asked for. */
export class MessageFrames implements FrameTranslation {
  readonly #toolNames: ToolNames;
  /** `undefined`: nothing has come yet. */
  #answerId: unknown;
  #begun = false;
  #blocks = 0;
  /** The block of words that is open. */
  #open: { readonly kind: Words; readonly index: number } | undefined;
  /** The blocks of calls, by the call's position; all of them open until the end. */
  readonly #calls = new Map<number, { readonly index: number; readonly id: string }>();
  /** Which call the vendor's number means now. */
  readonly #positions = new Map<unknown, number>();
  #finishReason: unknown;
  #refusal: unknown;
  #usage: ReturnType<typeof readUsage>;
  #failed = false;

  constructor(toolNames: ToolNames) {
    this.#toolNames = toolNames;
  }

  push(frame: Frame): readonly Frame[] {
    if (frame.data === DONE) return [];
    const chunk = parseRecord(frame.data);
    if (chunk === undefined) return [frame];
    const error = readOpenAIError(chunk["error"]);
    if (error !== undefined) {
      this.#failed = true;
      return [toFrame({ type: "error", error: { type: error.code ?? "api_error", message: error.message } })];
    }
    this.#usage = laterUsage(this.#usage, readUsage(chunk["usage"]));
    const choice = asArray(chunk["choices"])
      .filter(isRecord)
      .find(({ index }) => (index ?? 0) === 0);
    // What comes before the first choice, a filter's results, is not said by the model.
    if (choice === undefined) return [];
    return [...this.#begin(chunk), ...this.#say(asRecord(choice["delta"]) ?? {}, choice["finish_reason"])];
  }

  end(): readonly Frame[] {
    if (this.#failed || !this.#begun) return [];
    const calls = [...this.#calls.values()];
    const reason = stopReasonOf(this.#finishReason, calls.length > 0, this.#refusal);
    return [
      ...this.#closeWords(),
      ...calls.map(({ index }) => stopFrame(index)),
      toFrame({
        type: "message_delta",
        delta: { stop_reason: reason, stop_sequence: null, stop_details: null, container: null },
        usage: toMessageUsage(this.#usage),
      }),
      STOP,
    ];
  }

  #begin({ id, model }: WireBody): readonly Frame[] {
    if (this.#begun) return [];
    this.#begun = true;
    this.#answerId = id;
    return [toFrame({ type: "message_start", message: emptyMessage(id, model) })];
  }

  #say(delta: WireBody, finishReason: unknown): readonly Frame[] {
    const reasoning = reasoningOf(delta);
    const frames: Frame[] = [];
    if (reasoning !== "") {
      frames.push(...this.#words("thinking", { type: "thinking_delta", thinking: reasoning }));
    }
    for (const text of [asString(delta["content"]), asString(delta["refusal"])]) {
      if (text) frames.push(...this.#words("text", { type: "text_delta", text }));
    }
    this.#refusal ??= asString(delta["refusal"]) || undefined;
    for (const call of asArray(delta["tool_calls"]).filter(isRecord)) frames.push(...this.#call(call));
    if (typeof finishReason === "string") this.#finishReason = finishReason;
    return frames;
  }

  #words(kind: Words, delta: WireBody): readonly Frame[] {
    const opening = this.#open?.kind === kind ? [] : [...this.#closeWords(), this.#openWords(kind)];
    return [...opening, deltaFrame(this.#open?.index ?? 0, delta)];
  }

  #openWords(kind: Words): Frame {
    this.#open = { kind, index: this.#blocks };
    return this.#startFrame(
      kind === "text"
        ? { type: "text", text: "" }
        : { type: "thinking", thinking: "", signature: NO_SIGNATURE },
    );
  }

  #closeWords(): readonly Frame[] {
    if (this.#open === undefined) return [];
    const { kind, index } = this.#open;
    this.#open = undefined;
    // Clients keep thinking only with a signature, be it an empty one.
    const signed = deltaFrame(index, { type: "signature_delta", signature: NO_SIGNATURE });
    return kind === "thinking" ? [signed, stopFrame(index)] : [stopFrame(index)];
  }

  #call(call: WireBody): readonly Frame[] {
    const { name, arguments: piece } = asRecord(call["function"]) ?? {};
    const position = this.#positionOf(call);
    const known = this.#calls.get(position);
    const opening =
      known === undefined ? [...this.#closeWords(), this.#openCall(position, call["id"], name)] : [];
    const index = this.#calls.get(position)?.index ?? 0;
    const said = asString(piece)
      ? [deltaFrame(index, { type: "input_json_delta", partial_json: piece })]
      : [];
    return [...opening, ...said];
  }

  /** Some vendors number all their calls 0, and some none: another id is another call (defect 66). */
  #positionOf({ index, id }: WireBody): number {
    const known = this.#positions.get(index);
    if (known !== undefined && (!asString(id) || this.#calls.get(known)?.id === id)) return known;
    const position = [...this.#calls].find(([, each]) => each.id === id)?.[0] ?? this.#calls.size;
    this.#positions.set(index, position);
    return position;
  }

  #openCall(position: number, givenId: unknown, name: unknown): Frame {
    const id = callIdOf(givenId, this.#answerId, position);
    this.#calls.set(position, { index: this.#blocks, id });
    return this.#startFrame({
      type: "tool_use",
      id,
      name: this.#toolNames.get(name) ?? name,
      input: {},
      caller: { type: "direct" },
    });
  }

  #startFrame(content_block: WireBody): Frame {
    const index = this.#blocks;
    this.#blocks += 1;
    return toFrame({ type: "content_block_start", index, content_block });
  }
}

function deltaFrame(index: number, delta: WireBody): Frame {
  return toFrame({ type: "content_block_delta", index, delta });
}

function stopFrame(index: number): Frame {
  return toFrame({ type: "content_block_stop", index });
}
