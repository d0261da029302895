/** Why an answer ended, in both wires (wire 11): https://platform.claude.com/docs/en/api/handling-stop-reasons */

const FINISH_REASONS: ReadonlyMap<unknown, string> = new Map([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  // The turn of a long-running server tool is to be continued by sending it back: no chat can say so.
  ["pause_turn", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
]);

/** A stop reason as a chat's finish reason; one that nobody here knows is an end like any other. */
export function toFinishReason(stopReason: unknown): string {
  return FINISH_REASONS.get(stopReason) ?? "stop";
}

const STOP_REASONS: ReadonlyMap<unknown, string> = new Map([
  ["stop", "end_turn"],
  ["length", "max_tokens"],
  ["tool_calls", "tool_use"],
  ["function_call", "tool_use"],
  ["content_filter", "refusal"],
]);

/** A chat's finish reason as a stop reason. */
export function toStopReason(finishReason: unknown): string {
  return STOP_REASONS.get(finishReason) ?? "end_turn";
}
