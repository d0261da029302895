import { asArray, isRecord } from "../read.ts";
import type { WireBody, WireOpening } from "../wire.ts";

/**
 * What a chat begins with, up to and with its first user message; `undefined` if nobody asked. Reads one message further
 * than that: the work does not grow with the conversation.
 */
export function readOpening(body: WireBody): WireOpening | undefined {
  const said: unknown[] = [];
  let asked = false;
  for (const { role, content } of asArray(body["messages"]).filter(isRecord)) {
    if (asked && role !== "system" && role !== "developer") return { said, continued: true };
    if (!asked) said.push([role, content]);
    asked ||= role === "user";
  }
  return asked ? { said, continued: false } : undefined;
}
