/**
 * The events of a streamed message as chunks of a chat, one by one:
 *
 *     message_start         a chunk with the role (wire 20)
 *     content_block_start   of a call: its id and name
 *     content_block_delta   text, reasoning, a piece of a call's arguments
 *     content_block_stop    a custom tool's free text; what was cited, and what the vendor's own tools did
 *     message_delta         the finish reason
 *     the end               usage, and the sentinel
 *
 * Thinking is put together on the way, to be kept with the calls it leads to.
 */
import { DONE } from "../../chat/frames.ts";
import { toChatUsage } from "../../chat/usage.ts";
import { laterUsage } from "../../later-usage.ts";
import { asRecord, asString, parseRecord } from "../../read.ts";
import type { FrameTranslation } from "../../translation.ts";
import type { Frame, WireBody } from "../../wire.ts";
import { toAside } from "../aside.ts";
import { keepThinking } from "../kept-thinking.ts";
import { toFinishReason } from "../stop-reasons.ts";
import { readUsage } from "../usage.ts";
import { type ChatAnswerSetting, freeText, refusalIn } from "./answer.ts";

interface Block {
  readonly start: WireBody;
  /** Position among the calls; `undefined`: it is none. */
  readonly call: number | undefined;
  /** What it says, where that is needed in one piece. */
  readonly pieces: string[];
  readonly citations: unknown[];
  /** Where its text begins in all text, and how long it is. */
  readonly begins: number;
  length: number;
  signature: string;
}

/** For the events of one message. */
export class ChatFrames implements FrameTranslation {
  readonly #setting: ChatAnswerSetting;
  readonly #blocks = new Map<unknown, Block>();
  #head: WireBody = {};
  #calls = 0;
  /** Characters of text so far. */
  #said = 0;
  #usage: ReturnType<typeof readUsage>;
  #failed = false;

  constructor(setting: ChatAnswerSetting) {
    this.#setting = setting;
  }

  push(frame: Frame): readonly Frame[] {
    const event = parseRecord(frame.data);
    if (event === undefined) return [frame];
    switch (event["type"]) {
      case "message_start":
        return this.#begin(asRecord(event["message"]) ?? {});
      case "content_block_start":
        return this.#beginBlock(event["index"], asRecord(event["content_block"]) ?? {});
      case "content_block_delta":
        return this.#deltaOf(this.#blocks.get(event["index"]), asRecord(event["delta"]) ?? {});
      case "content_block_stop":
        return this.#endBlock(this.#blocks.get(event["index"]));
      case "message_delta":
        return this.#finish(event);
      default:
        return this.#otherwise(event);
    }
  }

  end(): readonly Frame[] {
    if (this.#failed) return [];
    keepThinking(this.#setting.memory, [...this.#blocks.values()].map(toContent));
    const usage = toChatUsage(this.#usage);
    const told = usage ? [toFrame({ ...this.#head, choices: [], usage })] : [];
    return [...told, { data: DONE }];
  }

  #begin({ id, model, usage }: WireBody): readonly Frame[] {
    this.#head = { id, object: "chat.completion.chunk", created: this.#setting.now, model };
    this.#usage = readUsage(usage);
    return [this.#chunk({ role: "assistant", content: "", refusal: null })];
  }

  #beginBlock(index: unknown, start: WireBody): readonly Frame[] {
    const isCall = start["type"] === "tool_use";
    const block: Block = {
      start,
      call: isCall ? this.#calls : undefined,
      pieces: [],
      citations: [],
      begins: this.#said,
      length: 0,
      signature: "",
    };
    if (isCall) this.#calls += 1;
    this.#blocks.set(index, block);
    if (!isCall) return this.#deltaOf(block, start);
    const { id, name, input } = start;
    if (this.#setting.customTools.has(name)) {
      return [this.#callChunk(block, { id, type: "custom", custom: { name, input: "" } })];
    }
    const whole = Object.keys(asRecord(input) ?? {}).length > 0 ? JSON.stringify(input) : "";
    if (whole !== "") block.pieces.push(whole);
    return [this.#callChunk(block, { id, type: "function", function: { name, arguments: whole } })];
  }

  #deltaOf(block: Block | undefined, delta: WireBody): readonly Frame[] {
    const text = asString(delta["text"]);
    if (text) {
      this.#said += text.length;
      if (block !== undefined) block.length += text.length;
      return [this.#chunk({ content: text })];
    }
    if (block === undefined) return [];
    if (delta["type"] === "citations_delta") block.citations.push(delta["citation"]);
    block.signature += asString(delta["signature"]) ?? "";
    const thinking = asString(delta["thinking"]);
    if (thinking) {
      block.pieces.push(thinking);
      return [this.#chunk({ reasoning_content: thinking })];
    }
    const input = asString(delta["partial_json"]);
    if (!input) return [];
    block.pieces.push(input);
    return block.call === undefined || this.#isCustom(block)
      ? []
      : [this.#callChunk(block, { function: { arguments: input } })];
  }

  #endBlock(block: Block | undefined): readonly Frame[] {
    if (block === undefined) return [];
    if (block.call === undefined) return this.#beside(block);
    const written = block.pieces.join("");
    if (this.#isCustom(block)) {
      return [this.#callChunk(block, { custom: { input: freeText(parseRecord(written) ?? written) } })];
    }
    // No arguments at all are an empty object (wire 13).
    return written === "" ? [this.#callChunk(block, { function: { arguments: "{}" } })] : [];
  }

  #beside({ start, pieces, citations, begins, length }: Block): readonly Frame[] {
    const input = parseRecord(pieces.join(""));
    const block = {
      ...start,
      ...("input" in start && input !== undefined && { input }),
      ...(citations.length > 0 && { citations }),
    };
    const aside = toAside([{ block, start: begins, end: begins + length }]);
    return Object.keys(aside).length > 0 ? [this.#chunk(aside)] : [];
  }

  #finish({ delta, usage }: WireBody): readonly Frame[] {
    this.#usage = laterUsage(this.#usage, readUsage(usage));
    const { stop_reason, stop_details } = asRecord(delta) ?? {};
    if (typeof stop_reason !== "string") return [];
    const refusal = refusalIn(stop_details);
    return [
      ...(refusal === undefined ? [] : [this.#chunk({ refusal })]),
      this.#chunk({}, toFinishReason(stop_reason)),
    ];
  }

  #otherwise({ error }: WireBody): readonly Frame[] {
    const told = asRecord(error);
    if (told === undefined) return [];
    this.#failed = true;
    const { type, message } = told;
    return [toFrame({ error: { message, type, param: null, code: type ?? null } })];
  }

  #isCustom({ start }: Block): boolean {
    return this.#setting.customTools.has(start["name"]);
  }

  #callChunk({ call }: Block, said: WireBody): Frame {
    return this.#chunk({ tool_calls: [{ index: call, ...said }] });
  }

  #chunk(delta: WireBody, finish_reason: string | null = null): Frame {
    return toFrame({ ...this.#head, choices: [{ index: 0, delta, finish_reason, logprobs: null }] });
  }
}

/** The block as a whole message has it, as far as thinking goes. */
function toContent({ start, pieces, signature }: Block): WireBody {
  return start["type"] === "thinking" ? { type: "thinking", thinking: pieces.join(""), signature } : start;
}

function toFrame(value: WireBody): Frame {
  return { data: JSON.stringify(value) };
}
