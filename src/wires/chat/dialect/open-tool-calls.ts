import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";

/** What stands where a tool's result never came: a turn that was broken off, a client that lost it. */
const NO_RESULT = "No result: the tool call was not completed.";

/**
 * Results for the tool calls of a conversation that have none, by the index of the message they are to stand behind: the
 * last result of the same turn or, where there is none, the call.
 */
export function missingResults(messages: readonly unknown[]): ReadonlyMap<number, readonly WireBody[]> {
  const missing = new Map<number, readonly WireBody[]>();
  for (const [index, message] of messages.entries()) {
    const ids = asArray(asRecord(message)?.["tool_calls"])
      .filter(isRecord)
      .map((call) => asString(call["id"]))
      .filter((id) => id !== undefined);
    if (ids.length === 0) continue;
    const answered = new Set<unknown>();
    let last = index;
    for (const next of messages.slice(index + 1)) {
      if (!isRecord(next) || next["role"] !== "tool") break;
      answered.add(next["tool_call_id"]);
      last += 1;
    }
    const open = ids.filter((id) => !answered.has(id));
    if (open.length > 0) {
      missing.set(
        last,
        open.map((id) => ({ role: "tool", tool_call_id: id, content: NO_RESULT })),
      );
    }
  }
  return missing;
}
