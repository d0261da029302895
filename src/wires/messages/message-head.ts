import type { WireBody } from "../wire.ts";
import { toMessageUsage } from "./usage.ts";

/** A message that has yet to be said, with every field that clients' types demand. */
export function emptyMessage(id: unknown, model: unknown): WireBody {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [],
    container: null,
    diagnostics: null,
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    usage: toMessageUsage(undefined),
  };
}
