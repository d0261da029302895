import { type Adapted, UNCHANGED } from "./adapted.ts";
import { adaptChat } from "./chat/dialect/adapt.ts";
import type { ChatDialect } from "./chat/dialect/dialect.ts";
import { adaptEmbeddings } from "./embeddings/encoding.ts";
import type { VendorMemory } from "./vendor-memory.ts";
import type { WireRequest } from "./wire.ts";

/** How a vendor speaks the wires it shares with its callers. */
export interface Dialect {
  /** Whose it is: no other vendor gets what is remembered for this one. */
  readonly vendor: string;
  readonly chat?: ChatDialect | undefined;
}

/**
 * A request as a vendor takes it, and its answer as the wire has it.
 *
 * @param dialect - `undefined`: nothing is known of the vendor, and its answers only are looked at
 * @param model - the name that is sent
 * @param memoryOf - what the vendor of that name wants back with tool calls
 */
export function adapt(
  request: WireRequest,
  dialect: Dialect | undefined,
  model: string,
  memoryOf: (vendor: string) => VendorMemory,
): Adapted {
  if (request.wire === "embeddings") return adaptEmbeddings(request);
  if (request.wire !== "chat" || dialect?.chat === undefined) return { ...UNCHANGED, request };
  return adaptChat(request, dialect.chat, model, memoryOf(dialect.vendor));
}
