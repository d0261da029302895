/**
 * What a vendor wants back with a tool call, and clients of other wires drop: thought signatures, signed thinking,
 * reasoning. A translation keeps it when the call is made, and puts it back when the call returns in the next request.
 */
export interface VendorMemory {
  /** What was kept with this tool call; `undefined`: nothing, or it is gone. @param toolCallId - as the caller knows it */
  get(toolCallId: string): unknown;

  /** @param state - JSON; not to be changed after that */
  set(toolCallId: string, state: unknown): void;
}
