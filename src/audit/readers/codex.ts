/**
 * Session logs of Codex, `~/.codex/sessions/<year>/<month>/<day>/rollout-*.jsonl`: every line is
 * `{ timestamp, type, payload }` (`RolloutLine` in codex-rs/protocol/src/protocol.rs of github.com/openai/codex).
 *
 *     session_meta                 which session, and its instructions
 *     turn_context                 which model from here on
 *     response_item                an item of the conversation: sent, or answered
 *     event_msg of token_count     what the call that has just ended was charged: `last_token_usage`; `total_token_usage`
 *                                  is the sum over the session, and tells a count that is told of twice
 *     compacted                    the conversation was rewritten: what it begins with from here on
 *
 * A call's prompt is every item before the first one of its answer. The tools are not in the log.
 */
import type { Usage } from "../../chat.ts";
import { asArray, asCount, asRecord, asString, isRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";
import type { LoggedCall } from "../call.ts";
import { toChatMessages } from "../to-chat.ts";
import { asObject, BadRecord, type LogReader, type LogReading, toTime } from "./reader.ts";

const KINDS: ReadonlySet<unknown> = new Set([
  ...["session_meta", "turn_context", "response_item", "event_msg", "compacted"],
]);

export const codex: LogReader = {
  format: "codex",
  recognises(record) {
    const { type, payload } = asRecord(record) ?? {};
    return KINDS.has(type) && isRecord(payload);
  },
  open: (name) => new Session(name),
};

class Session implements LogReading {
  #session: string;
  #instructions: string | undefined;
  #model: string | undefined;
  #items: WireBody[] = [];
  /** The first item of the answer that is coming in; `undefined`: none is. */
  #answerFrom: number | undefined;
  /** What the last count said of all calls together. */
  #total = "";

  constructor(name: string) {
    this.#session = name;
  }

  push(record: unknown, line: number): readonly LoggedCall[] {
    const { type, payload: told, timestamp } = asObject(record);
    const payload = asRecord(told);
    if (payload === undefined) throw new BadRecord("a line without a payload");
    switch (type) {
      case "session_meta":
        this.#session = asString(payload["id"]) ?? this.#session;
        this.#instructions = asString(asRecord(payload["base_instructions"])?.["text"]);
        return [];
      case "turn_context":
        this.#model = asString(payload["model"]) ?? this.#model;
        return [];
      case "response_item":
        if (this.#answerFrom === undefined && isAnswer(payload)) this.#answerFrom = this.#items.length;
        this.#items.push(payload);
        return [];
      case "compacted":
        this.#items = compacted(payload);
        this.#answerFrom = undefined;
        return [];
      default:
        return payload["type"] === "token_count" ? this.#counted(payload, toTime(timestamp), line) : [];
    }
  }

  end(): readonly LoggedCall[] {
    return [];
  }

  #counted(payload: WireBody, at: number | undefined, line: number): readonly LoggedCall[] {
    const { last_token_usage: last, total_token_usage: total } = asRecord(payload["info"]) ?? {};
    const sum = JSON.stringify(total);
    if (!isRecord(last) || sum === this.#total || this.#answerFrom === undefined) return [];
    this.#total = sum;
    const sent = this.#items.slice(0, this.#answerFrom);
    this.#answerFrom = undefined;
    return [
      {
        session: this.#session,
        line,
        at,
        model: this.#model,
        messages: toChatMessages("responses", { instructions: this.#instructions, input: sent }),
        usage: toUsage(last),
      },
    ];
  }
}

/** What the model says, and not who asks it or what its tools answer. */
function isAnswer({ type, role }: WireBody): boolean {
  if (type === "message") return role === "assistant";
  return type === "reasoning" || (typeof type === "string" && type.endsWith("_call"));
}

function compacted({ message, replacement_history }: WireBody): WireBody[] {
  const items = asArray(replacement_history).filter(isRecord);
  if (items.length > 0) return [...items];
  return [{ type: "message", role: "user", content: asString(message) ?? "" }];
}

function toUsage(counts: WireBody): Usage {
  return {
    inputTokens: asCount(counts["input_tokens"]),
    cacheReadTokens: asCount(counts["cached_input_tokens"]),
    cacheWriteTokens: asCount(counts["cache_write_input_tokens"]),
    cacheWrite1hTokens: undefined,
    outputTokens: asCount(counts["output_tokens"]),
    reasoningTokens: asCount(counts["reasoning_output_tokens"]),
  };
}
