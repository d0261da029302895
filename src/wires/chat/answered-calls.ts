/**
 * A conversation in which every tool call is answered, as vendors demand: right behind the message that made it, in the
 * order of the calls, once. A conversation that was cut, interrupted or switched between vendors may lack that (defect 35).
 *
 *     a call without a result      gets one that says so
 *     a result in another place    is moved to its call
 *     a result without a call      becomes what the user says
 *
 * The deprecated functions, which know no ids, come out as tools.
 */
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** A message, and where it stands in the caller's list; `undefined`: the caller did not write it. */
export interface PlacedMessage {
  readonly message: WireBody;
  readonly index: number | undefined;
}

const NO_RESULT = "No result: this tool call was interrupted.";

/** The messages of a chat, with every call answered. */
export function answeredCalls(messages: readonly unknown[]): readonly PlacedMessage[] {
  const given = messages.map((message, index) => ({
    message: withoutFunctions(asRecord(message) ?? {}),
    index,
  }));
  const placed: PlacedMessage[] = [];
  const taken = new Set<number>();
  for (const [position, each] of given.entries()) {
    if (taken.has(position)) continue;
    const { message, index } = each;
    if (message["role"] === "tool") {
      placed.push({ message: withoutCall(message), index });
      continue;
    }
    placed.push(each);
    const calls = message["role"] === "assistant" ? asArray(message["tool_calls"]).filter(isRecord) : [];
    for (const { id } of calls) {
      const result = resultOf(id, given, position, taken);
      if (result !== undefined) taken.add(result.index);
      placed.push(
        result ?? {
          message: { role: "tool", tool_call_id: id, content: NO_RESULT },
          index: undefined,
        },
      );
    }
  }
  return placed;
}

/** Behind the call, and before the assistant's next words. */
function resultOf(
  id: unknown,
  given: readonly { readonly message: WireBody; readonly index: number }[],
  position: number,
  taken: ReadonlySet<number>,
): { readonly message: WireBody; readonly index: number } | undefined {
  for (const each of given.slice(position + 1)) {
    const { role, tool_call_id } = each.message;
    if (role === "assistant") return undefined;
    if (role === "tool" && tool_call_id === id && !taken.has(each.index)) return each;
  }
  return undefined;
}

function withoutCall({ tool_call_id, content }: WireBody): WireBody {
  const note = { type: "text", text: `The result of an earlier tool call (${String(tool_call_id)}):` };
  const said = typeof content === "string" ? [{ type: "text", text: content }] : asArray(content);
  return { role: "user", content: [note, ...said] };
}

function withoutFunctions(message: WireBody): WireBody {
  const { function_call, ...rest } = message;
  const called = asRecord(function_call);
  if (called !== undefined) {
    const call = { id: legacyId(called["name"]), type: "function", function: called };
    return { ...rest, tool_calls: [...asArray(rest["tool_calls"]), call] };
  }
  if (message["role"] !== "function") return message;
  const { name, content } = message;
  return { role: "tool", tool_call_id: legacyId(name), content };
}

function legacyId(name: unknown): string {
  return `function:${asString(name) ?? ""}`;
}
