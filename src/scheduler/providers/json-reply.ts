import type { Reply } from "../../wires/wire.ts";

/** A whole answer of a provider that needs no network. */
export function jsonReply(value: unknown): Reply {
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, body: new TextEncoder().encode(JSON.stringify(value)) };
}
