import { asArray, asRecord, isRecord, parseRecord } from "../read.ts";
import type { AnswerCollector, WireBody, WireMessage } from "../wire.ts";
import { COMPLETE } from "./frames.ts";
import { readTurn } from "./turns.ts";

/** What the assistant says in a whole response, all its items as one message. */
export function readAnswer({ output }: WireBody): WireMessage | undefined {
  const items = asArray(output).filter(isRecord);
  return items.length === 0 ? undefined : readTurn({ role: "assistant", first: 0, items });
}

/** Waits for the event that completes the answer: the whole response is in it. */
export function collectAnswer(): AnswerCollector {
  let whole: WireBody = {};
  return {
    add(frame) {
      const said =
        COMPLETE.has(frame.event) || frame.event === undefined ? parseRecord(frame.data) : undefined;
      if (COMPLETE.has(String(said?.["type"]))) whole = asRecord(said?.["response"]) ?? {};
    },
    answer: () => readAnswer(whole),
  };
}
