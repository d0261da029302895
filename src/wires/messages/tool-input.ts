import { asString, parseRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** A chat's arguments as the input of a tool. What was to be JSON and is none is a field of its own: no word is lost. */
export function toToolInput(written: unknown): WireBody {
  const text = asString(written) ?? "";
  return text.trim() === "" ? {} : (parseRecord(text) ?? { input: text });
}
