import { asArray, asRecord, asString, isRecord, parseRecord } from "../read.ts";
import type { AnswerCollector, WireBody, WireMessage, WireToolCall } from "../wire.ts";
import { readMessage } from "./messages.ts";

/** The first choice's message of a chat completion. */
export function readAnswer(body: WireBody): WireMessage | undefined {
  const message = asRecord(asRecord(asArray(body["choices"])[0])?.["message"]);
  return message && readMessage({ ...message, role: "assistant" });
}

/**
 * Puts the first choice's message together from its chunks. Work per chunk is constant: text is kept in pieces and
 * joined once.
 */
export function createAnswerCollector(): AnswerCollector {
  const text: string[] = [];
  const calls = new Map<number, { id: string; name: string; input: string[] }>();

  const addToolCall = (delta: WireBody): void => {
    const position = typeof delta["index"] === "number" ? delta["index"] : calls.size;
    const told = asRecord(delta["function"]) ?? asRecord(delta["custom"]) ?? {};
    const call = calls.get(position) ?? { id: "", name: "", input: [] };
    calls.set(position, call);
    call.id ||= asString(delta["id"]) ?? "";
    call.name ||= asString(told["name"]) ?? "";
    call.input.push(asString(told["arguments"]) ?? asString(told["input"]) ?? "");
  };

  return {
    add(frame) {
      for (const choice of asArray(parseRecord(frame.data)?.["choices"]).filter(isRecord)) {
        if ((choice["index"] ?? 0) !== 0) continue;
        const delta = asRecord(choice["delta"]) ?? {};
        text.push(asString(delta["content"]) ?? "", asString(delta["refusal"]) ?? "");
        asArray(delta["tool_calls"]).filter(isRecord).forEach(addToolCall);
      }
    },
    answer() {
      const toolCalls: WireToolCall[] = [...calls]
        .sort(([left], [right]) => left - right)
        .map(([, { id, name, input }]) => ({ id, name, input: input.join("") }));
      const said = text.join("");
      if (said === "" && toolCalls.length === 0) return undefined;
      return { role: "assistant", text: said, toolCalls, toolResultsFor: [], mediaParts: 0 };
    },
  };
}
