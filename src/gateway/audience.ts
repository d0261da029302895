import type { Wire } from "../wires/wire.ts";
import type { HeaderMap } from "./http.ts";

/**
 * In whose words a request is refused: those of the route's wire and, where it has none of its own, those of the client,
 * which says so if it is Anthropic's.
 */
export function wireOf(route: { readonly wire?: Wire | undefined }, headers: HeaderMap): Wire {
  return route.wire ?? (isAnthropicClient(headers) ? "messages" : "chat");
}

/** Whether a request comes from a client of Anthropic's API: it names the API's version in each. */
export function isAnthropicClient(headers: HeaderMap): boolean {
  return headers["anthropic-version"] !== undefined;
}
