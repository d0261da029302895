import type { WireMessage } from "../../../src/wires/wire.ts";
import type { Message } from "./sessions.ts";

/** A value in a tool call that was said before, and whether it is still there. */
export interface GroundedArgument {
  readonly isKept: boolean;
  /** Last said more than six messages ago. */
  readonly isFar: boolean;
}

const FAR = 6;

/** The values in a message's tool calls that the whole conversation has, and whether what was sent of it has them. */
export function* groundedArguments(
  { tool_calls = [] }: Message,
  whole: readonly WireMessage[],
  sent: readonly WireMessage[],
): Iterable<GroundedArgument> {
  for (const call of tool_calls) {
    for (const value of leaves(parsed(call.function.arguments))) {
      const last = whole.findLastIndex((message) => says(message, value));
      if (last === -1) continue;
      yield {
        isKept: sent.some((message) => says(message, value)),
        isFar: whole.length - last > FAR,
      };
    }
  }
}

function says({ text, toolCalls }: WireMessage, value: string): boolean {
  return text.includes(value) || toolCalls.some(({ input }) => input.includes(value));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Texts and numbers of two characters and more: shorter ones stand everywhere. */
function* leaves(value: unknown): Iterable<string> {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) yield* leaves(member);
  } else if ((typeof value === "string" || typeof value === "number") && String(value).length > 1) {
    yield String(value);
  }
}
