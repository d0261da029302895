import { asRecord, asString, parseRecord } from "../read.ts";
import type { AnswerCollector, WireBody, WireMessage } from "../wire.ts";
import { readMessage } from "./messages.ts";

/** What the assistant says in a whole message; `undefined` if it is none. */
export function readAnswer({ content }: WireBody): WireMessage | undefined {
  return Array.isArray(content) ? readMessage({ role: "assistant", content }) : undefined;
}

interface OpenBlock {
  readonly start: WireBody;
  readonly pieces: string[];
}

/** Puts a message together from its events. Text is kept in pieces and joined once. */
export function createAnswerCollector(): AnswerCollector {
  const blocks = new Map<unknown, OpenBlock>();
  return {
    add(frame) {
      const { type, index, content_block, delta } = parseRecord(frame.data) ?? {};
      if (type === "content_block_start")
        blocks.set(index, { start: asRecord(content_block) ?? {}, pieces: [] });
      if (type !== "content_block_delta") return;
      const { text, partial_json } = asRecord(delta) ?? {};
      blocks.get(index)?.pieces.push(asString(text) ?? asString(partial_json) ?? "");
    },
    answer() {
      const content = [...blocks.values()].map(toBlock);
      const message = readMessage({ role: "assistant", content });
      return message.text === "" && message.toolCalls.length === 0 ? undefined : message;
    },
  };
}

function toBlock({ start, pieces }: OpenBlock): WireBody {
  const said = pieces.join("");
  if (start["type"] === "tool_use")
    return said === "" ? start : { ...start, input: parseRecord(said) ?? said };
  return start["type"] === "text" ? { ...start, text: (asString(start["text"]) ?? "") + said } : start;
}
